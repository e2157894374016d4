package org.entente.gateway;

import org.entente.gateway.command.EntenteCommand;

/** The program's start. */
public final class Main {
    private Main() {}

    public static void main(String[] words) {
        System.exit(EntenteCommand.run(words));
    }
}
