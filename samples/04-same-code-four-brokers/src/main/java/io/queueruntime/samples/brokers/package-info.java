/** Sample 04: one application, whatever the broker. */
@NullMarked
package io.queueruntime.samples.brokers;

import org.jspecify.annotations.NullMarked;
