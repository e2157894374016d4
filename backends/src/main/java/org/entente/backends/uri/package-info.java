/** What request targets are made of. */
@NullMarked
package org.entente.backends.uri;

import org.jspecify.annotations.NullMarked;
