/** Names and conventions of what is observed. */
@NullMarked
package io.queueruntime.observation;

import org.jspecify.annotations.NullMarked;
