/** Which kinds of objects policies tell apart, so that all of them can be looked at, not samples. */
@NullMarked
package org.entente.policy.region;

import org.jspecify.annotations.NullMarked;
