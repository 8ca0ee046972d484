package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The deliveries of one link that have not ended, by their lock tokens: what tells a delivery that
 * has ended, or was never given out, from one whose lock was lost; Service Bus answers both alike.
 *
 * <p>A delivery whose lock ran out and that nobody has settled is forgotten after a while.
 * Thread-safe.
 */
final class Deliveries {

  private static final int SWEEP_FROM = 4_096;
  private static final Duration KEPT = Duration.ofMinutes(10);

  /** A delivery that is held, as far as this side knows. */
  record Held(ServiceBusReceivedMessage wire, ReceivedMessage<byte[]> message) {}

  private final ProviderTime time;
  private final Map<LockToken, Held> held = new ConcurrentHashMap<>();

  Deliveries(ProviderTime time) {
    this.time = time;
  }

  void add(ServiceBusReceivedMessage wire, ReceivedMessage<byte[]> message) {
    message
        .lockToken()
        .ifPresent(
            token -> {
              if (held.size() >= SWEEP_FROM && held.size() % SWEEP_FROM == 0) {
                sweep();
              }
              held.put(token, new Held(wire, message));
            });
  }

  private void sweep() {
    Instant before = time.now().minus(KEPT);
    held.values()
        .removeIf(
            delivery ->
                delivery.message.lockedUntil().map(until -> until.isBefore(before)).orElse(true));
  }

  /** The delivery that is held with this token. */
  Optional<Held> find(LockToken token) {
    return Optional.ofNullable(held.get(token));
  }

  /** Takes the delivery out, for its one settlement. */
  Optional<Held> take(LockToken token) {
    return Optional.ofNullable(held.remove(token));
  }

  /** It was not settled after all. */
  void putBack(LockToken token, Held delivery) {
    held.put(token, delivery);
  }

  /** The messages whose locks may still be there. */
  List<ReceivedMessage<byte[]>> held() {
    Instant now = time.now();
    return held.values().stream()
        .map(Held::message)
        .filter(message -> message.lockedUntil().map(until -> until.isAfter(now)).orElse(false))
        .toList();
  }

  boolean anyHeld() {
    return !held.isEmpty() && !held().isEmpty();
  }
}
