package org.entente.policy.model;

import java.util.Locale;

/** How the name of an enum constant is written in documents: {@code TOP_SECRET} is {@code top-secret}. */
public final class Word {
    private Word() {}

    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
