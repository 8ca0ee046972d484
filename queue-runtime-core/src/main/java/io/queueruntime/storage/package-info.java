/** The disk, as an interface that tests can break. */
@NullMarked
package io.queueruntime.storage;

import org.jspecify.annotations.NullMarked;
