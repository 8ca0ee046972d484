package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.ListenerAttributes.Sourced;
import io.queueruntime.autoconfigure.handler.HandlerSignature;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener as it is to run, before its queues are known to exist. Immutable.
 *
 * @param listener the annotation it came from
 * @param id its name in the registry
 * @param client name of the client its queues are reached through; null: the one each queue says
 * @param queues the queues it names
 * @param sessionIds the only sessions it takes; empty: as the queue says
 * @param signatures what its methods take, without the fallback
 * @param fallback the method for what no other one takes
 * @param options how it works
 * @param timeout its time limit, with its place
 * @param maxLockRenewal its limit on lock renewal, with its place
 * @param concurrency how much it works on at once, with its place; null: nobody said so
 */
record ListenerPlan(
    DiscoveredListener listener,
    String id,
    @Nullable String client,
    List<QueueName> queues,
    List<SessionId> sessionIds,
    List<HandlerSignature> signatures,
    @Nullable HandlerSignature fallback,
    ListenerOptions options,
    Sourced<Duration> timeout,
    Sourced<Duration> maxLockRenewal,
    @Nullable Sourced<Concurrency> concurrency) {

  String where() {
    return listener.where();
  }

  boolean isBatch() {
    return signatures.size() == 1 && signatures.get(0).isBatch();
  }

  /** Whether any of its methods has an argument of that type. */
  boolean takes(Class<?> argument) {
    return signatures.stream().anyMatch(signature -> signature.takes(argument))
        || (fallback != null && fallback.takes(argument));
  }
}
