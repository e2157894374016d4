/** The buckets that clients know. */
@NullMarked
package org.entente.gateway.catalogue;

import org.jspecify.annotations.NullMarked;
