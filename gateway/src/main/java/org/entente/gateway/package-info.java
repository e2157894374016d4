/** The program. */
@NullMarked
package org.entente.gateway;

import org.jspecify.annotations.NullMarked;
