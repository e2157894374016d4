/** Bodies as they arrive, bare and verified as they go on. */
@NullMarked
package org.entente.gateway.wire.body;

import org.jspecify.annotations.NullMarked;
