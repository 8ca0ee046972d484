package io.queueruntime.servicebus.emulator.amqp;

import java.util.Arrays;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;

/**
 * Puts together what comes in on one link. A message may come in any number of frames; it is handed
 * on whole. What has come of it is taken from the protocol engine at once: that keeps each frame by
 * itself, and a client may make frames of one byte.
 *
 * <p>Confined to the loop of its connection.
 */
final class DeliveryAssembly {

  /** What becomes of deliveries. */
  interface Taker {

    /** One is there as a whole; the link stands at the next one already. */
    void take(Delivery delivery, byte[] bytes);

    /** The client has aborted one, which takes up one credit. */
    void aborted();

    /**
     * One has more bytes than the link takes, and is not kept.
     *
     * @param size how many have come
     * @param more whether there would be more of them
     */
    void tooLarge(int size, boolean more);
  }

  private static final byte[] NOTHING = {};

  private final ConnectionBudget budget;
  private final Receiver link;
  private final int largest;
  private final Taker taker;
  private byte[] begun = NOTHING;
  private int count;
  private boolean closed;

  /**
   * @param largest bytes of one delivery
   */
  DeliveryAssembly(ConnectionBudget budget, Receiver link, int largest, Taker taker) {
    this.budget = budget;
    this.link = link;
    this.largest = largest;
    this.taker = taker;
    budget.mayCome(largest);
  }

  /** Takes what has come since. */
  void advance() {
    Delivery delivery = link.current();
    while (delivery != null && !closed) {
      int pending = Math.max(0, delivery.pending());
      if (delivery.isAborted()) {
        forget();
        delivery.settle();
        taker.aborted();
      } else if (pending > largest - count) {
        int size = count + pending;
        forget();
        taker.tooLarge(size, delivery.isPartial());
        return;
      } else if (delivery.isPartial()) {
        keep(pending);
        return;
      } else {
        byte[] bytes = whole(pending);
        link.advance();
        taker.take(delivery, bytes);
      }
      delivery = link.current();
    }
  }

  private void keep(int pending) {
    if (pending == 0) {
      return;
    }
    int before = begun.length;
    if (before - count < pending) {
      begun = Arrays.copyOf(begun, Math.min(largest, Math.max(count + pending, 2 * before)));
    }
    link.recv(begun, count, pending);
    count += pending;
    budget.unfinished(begun.length - before);
  }

  private byte[] whole(int pending) {
    byte[] bytes = Arrays.copyOf(begun, count + pending);
    if (pending > 0) {
      link.recv(bytes, count, pending);
    }
    forget();
    return bytes;
  }

  private void forget() {
    int before = begun.length;
    begun = NOTHING;
    count = 0;
    if (before > 0) {
      budget.unfinished(-before);
    }
  }

  /** Takes nothing more, and keeps nothing. */
  void close() {
    closed = true;
    forget();
  }

  /**
   * Keeps nothing of what comes on a link that was refused or detached: a client goes on sending
   * until it has read so, and a hostile one for ever.
   */
  static void discard(Receiver link) {
    for (Delivery delivery = link.current(); delivery != null; delivery = link.current()) {
      link.recv();
      if (delivery.isPartial() && !delivery.isAborted()) {
        return;
      }
      ErrorCondition why = link.getCondition();
      delivery.disposition(
          why.getCondition() == null ? Released.getInstance() : ClientSettlements.rejected(why));
      delivery.settle();
    }
  }
}
