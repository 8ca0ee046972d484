/** Histories of senders and listeners on brokers at which something goes wrong. */
@NullMarked
package io.queueruntime.histories;

import org.jspecify.annotations.NullMarked;
