package org.entente.policy.decide;

import java.util.Optional;
import org.entente.policy.model.Action;
import org.entente.policy.model.Principal;

/**
 * May this principal do this to that?
 *
 * @param key the object's; empty where the bucket as a whole is meant
 */
public record Question(Principal principal, Action action, String bucket, Optional<String> key) {}
