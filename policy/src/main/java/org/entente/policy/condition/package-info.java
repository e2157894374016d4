/** Conditions that globs cannot say, in the Common Expression Language. */
@NullMarked
package org.entente.policy.condition;

import org.jspecify.annotations.NullMarked;
