/** The durable record of what is not yet the same everywhere, and of nothing else. */
@NullMarked
package org.entente.gateway.journal;

import org.jspecify.annotations.NullMarked;
