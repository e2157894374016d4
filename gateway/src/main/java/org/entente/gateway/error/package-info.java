/** The one place where S3 error codes are chosen. */
@NullMarked
package org.entente.gateway.error;

import org.jspecify.annotations.NullMarked;
