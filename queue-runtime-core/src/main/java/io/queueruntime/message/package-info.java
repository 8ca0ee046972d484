/** Immutable values that every other package speaks in. */
@NullMarked
package io.queueruntime.message;

import org.jspecify.annotations.NullMarked;
