/** A state store of one process, in memory and in a journal beside it. */
@NullMarked
package io.queueruntime.store.embedded;

import org.jspecify.annotations.NullMarked;
