/** Moves buckets to other sites while they are in use: when a policy asks for it, and when a site is drained. */
@NullMarked
package org.entente.gateway.rehoming;

import org.jspecify.annotations.NullMarked;
