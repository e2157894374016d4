/** What sites can do that not every S3 server can: found out by trying. */
@NullMarked
package org.entente.backends.capability;

import org.jspecify.annotations.NullMarked;
