package io.queueruntime.provider.front;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Alarms;
import io.queueruntime.store.LeasedMessage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A deferred message that a receiver of this process has, under a lease of the state store.
 *
 * <p>Confined to its front's mutex, but for what never changes.
 */
final class DeferredHold {

  final KeptMessage message;
  final @Nullable SessionHold session;
  final LockToken token;

  /** With this one. */
  final int deliveries;

  LeasedMessage lease;
  @Nullable Instant firstFailure;
  Instant lockedUntil;
  long lockedUntilNanos;
  Alarms.@Nullable Alarm alarm;

  /** Whether somebody is about to end it. */
  boolean settling;

  /**
   * One that was just taken; nobody has it yet.
   *
   * @param session whose lock it follows; {@code null}: it has a lock of its own
   * @param before deliveries before this one
   */
  DeferredHold(
      LeasedMessage lease,
      KeptMessage message,
      @Nullable SessionHold session,
      DeliveryHistory.@Nullable Entry before) {
    this.lease = lease;
    this.message = message;
    this.session = session;
    this.token = lease.token();
    this.deliveries =
        1
            + (before == null
                ? message.deliveries() + lease.count() - 1
                : before.deliveries(lease.count() - 1));
    this.firstFailure = before == null ? message.firstFailure() : before.firstFailure();
    this.lockedUntil = lease.until();
  }

  /** What is to be known of it when it is taken again. */
  DeliveryHistory.Entry history(boolean counted) {
    return new DeliveryHistory.Entry(
        counted ? deliveries : deliveries - 1, lease.count(), firstFailure);
  }

  void failed(Instant now) {
    if (firstFailure == null) {
      firstFailure = now;
    }
  }

  void cancelAlarm() {
    Alarms.Alarm set = alarm;
    if (set != null) {
      set.cancel();
      alarm = null;
    }
  }

  ReceivedMessage<byte[]> toMessage() {
    return message.toMessage().deliveryCount(deliveries).lock(token, lockedUntil).build();
  }
}
