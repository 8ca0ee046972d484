package io.queueruntime.provider.front;

import io.queueruntime.provider.Alarms;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits for a session, one or the next. Confined to its front's mutex, but for its
 * future.
 */
final class AcceptWait {

  final CompletableFuture<Optional<SessionHold>> future = new CompletableFuture<>();
  Alarms.@Nullable Alarm alarm;

  /** Whether its time is over but for messages of which it is not known yet whether they count. */
  boolean waitsForCheck;

  void cancelAlarm() {
    Alarms.Alarm set = alarm;
    if (set != null) {
      set.cancel();
    }
  }
}
