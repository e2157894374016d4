/** What operators write: sites, policies and principals as immutable values that know where they stand in which file. */
@NullMarked
package org.entente.policy.model;

import org.jspecify.annotations.NullMarked;
