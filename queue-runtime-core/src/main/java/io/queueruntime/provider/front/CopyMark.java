package io.queueruntime.provider.front;

import io.queueruntime.store.CopyId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a message bears that was sent under a duplicate window. Immutable.
 *
 * @param copy tells it from all other copies with its message id
 * @param until when its window ends; to the millisecond, as stores keep it
 */
public record CopyMark(CopyId copy, Instant until) {

  /** What two headers of a message say; {@code null} unless both are there and can be read. */
  public static @Nullable CopyMark of(@Nullable String copy, @Nullable Long untilMillis) {
    try {
      return copy == null || untilMillis == null
          ? null
          : new CopyMark(
              CopyId.of(UUID.fromString(copy)), Instant.ofEpochMilli(untilMillis.longValue()));
    } catch (IllegalArgumentException | DateTimeException e) {
      return null; // somebody changed it on the way
    }
  }
}
