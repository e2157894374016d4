package org.entente.gateway.command;

/** What the program's exit code says. */
final class Exit {
    static final int OK = 0;
    static final int FINDINGS = 1;
    static final int USAGE = 2;

    private Exit() {}
}
