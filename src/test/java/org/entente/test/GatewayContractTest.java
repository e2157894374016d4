package org.entente.test;

import java.util.List;
import org.entente.backends.Backend;
import org.entente.backends.s3.S3Site;

/** The whole gateway behaves like one site. */
class GatewayContractTest extends BackendContract {
    private static final S3Site BACKEND =
            Rig.client(Rig.shared().running().s3Address(), Rig.FRENCH_KEY, Rig.FRENCH_SECRET);

    @Override
    Backend backend() {
        return BACKEND;
    }

    @Override
    List<String> keysThatTheStoreCannotHold() {
        return List.of("/leading", "tail/", "up/../down", "..", "a//b", "dot/./dot", "k".repeat(255));
    }

    @Override
    boolean forgetsAbortedUploads() {
        return false;
    }
}
