/** Sample 01: a queue in a dozen lines, without a broker and without configuration. */
@NullMarked
package io.queueruntime.samples.hello;

import org.jspecify.annotations.NullMarked;
