/** The provider that needs no broker: adapts the engine to the port. */
@NullMarked
package io.queueruntime.embedded;

import org.jspecify.annotations.NullMarked;
