/** From documents to what the running gateway works with. */
@NullMarked
package org.entente.gateway.config;

import org.jspecify.annotations.NullMarked;
