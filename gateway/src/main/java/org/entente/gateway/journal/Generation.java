package org.entente.gateway.journal;

/**
 * Which write of a key made what lies at a site. It is stamped on the object there, and says when the write began, so that those of
 * one key can be put in order even when the journal is lost.
 *
 * @param text letters, digits and hyphens; later ones are greater. Empty for what no gateway wrote
 */
public record Generation(String text) implements Comparable<Generation> {
    /** Of objects that bear no stamp. */
    public static final Generation NONE = new Generation("");

    /** The metadata that bears it at the sites; clients never see it. */
    public static final String HEADER = "x-amz-meta-entente-generation";

    public boolean isNone() {
        return text.isEmpty();
    }

    @Override
    public int compareTo(Generation other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
