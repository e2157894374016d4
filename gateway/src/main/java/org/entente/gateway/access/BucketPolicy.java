package org.entente.gateway.access;

import java.util.List;

/**
 * What the owner of a bucket says of who may do what, in the language of IAM.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html">Bucket policies</a>
 */
public record BucketPolicy(List<Statement> statements) {
    /** What it says of one thing. */
    enum Verdict {
        ALLOWED,
        DENIED,
        /** Nothing. */
        SILENT
    }

    public BucketPolicy {
        statements = List.copyOf(statements);
    }

    Verdict judge(Ask ask) {
        List<Statement> speaking =
                statements.stream().filter(statement -> statement.speaksOf(ask)).toList();
        if (speaking.isEmpty()) {
            return Verdict.SILENT;
        }
        return speaking.stream().allMatch(Statement::allows) ? Verdict.ALLOWED : Verdict.DENIED;
    }

    /** Whether it lets in everybody, wherever they come from. */
    public boolean isPublic() {
        return statements.stream().anyMatch(Statement::isPublic);
    }

    /** Whether some condition asks for the tags of objects that are there already. */
    boolean asksForTags() {
        return statements.stream()
                .flatMap(statement -> statement.conditions().stream())
                .anyMatch(condition -> condition.key().startsWith(ConditionKeys.EXISTING_TAG));
    }
}
