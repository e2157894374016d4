package org.entente.policy.model;

import java.util.List;

/**
 * How confidentiality is spoken of; there is one such document at most.
 *
 * @param name for people
 * @param spec the rest of the document
 */
@About("How confidentiality is spoken of. One such document at most; without it, the levels are unclassified,"
        + " restricted, confidential, secret and top-secret.")
public record Classification(Located<String> name, Spec spec) {
    /** Of the document. */
    public record Spec(
            @About("the levels, lowest first") List<Level> levels,

            @About("the user metadata in which an object carries its label: x-amz-meta- and this")
            @Default("classification")
            String metadata,

            @About("the tag in which an object may carry its label, too; the higher of the two counts")
            @Default("classification")
            String tag) {
        public Spec {
            if (levels.isEmpty() || levels.stream().distinct().count() < levels.size()) {
                throw new IllegalArgumentException("levels are one or more different words, lowest first");
            }
        }

        public Levels order() {
            return new Levels(levels);
        }
    }

    /** What holds when there is no such document. */
    public static final Spec DEFAULT = new Spec(Levels.DEFAULT.order(), "classification", "classification");
}
