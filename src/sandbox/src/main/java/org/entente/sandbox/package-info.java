/** Sites to play with, each a real S3 server in a process of its own, and the demo that puts a gateway before them. */
@NullMarked
package org.entente.sandbox;

import org.jspecify.annotations.NullMarked;
