package org.entente.gateway.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.entente.policy.foresight.Trial;
import org.entente.policy.model.Documents;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "test",
        description = {
            "Run the cases of the directory's PolicyTest documents.",
            "Exits with 1 when one fails, or when there is none."
        },
        mixinStandardHelpOptions = true)
final class PolicyTest implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of *.yaml documents.")
    private Path directory = Path.of(".");

    @Option(names = "--junit", paramLabel = "FILE", description = "Write a report in JUnit's XML, too.")
    private @Nullable Path junit;

    @Mixin
    private Report report = new Report();

    private record Result(String suite, String name, String at, boolean passed, List<String> failures) {}

    @Override
    public Integer call() {
        Optional<Documents> documents = DocumentsToRead.in(directory, report);
        if (documents.isEmpty()) {
            return Exit.FINDINGS;
        }
        List<Trial> trials = Trial.all(documents.get());
        if (report.asJson()) {
            report.json(trials.stream().map(PolicyTest::result).toList());
        } else {
            print(trials);
        }
        if (junit != null) {
            write(junit, trials);
        }
        return !trials.isEmpty() && trials.stream().allMatch(Trial::passed) ? Exit.OK : Exit.FINDINGS;
    }

    private static Result result(Trial trial) {
        return new Result(
                trial.suite(), trial.name().value(), trial.name().at().toString(), trial.passed(), trial.failures());
    }

    private void print(List<Trial> trials) {
        for (Trial trial : trials) {
            report.line(Report.styled(trial.passed() ? "green" : "red", trial.passed() ? "pass" : "FAIL") + "  "
                    + trial.suite() + ": " + trial.name()
                    + (trial.passed() ? "" : " (" + trial.name().at() + ")"));
            trial.failures().forEach(failure -> report.plain("      " + failure));
        }
        long failed = trials.stream().filter(trial -> !trial.passed()).count();
        report.plain(
                trials.isEmpty() ? "no PolicyTest document here" : trials.size() + " cases, " + failed + " failed");
    }

    private static void write(Path file, List<Trial> trials) {
        try (Writer writer = Files.newBufferedWriter(file)) {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(writer);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("testsuite");
            xml.writeAttribute("name", "entente policy test");
            xml.writeAttribute("tests", String.valueOf(trials.size()));
            xml.writeAttribute(
                    "failures",
                    String.valueOf(
                            trials.stream().filter(trial -> !trial.passed()).count()));
            for (Trial trial : trials) {
                xml.writeStartElement("testcase");
                xml.writeAttribute("classname", trial.suite());
                xml.writeAttribute("name", trial.name().value());
                xml.writeAttribute("file", trial.name().at().file());
                xml.writeAttribute("line", String.valueOf(trial.name().at().line()));
                for (String failure : trial.failures()) {
                    xml.writeStartElement("failure");
                    xml.writeAttribute("message", failure);
                    xml.writeEndElement();
                }
                xml.writeEndElement();
            }
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the report cannot be written to " + file, e);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }
}
