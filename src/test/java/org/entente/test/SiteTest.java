package org.entente.test;

import java.io.IOException;
import java.util.List;
import org.entente.backends.Backend;
import org.entente.backends.s3.S3Site;
import org.entente.sandbox.SandboxSite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** The adapter before a real server that takes any key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SiteTest extends BackendContract {
    private SandboxSite site;
    private S3Site backend;

    @BeforeAll
    void start() throws IOException {
        site = SandboxSite.start(
                "site",
                Repository.s3proxy(),
                SandboxSite.Store.MEMORY,
                Repository.scratch().resolve("site-test"),
                SandboxSite.freePort(),
                "key",
                "secret");
        backend = Rig.client(site.endpoint(), site.accessKey(), site.secretKey());
    }

    @AfterAll
    void stop() {
        backend.close();
        site.close();
    }

    @Override
    Backend backend() {
        return backend;
    }

    @Override
    List<String> keysThatTheStoreCannotHold() {
        return List.of("/leading", "tail/", "up/../down", "..", "a//b", "dot/./dot");
    }

    @Override
    boolean forgetsAbortedUploads() {
        return false;
    }
}
