/** YAML text to model, with a position and a remedy for everything that is wrong. */
@NullMarked
package org.entente.policy.parse;

import org.jspecify.annotations.NullMarked;
