/** What policies will do before they do it: their authors' cases, a change's effect, the loss of providers and laws. */
@NullMarked
package org.entente.policy.foresight;

import org.jspecify.annotations.NullMarked;
