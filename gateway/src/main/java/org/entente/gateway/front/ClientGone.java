package org.entente.gateway.front;

/** The client broke off, or fell silent, while it was sending. It is no site's fault. */
final class ClientGone extends RuntimeException {
    ClientGone(Throwable cause) {
        super("the client broke off", cause, false, false);
    }
}
