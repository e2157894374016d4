package org.entente.gateway.access;

import java.util.List;
import java.util.function.Predicate;
import org.entente.policy.model.Principal;

/**
 * Whom a statement means. A principal is {@code arn:aws:iam::NATION:user/NAME}, where the nation may be left out; all of a
 * nation's are {@code arn:aws:iam::NATION:root}, or just {@code NATION}.
 *
 * @param but whether all others are meant
 */
record Principals(List<Named> named, boolean but) {
    /** Everybody, a nation, or one of them. */
    sealed interface Named {
        boolean is(Principal principal);

        record Everybody() implements Named {
            @Override
            public boolean is(Principal principal) {
                return true;
            }
        }

        /** @param code as its principals' documents have it */
        record Nation(String code) implements Named {
            @Override
            public boolean is(Principal principal) {
                return principal
                        .spec()
                        .nation()
                        .filter(n -> n.toString().equals(code))
                        .isPresent();
            }
        }

        /** @param nation empty where it does not matter */
        record One(String nation, String name) implements Named {
            @Override
            public boolean is(Principal principal) {
                return principal.name().value().equals(name) && (nation.isEmpty() || new Nation(nation).is(principal));
            }
        }
    }

    boolean contain(Principal principal) {
        return named.stream().anyMatch(one -> one.is(principal)) != but;
    }

    boolean containEverybody() {
        return but || named.stream().anyMatch(Named.Everybody.class::isInstance);
    }

    /** Those of whom nobody knows, as they would be written. */
    List<String> unknown(Predicate<Named> known) {
        return named.stream().filter(known.negate()).map(Named::toString).toList();
    }
}
