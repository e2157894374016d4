/** May this be done, where may the object live, and why? The only maker of permits. */
@NullMarked
package org.entente.policy.decide;

import org.jspecify.annotations.NullMarked;
