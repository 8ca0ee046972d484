/** Measures queue-runtime beside a bare journal on the same disk, in the same run. */
@NullMarked
package io.queueruntime.benchmarks;

import org.jspecify.annotations.NullMarked;
