/** The receive side: container, pump, invoker, settler. */
@NullMarked
package io.queueruntime.listener;

import org.jspecify.annotations.NullMarked;
