package io.queueruntime.samples.sessions;

import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.ReceivedMessage;
import java.time.Duration;

/**
 * A consumer: books movements, each account's in order, several accounts at once. Thread-safe.
 *
 * <p>It settles by hand only to know when the completion is durable and to write that down for the
 * proof; a handler that just returns gets the same guarantees.
 */
final class Teller {

  private final String name;
  private final Ledger ledger;
  private final Accidents accidents;
  private final Duration work;

  Teller(String name, Ledger ledger, Accidents accidents, Duration work) {
    this.name = name;
    this.ledger = ledger;
    this.accidents = accidents;
    this.work = work;
  }

  @QueueListener(queues = "movements", ackMode = "MANUAL")
  void book(ReceivedMessage<Movement> message, Acknowledgment acknowledgment)
      throws InterruptedException {
    Movement movement = message.payload();
    int delivery = message.deliveryCount();
    ledger.delivered(movement, name, delivery);
    Thread.sleep(work.toMillis());
    if (accidents.beforeBooking(movement, delivery)) {
      fail(movement, delivery, "before it was booked");
    }
    ledger.book(movement, name, delivery);
    if (accidents.afterBooking(movement, delivery)) {
      fail(movement, delivery, "after it was booked");
    }
    acknowledgment.complete().join();
    ledger.completed(movement, name, delivery);
  }

  private void fail(Movement movement, int delivery, String when) {
    ledger.failed(movement, name, delivery);
    throw new IllegalStateException(
        "An accident happened to movement " + movement.id() + " " + when + ".");
  }
}
