package io.queueruntime.template;

import io.queueruntime.message.Receipt;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Settles a message for the caller who received it, through the receiver it came from. Thread-safe.
 */
record CallerReceipt(
    QueueReceiver receiver, ReceivedMessage<byte[]> message, TransientRetry retry, Duration timeout)
    implements Receipt {

  @Override
  public void complete() {
    settle("complete", Settlement.complete());
  }

  @Override
  public void abandon(Duration delay) {
    settle("abandon", Settlement.abandonAfter(delay));
  }

  @Override
  public void defer() {
    settle("defer", Settlement.defer());
  }

  @Override
  public void deadLetter(String reason, @Nullable String description) {
    settle("dead-letter", Settlement.deadLetter(reason, description));
  }

  @Override
  public Instant renewLock() {
    return Waiting.join(
        Doing.with(message, "renew-lock", "renew the lock on"),
        retry.call(() -> receiver.renewLock(message)),
        timeout);
  }

  private void settle(String verb, Settlement settlement) {
    Waiting.join(
        Doing.with(message, verb, verb),
        retry.call(() -> receiver.settle(message, settlement)),
        timeout);
  }
}
