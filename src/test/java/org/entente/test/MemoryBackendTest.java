package org.entente.test;

import java.time.Clock;
import org.entente.backends.Backend;
import org.entente.backends.memory.MemoryBackend;

class MemoryBackendTest extends BackendContract {
    private final MemoryBackend backend = new MemoryBackend(Clock.systemUTC());

    @Override
    Backend backend() {
        return backend;
    }
}
