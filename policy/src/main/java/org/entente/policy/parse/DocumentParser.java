package org.entente.policy.parse;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.entente.policy.model.Classification;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;
import org.entente.policy.model.Located;
import org.entente.policy.model.Operator;
import org.entente.policy.model.Policy;
import org.entente.policy.model.PolicyTest;
import org.entente.policy.model.Position;
import org.entente.policy.model.Principal;
import org.entente.policy.model.Site;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Reads documents from YAML.
 *
 * <p>Scalars are read by what their field means, not by what YAML guesses, so that {@code country: NO} is Norway. A
 * document that is wrong is left out and reported; the others are read all the same.
 */
public final class DocumentParser {
    static final String NAME = "[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?";
    static final String API_VERSION = "entente/v1";
    private static final int MAX_CHARACTERS = 4 << 20;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ALIASES = 32;

    /** What could be read, and everything that is wrong with the rest. */
    public record Parsed(Documents documents, List<Finding> findings) {}

    /** The head that every document has; its spec is bound by its kind. */
    record Metadata(Located<Name> name) {}

    record Name(String text) {
        static Name parse(String text) {
            if (!text.matches(NAME)) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no name; write up to 63 lower-case letters, digits, '-' and '.'");
            }
            return new Name(text);
        }
    }

    static final Map<String, Class<? extends Record>> KINDS = Map.of(
            "Site", Site.Spec.class,
            "Policy", Policy.Spec.class,
            "Principal", Principal.Spec.class,
            "Classification", Classification.Spec.class,
            "Operator", Operator.Spec.class,
            "PolicyTest", PolicyTest.Spec.class);

    private static final Set<String> ABOUT_POLICIES = Set.of("Policy", "Classification", "PolicyTest");

    private final List<Finding> findings = new ArrayList<>();
    private final List<Site> sites = new ArrayList<>();
    private final List<Policy> policies = new ArrayList<>();
    private final List<Principal> principals = new ArrayList<>();
    private final List<Classification> classifications = new ArrayList<>();
    private final List<Operator> operators = new ArrayList<>();
    private final List<PolicyTest> tests = new ArrayList<>();

    private DocumentParser() {}

    public static Parsed parse(List<Source> sources) {
        DocumentParser parser = new DocumentParser();
        sources.forEach(parser::readFile);
        return new Parsed(
                new Documents(
                        parser.sites,
                        parser.policies,
                        parser.principals,
                        parser.classifications,
                        parser.operators,
                        parser.tests),
                parser.findings.stream().sorted().toList());
    }

    /** The texts of those documents that are about policies, whatever file they stand in; none of what is not YAML. */
    public static String policies(List<Source> sources) {
        List<String> texts = new ArrayList<>();
        for (Source source : sources) {
            try {
                for (Node document : compose(source)) {
                    if (document instanceof MappingNode root && isAboutPolicies(root)) {
                        texts.add(text(source, root));
                    }
                }
            } catch (YAMLException e) {
                // Reported where the documents are read.
            }
        }
        return String.join("---\n", texts);
    }

    private static boolean isAboutPolicies(MappingNode root) {
        return root.getValue().stream()
                .filter(entry -> Binder.scalarText(entry.getKeyNode()).equals("kind"))
                .anyMatch(entry -> ABOUT_POLICIES.contains(Binder.scalarText(entry.getValueNode())));
    }

    private static String text(Source source, MappingNode root) {
        String text = source.text();
        int start = text.offsetByCodePoints(0, root.getStartMark().getIndex());
        int end = text.offsetByCodePoints(0, root.getEndMark().getIndex());
        return text.substring(start, end).stripTrailing() + "\n";
    }

    private static Iterable<Node> compose(Source source) {
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(MAX_CHARACTERS);
        limits.setNestingDepthLimit(MAX_DEPTH);
        limits.setMaxAliasesForCollections(MAX_ALIASES);
        limits.setAllowRecursiveKeys(false);
        limits.setAllowDuplicateKeys(false);
        return new Yaml(limits).composeAll(new StringReader(source.text()));
    }

    private void readFile(Source source) {
        try {
            for (Node document : compose(source)) {
                readDocument(source.file(), document);
            }
        } catch (MarkedYAMLException e) {
            Position at = Optional.ofNullable(e.getProblemMark())
                    .map(m -> new Position(source.file(), m.getLine() + 1, m.getColumn() + 1))
                    .orElse(new Position(source.file(), 1, 1));
            findings.add(Finding.error(at, "not YAML: " + e.getProblem()));
        } catch (YAMLException e) {
            // The reader's own limits, and characters that YAML forbids, come without a mark.
            findings.add(Finding.error(new Position(source.file(), 1, 1), "not YAML: " + firstLine(e)));
        }
    }

    private void readDocument(String file, Node document) {
        Binder binder = new Binder(file, findings);
        if (!(document instanceof MappingNode root)) {
            if (!Binder.isNothing(document)) {
                findings.add(Finding.error(binder.at(document), "a document is a mapping with apiVersion and kind"));
            }
            return;
        }
        Fields fields = new Fields(root, binder);
        Optional<String> version = fields.required("apiVersion").map(Binder::scalarText);
        Optional<String> kind = fields.required("kind").map(Binder::scalarText);
        Optional<Located<Name>> name = fields.required("metadata")
                .flatMap(node -> binder.bind(node, Metadata.class))
                .map(Metadata::name);
        Optional<Node> spec = fields.required("spec");
        boolean allKnown = fields.allKnown();
        if (version.isPresent() && !version.get().equals(API_VERSION)) {
            findings.add(Finding.error(
                    fields.at("apiVersion"), "'" + version.get() + "' is not known; write " + API_VERSION));
            return;
        }
        if (kind.isEmpty()) {
            return;
        }
        Class<? extends Record> type = KINDS.get(kind.get());
        if (type == null) {
            findings.add(Finding.error(
                    fields.at("kind"),
                    "unknown kind '" + kind.get() + "'" + Suggestion.among(KINDS.keySet(), kind.get())));
            return;
        }
        if (spec.isEmpty()) {
            return;
        }
        Optional<? extends Record> bound = binder.bind(spec.get(), type);
        if (name.isEmpty() || bound.isEmpty() || !allKnown) {
            return;
        }
        Located<String> called =
                new Located<>(name.get().value().text(), name.get().at());
        switch (bound.get()) {
            case Site.Spec s -> sites.add(new Site(called, s));
            case Policy.Spec p -> policies.add(new Policy(called, p));
            case Principal.Spec p -> principals.add(new Principal(called, p));
            case Classification.Spec c -> classifications.add(new Classification(called, c));
            case Operator.Spec o -> operators.add(new Operator(called, o));
            case PolicyTest.Spec t -> tests.add(new PolicyTest(called, t));
            default -> throw new AssertionError(type);
        }
    }

    private static String firstLine(YAMLException e) {
        return Optional.ofNullable(e.getMessage())
                .orElse("unreadable")
                .lines()
                .findFirst()
                .orElse("unreadable");
    }
}
