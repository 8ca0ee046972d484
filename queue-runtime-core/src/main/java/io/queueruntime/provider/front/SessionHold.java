package io.queueruntime.provider.front;

import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Alarms;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One hold of one session. Confined to its front's mutex, but for when it ends. */
final class SessionHold {

  final Lane lane;
  final SessionId session;
  volatile Instant lockedUntil = Instant.EPOCH;
  long lockedUntilNanos;
  Alarms.@Nullable Alarm alarm;

  /** Why it is over; null while it is not. */
  @Nullable Ended ended;

  /** How a hold ends. */
  enum Ended {
    CLOSED,
    LOST
  }

  SessionHold(Lane lane, SessionId session) {
    this.lane = lane;
    this.session = session;
  }

  void cancelAlarm() {
    Alarms.Alarm set = alarm;
    if (set != null) {
      set.cancel();
    }
  }
}
