package io.queueruntime.engine;

import org.jspecify.annotations.Nullable;

/**
 * Something that happens at a time: a link in the buckets of a {@link DueQueue}.
 *
 * <p>Confined to the engine thread.
 */
abstract class Due {

  /** In milliseconds of the clock of the queue it stands in. */
  long dueAt;

  @Nullable Due previousDue;
  @Nullable Due nextDue;

  /** Number of the bucket it stands in; -1 when in none. */
  byte bucket = -1;

  final boolean isScheduledDue() {
    return bucket >= 0;
  }
}
