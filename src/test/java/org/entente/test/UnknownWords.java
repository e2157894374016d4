package org.entente.test;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What a model of Kubernetes' has read and has no place for: it keeps that aside at each of its objects, and says nothing. */
final class UnknownWords {
    private static final String MODELS = "io.fabric8.kubernetes.api.model";

    private UnknownWords() {}

    /** Where they are, as paths. */
    static List<String> in(Object document) {
        List<String> found = new ArrayList<>();
        look(document, "", found);
        return found;
    }

    private static void look(Object value, String path, List<String> found) {
        switch (value) {
            case null -> {}
            case Collection<?> all -> all.forEach(each -> look(each, path + "[]", found));
            case Map<?, ?> map -> map.forEach((name, each) -> look(each, path + "." + name, found));
            default -> {
                if (value.getClass().getPackageName().startsWith(MODELS)
                        && !value.getClass().isEnum()) {
                    lookInto(value, path, found);
                }
            }
        }
    }

    private static void lookInto(Object model, String path, List<String> found) {
        for (Method getter : model.getClass().getMethods()) {
            boolean reads = getter.getName().startsWith("get")
                    && getter.getParameterCount() == 0
                    && getter.getDeclaringClass().getPackageName().startsWith(MODELS);
            if (!reads) {
                continue;
            }
            Object value = value(getter, model);
            if (getter.getName().equals("getAdditionalProperties")) {
                ((Map<?, ?>) value).keySet().forEach(word -> found.add(path + "." + word));
            } else {
                look(value, path + "." + getter.getName().substring("get".length()), found);
            }
        }
    }

    private static Object value(Method getter, Object model) {
        try {
            return getter.invoke(model);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
