/** What a gateway tells of itself in numbers. */
@NullMarked
package org.entente.gateway.metrics;

import org.jspecify.annotations.NullMarked;
