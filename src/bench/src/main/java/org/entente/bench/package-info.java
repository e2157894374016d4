/** How fast? */
package org.entente.bench;
