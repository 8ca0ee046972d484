/** The state store in a database of the application. */
@NullMarked
package io.queueruntime.autoconfigure.store;

import org.jspecify.annotations.NullMarked;
