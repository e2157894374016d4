package org.entente.gateway.access;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.Optional;
import org.entente.policy.model.Principal;

/**
 * Who asks, and from where.
 *
 * @param principal {@link Principal#ANONYMOUS} for who did not sign
 * @param address of the connection's other end; empty where that is not known
 * @param headers all of the request's
 */
public record Requester(Principal principal, Optional<InetAddress> address, HttpHeaders headers) {
    boolean isAnonymous() {
        return principal.equals(Principal.ANONYMOUS);
    }
}
