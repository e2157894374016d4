/** Does the whole keep its promises? */
package org.entente.test;
