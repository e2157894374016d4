/** What was decided and done, line by line, each line bound to the one before it. */
@NullMarked
package org.entente.gateway.audit;

import org.jspecify.annotations.NullMarked;
