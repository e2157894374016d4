package org.entente.gateway.journal;

import java.util.Optional;

/**
 * What the journal says of one key. Of a key without an entry, every member holds the same.
 *
 * @param underWay the write that is being ended, or whose end nobody knows
 * @param owner the gateway that the write goes through; empty when there is none
 */
public record Entry(ObjectName name, Standing standing, Optional<Intent> underWay, String owner) {}
