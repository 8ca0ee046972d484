/**
 * What a queue is: order, locks, sessions, delivery count, dead-lettering, scheduling, duplicates.
 *
 * <p>What is confined to the engine thread belongs to one thread at a time, from the beginning of a
 * turn to its end: the engine's own, or that of a caller who waits, see {@link Turns}. Only while a
 * turn forces the disk may another thread come in between.
 */
@NullMarked
package io.queueruntime.engine;

import org.jspecify.annotations.NullMarked;
