/** One S3 service made of many sites. */
@NullMarked
package org.entente.gateway.federation;

import org.jspecify.annotations.NullMarked;
