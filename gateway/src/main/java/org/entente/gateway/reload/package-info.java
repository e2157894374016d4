/** Which policies are in force: from the directory, from operators, and back again. */
@NullMarked
package org.entente.gateway.reload;

import org.jspecify.annotations.NullMarked;
