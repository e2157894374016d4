/** Between HTTP and S3: what a request means, and how an answer is written. */
@NullMarked
package org.entente.gateway.wire;

import org.jspecify.annotations.NullMarked;
