/** Sites, gateways and clients on virtual time, where everything that can fail does, and what must hold all the same. */
@NullMarked
package org.entente.gateway.simulation;

import org.jspecify.annotations.NullMarked;
