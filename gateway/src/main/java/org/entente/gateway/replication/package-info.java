/** Objects at several sites at once: written together, read from whichever has them, and brought to be the same. */
@NullMarked
package org.entente.gateway.replication;

import org.jspecify.annotations.NullMarked;
