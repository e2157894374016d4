/** S3's documents: small, read with limits and without entities, written without a library. */
@NullMarked
package org.entente.backends.xml;

import org.jspecify.annotations.NullMarked;
