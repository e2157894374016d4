/** A site in memory, for tests and simulations. */
@NullMarked
package org.entente.backends.memory;

import org.jspecify.annotations.NullMarked;
