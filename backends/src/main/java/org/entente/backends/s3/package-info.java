/** Sites that speak S3 over HTTP. */
@NullMarked
package org.entente.backends.s3;

import org.jspecify.annotations.NullMarked;
