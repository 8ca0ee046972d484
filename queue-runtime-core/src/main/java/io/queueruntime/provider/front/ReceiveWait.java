package io.queueruntime.provider.front;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Alarms;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A receive that nothing was there for yet. Confined to its front's mutex, but for its future. */
final class ReceiveWait {

  final Object owner;
  final int max;
  final CompletableFuture<List<ReceivedMessage<byte[]>>> future = new CompletableFuture<>();
  Alarms.@Nullable Alarm alarm;

  /** Whether its time is over but for messages of which it is not known yet whether they count. */
  boolean waitsForCheck;

  /**
   * A receive of at most that many.
   *
   * @param owner the receiver, whose close ends it
   */
  ReceiveWait(Object owner, int max) {
    this.owner = owner;
    this.max = max;
  }

  void cancelAlarm() {
    Alarms.Alarm set = alarm;
    if (set != null) {
      set.cancel();
    }
  }
}
