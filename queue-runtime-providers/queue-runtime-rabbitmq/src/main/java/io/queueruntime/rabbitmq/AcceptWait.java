package io.queueruntime.rabbitmq;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits for a session, one or the next. Confined to its front's lock, but for its
 * future.
 */
final class AcceptWait {

  final CompletableFuture<Optional<SessionHold>> future = new CompletableFuture<>();
  RabbitTime.@Nullable Alarm alarm;

  void cancelAlarm() {
    RabbitTime.Alarm set = alarm;
    if (set != null) {
      set.cancel();
    }
  }
}
