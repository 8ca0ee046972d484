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
  static final class Held {
    private final ServiceBusReceivedMessage wire;
    private final ReceivedMessage<byte[]> message;
    private volatile Instant lockedUntil;
    private volatile boolean refused;

    private Held(ServiceBusReceivedMessage wire, ReceivedMessage<byte[]> message) {
      this.wire = wire;
      this.message = message;
      this.lockedUntil = message.lockedUntil().orElse(Instant.EPOCH);
    }

    ServiceBusReceivedMessage wire() {
      return wire;
    }

    /** The broker has refused to settle it for now. */
    void refused() {
      refused = true;
    }

    boolean isRefused() {
      return refused;
    }

    /** Its lock has been renewed. */
    void renewed(Instant until) {
      lockedUntil = until;
    }
  }

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
    held.values().removeIf(delivery -> delivery.lockedUntil.isBefore(before));
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
        .filter(delivery -> delivery.lockedUntil.isAfter(now))
        .map(delivery -> delivery.message)
        .toList();
  }

  /** All locks are one, and it has been renewed. */
  void allRenewed(Instant until) {
    held.values().forEach(delivery -> delivery.renewed(until));
  }

  boolean anyHeld() {
    return !held.isEmpty() && !held().isEmpty();
  }
}
