/** The operators' console: pages made here, for any browser, on the operators' port. */
@NullMarked
package org.entente.gateway.console;

import org.jspecify.annotations.NullMarked;
