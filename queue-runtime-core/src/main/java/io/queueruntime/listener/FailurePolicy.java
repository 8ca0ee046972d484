package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.provider.Settlement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a message whose handler failed: a pure function of the exception and of how often
 * the message has been delivered.
 *
 * <p>In this order: {@link DeadLetterException} and {@link AbandonException} say it themselves; the
 * first exception of the chain of causes that is listed as retried or dead-lettered decides, the
 * nearer type where both lists know it; a payload that cannot be read or written is dead-lettered;
 * anything else is given back after a back-off, and dead-lettered after the last allowed delivery.
 *
 * <p>Immutable.
 */
final class FailurePolicy {

  private static final int CHAIN_MAX = 32;
  private static final int TEXT_MAX = 1_000;

  private enum Verdict {
    RETRY,
    DEAD_LETTER
  }

  private final int deliveriesMax;
  private final BackoffPolicy backoff;
  private final Set<Class<? extends Throwable>> deadLetterOn;
  private final Set<Class<? extends Throwable>> retryOn;

  FailurePolicy(ListenerOptions options, int queueDeliveriesMax) {
    int own = options.maxRetries().orElse(Integer.MAX_VALUE - 1) + 1;
    this.deliveriesMax = Math.min(own, queueDeliveriesMax);
    this.backoff = options.backoff();
    this.deadLetterOn = options.deadLetterOn();
    this.retryOn = options.retryOn();
  }

  /**
   * @param deliveryCount 1 on the first delivery
   * @param alone whether the handler was called with this message only; of several, the one to
   *     blame is not known, so none is dead-lettered by the type of the exception: all come again,
   *     one by one
   * @param random from 0 to 1, for the back-off's jitter
   */
  Settlement settlementOf(Throwable thrown, int deliveryCount, boolean alone, double random) {
    Throwable failure = unwrap(thrown);
    if (failure instanceof DeadLetterException asked) {
      Throwable cause = asked.getCause() == null ? asked : asked.getCause();
      return Settlement.deadLetter(
          asked.reason(), asked.description().map(FailurePolicy::cut).orElse(null), cause);
    }
    if (failure instanceof AbandonException asked) {
      return Settlement.abandonAfter(asked.delay());
    }
    Verdict verdict = verdictOn(failure);
    if (verdict == Verdict.DEAD_LETTER && alone) {
      return Settlement.deadLetter(failure.getClass().getSimpleName(), describe(failure), failure);
    }
    if (deliveryCount >= deliveriesMax) {
      return Settlement.deadLetter(
          DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED, describe(failure), failure);
    }
    if (verdict == Verdict.DEAD_LETTER) {
      return Settlement.abandon();
    }
    Duration delay = backoff.after(deliveryCount, random);
    return delay.isZero() ? Settlement.abandon() : Settlement.abandonAfter(delay);
  }

  private Verdict verdictOn(Throwable failure) {
    Throwable each = failure;
    for (int depth = 0; each != null && depth < CHAIN_MAX; depth++) {
      int retry = distance(each.getClass(), retryOn);
      int deadLetter = distance(each.getClass(), deadLetterOn);
      if (retry != Integer.MAX_VALUE || deadLetter != Integer.MAX_VALUE) {
        return deadLetter < retry ? Verdict.DEAD_LETTER : Verdict.RETRY;
      }
      each = each.getCause();
    }
    return failure instanceof SerializationFailed ? Verdict.DEAD_LETTER : Verdict.RETRY;
  }

  /** Steps up the class hierarchy to the nearest listed type. */
  private static int distance(Class<?> type, Set<Class<? extends Throwable>> listed) {
    if (listed.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    int steps = 0;
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      if (listed.contains(each)) {
        return steps;
      }
      steps++;
    }
    return Integer.MAX_VALUE;
  }

  /** The exception a handler threw, without what reflection and futures put around it. */
  static Throwable unwrap(Throwable thrown) {
    Throwable found = thrown;
    for (int depth = 0; depth < CHAIN_MAX; depth++) {
      @Nullable Throwable cause = found.getCause();
      boolean wrapper =
          found instanceof CompletionException
              || found instanceof ExecutionException
              || found instanceof InvocationTargetException
              || found instanceof UndeclaredThrowableException;
      if (!wrapper || cause == null) {
        return found;
      }
      found = cause;
    }
    return found;
  }

  private static String describe(Throwable failure) {
    String message = failure.getMessage();
    return cut(failure.getClass().getName() + (message == null ? "" : ": " + message));
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX - 1) + "…";
  }
}
