/** AWS Signature Version 4, for those who sign and those who verify. */
@NullMarked
package org.entente.backends.sigv4;

import org.jspecify.annotations.NullMarked;
