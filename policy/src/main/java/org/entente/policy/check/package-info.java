/** What is wrong with documents that are well-formed each by itself. */
@NullMarked
package org.entente.policy.check;

import org.jspecify.annotations.NullMarked;
