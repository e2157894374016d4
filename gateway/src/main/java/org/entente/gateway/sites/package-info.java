/** The sites: how to reach them, and whether that can be done at present. */
@NullMarked
package org.entente.gateway.sites;

import org.jspecify.annotations.NullMarked;
