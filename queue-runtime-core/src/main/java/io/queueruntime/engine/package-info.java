/**
 * What a queue is: order, locks, sessions, delivery count, dead-lettering, scheduling, duplicates.
 */
@NullMarked
package io.queueruntime.engine;

import org.jspecify.annotations.NullMarked;
