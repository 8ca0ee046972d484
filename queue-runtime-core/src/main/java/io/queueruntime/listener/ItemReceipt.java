package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.Receipt;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Lets a handler that settles by hand do so through the message itself, one by one. Thread-safe.
 */
record ItemReceipt(Work work, int index) implements Receipt {

  @Override
  public void complete() {
    settle(Settlement.complete());
  }

  @Override
  public void abandon(Duration delay) {
    settle(Settlement.abandonAfter(delay));
  }

  @Override
  public void defer() {
    settle(Settlement.defer());
  }

  @Override
  public void deadLetter(String reason, @Nullable String description) {
    settle(Settlement.deadLetter(reason, description));
  }

  @Override
  public Instant renewLock() {
    return work.lock().renew();
  }

  private void settle(Settlement settlement) {
    try {
      work.settleOne(index, settlement).join();
    } catch (CompletionException e) {
      throw TransientRetry.unwrap(e) instanceof QueueRuntimeException known ? known : e;
    }
  }
}
