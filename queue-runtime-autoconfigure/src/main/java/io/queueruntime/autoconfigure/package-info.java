/**
 * Everything Spring: properties, beans, discovery of listeners, and what is said when a start
 * fails.
 */
@NullMarked
package io.queueruntime.autoconfigure;

import org.jspecify.annotations.NullMarked;
