/** Whom the owners of buckets let in, and what they forbid: bucket policies, and who asks. */
@NullMarked
package org.entente.gateway.access;

import org.jspecify.annotations.NullMarked;
