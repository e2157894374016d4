/** The operators' API, on a port of its own. */
@NullMarked
package org.entente.gateway.operators;

import org.jspecify.annotations.NullMarked;
