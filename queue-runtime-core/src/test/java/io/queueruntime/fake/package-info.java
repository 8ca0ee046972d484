/** A provider for tests: queues in memory whose time a test moves. */
@NullMarked
package io.queueruntime.fake;

import org.jspecify.annotations.NullMarked;
