/** The front door: one request's way through the house. */
@NullMarked
package org.entente.gateway.front;

import org.jspecify.annotations.NullMarked;
