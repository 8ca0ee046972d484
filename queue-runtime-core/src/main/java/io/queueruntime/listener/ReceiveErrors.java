package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a loop does when it cannot receive: end for good where no later try can succeed, else wait
 * longer and longer, up to half a minute, until one does. A credential or right that sufficed
 * before may suffice again: only a loop that has never received ends for want of one.
 *
 * <p>Confined to its pump.
 */
final class ReceiveErrors {

  private static final Logger log = LoggerFactory.getLogger(ReceiveErrors.class);
  private static final int TELL_EVERY = 10;

  private final String listener;
  private final ListenedQueue queue;
  private final TransientRetry waits = TransientRetry.DEFAULT;
  private int failures;
  private boolean hasReceived;

  ReceiveErrors(String listener, ListenedQueue queue) {
    this.listener = listener;
    this.queue = queue;
  }

  void succeeded() {
    hasReceived = true;
    if (failures > 0) {
      log.info("Listener '{}' receives from queue '{}' again.", listener, queue.name());
      failures = 0;
    }
  }

  /**
   * Waits until the next try may be made.
   *
   * @throws RuntimeException the failure itself, when there is no point in another try
   */
  void failed(Throwable error, RunState state) {
    Throwable failure = TransientRetry.unwrap(error);
    if (state.isStopping()) {
      return;
    }
    if (failure instanceof Error fatal) {
      throw fatal;
    }
    if (isForGood(failure)) {
      throw (QueueRuntimeException) failure;
    }
    failures++;
    Duration wait = waits.waitAfter(failures, failure);
    if (failures == 1 || failures % TELL_EVERY == 0) {
      log.warn(
          "Listener '{}' cannot receive from queue '{}' ({} tries so far); tries again in {}.",
          listener,
          queue.name(),
          failures,
          wait,
          failure);
    }
    state.rest(wait);
  }

  private boolean isForGood(Throwable failure) {
    return isAccess(failure) ? !hasReceived : isLasting(failure);
  }

  private static boolean isAccess(Throwable failure) {
    return failure instanceof AuthenticationFailed || failure instanceof PermissionDenied;
  }

  private static boolean isLasting(Throwable failure) {
    return failure instanceof Closed
        || failure instanceof QueueNotFound
        || failure instanceof ConfigurationInvalid
        || failure instanceof ValidationFailed
        || failure instanceof UnsupportedCapability
        || failure instanceof StorageFailed;
  }
}
