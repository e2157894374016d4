package org.entente.gateway.command;

import java.nio.file.Path;
import java.util.Optional;
import org.entente.gateway.config.ConfigDirectory;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;

/** Documents that a command can only work with when they are without error. */
final class DocumentsToRead {
    private DocumentsToRead() {}

    /** The documents, or empty after having said what is wrong with them. */
    static Optional<Documents> in(Path directory, Report report) {
        ConfigDirectory.Checked checked = new ConfigDirectory(directory).check();
        if (checked.usable()) {
            return Optional.of(checked.documents());
        }
        checked.findings().stream().filter(Finding::isError).forEach(report.err()::println);
        return Optional.empty();
    }
}
