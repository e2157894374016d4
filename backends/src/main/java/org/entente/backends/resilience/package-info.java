/** What stands between a site and its callers so that one that fails does not hold them up. */
@NullMarked
package org.entente.backends.resilience;

import org.jspecify.annotations.NullMarked;
