/** Who signed this request, and what the signature says of its body. */
@NullMarked
package org.entente.gateway.wire.auth;

import org.jspecify.annotations.NullMarked;
