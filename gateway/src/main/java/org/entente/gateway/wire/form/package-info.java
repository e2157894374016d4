/** Uploads by HTML form: what a browser posts, and the signed policy that says what it may post. */
@NullMarked
package org.entente.gateway.wire.form;

import org.jspecify.annotations.NullMarked;
