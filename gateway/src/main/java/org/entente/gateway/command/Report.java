package org.entente.gateway.command;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** How a command says what it found: text for people, in colour on a terminal, or JSON for programs. */
final class Report {
    /** In what form. */
    enum Form {
        text,
        json
    }

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "text or json (default: ${DEFAULT-VALUE}).")
    private Form form = Form.text;

    @Spec(Target.MIXEE)
    private @Nullable CommandSpec command;

    boolean asJson() {
        return form == Form.json;
    }

    void json(Object value) {
        out().println(JSON.writeValueAsString(value));
    }

    /** @param line with picocli's marks, such as {@code @|red no|@}, where something of it is in colour */
    void line(String line) {
        out().println(Ansi.AUTO.string(line));
    }

    /** @param text may hold anything; nothing of it is taken for a mark */
    void plain(String text) {
        out().println(text);
    }

    /** Text in a colour or style of picocli's, where there are any. */
    static String styled(String style, String text) {
        return Ansi.AUTO.enabled() && !text.contains("|@") ? "@|" + style + " " + text + "|@" : text;
    }

    PrintWriter out() {
        return spec().commandLine().getOut();
    }

    PrintWriter err() {
        return spec().commandLine().getErr();
    }

    CommandSpec spec() {
        if (command == null) {
            throw new IllegalStateException("not part of a command");
        }
        return command;
    }
}
