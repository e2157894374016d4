package org.entente.gateway.config;

import java.util.List;
import org.entente.policy.model.Documents;
import org.entente.policy.model.Finding;

/** What the language can ask for and this gateway does not do yet: a promise that is not kept would be worse than none. */
final class Capabilities {
    private Capabilities() {}

    static List<Finding> lacking(Documents documents) {
        return documents.policies().stream()
                .filter(policy -> policy.copies() > 1)
                .flatMap(policy -> policy.spec().placement().stream())
                .map(placement -> Finding.error(
                        placement.copies().at(),
                        "this gateway keeps one copy of an object: write copies: 1 until it keeps more"))
                .toList();
    }
}
