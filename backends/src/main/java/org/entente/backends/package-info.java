/** The port to one site, which speaks S3: one verb, streaming both ways. */
@NullMarked
package org.entente.backends;

import org.jspecify.annotations.NullMarked;
