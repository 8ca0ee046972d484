package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.QueueListener;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user reads whose listeners ask for what cannot be. */
class ListenerStartupFailureTests extends StartupReports {

  static class Waiting {
    @QueueListener(queues = "orders", batchSize = "9", batchTimeout = "40s")
    void on(List<Order> orders) {}
  }

  @Test
  void aBatchThatWaitsLongerThanItsLocksLast() {
    start.with(Waiting.class);

    assertReport(
        IN_MEMORY,
        "QR-157",
        "@QueueListener method Waiting.on(List) waits 40s for a batch to fill, but a message of queue \"orders\" is locked for 1m only.",
        "Set the batch timeout to 30s or less, or raise queue-runtime.queues.orders.lock-duration.");
  }

  static class Slow {
    @QueueListener(queues = "slow", timeout = "10m")
    void on(Order order) {}
  }

  @Test
  void aHandlerThatMayTakeLongerThanItsLockIsKept() {
    start.with(Slow.class);

    assertReport(
        IN_MEMORY,
        "QR-124",
        "timeout of @QueueListener method Slow.on(Order) allows 10m, but the lock on a message of queue \"slow\" is kept for 5m only (queue-runtime.listener.max-lock-renewal is 5m, its lock lasts 1m): it would be lost, and the message processed twice.",
        "Set queue-runtime.listeners.listenerStartupFailureTests.Slow.on.max-lock-renewal to 11m or more, or the timeout to 5m or less.");
  }

  static class Twins {
    @QueueListener(id = "twin", queues = "a")
    void one(Order order) {}

    @QueueListener(id = "twin", queues = "b")
    void other(Order order) {}
  }

  @Test
  void twoListenersWithOneId() {
    start.with(Twins.class);

    assertThat(start.report(IN_MEMORY))
        .contains("[QR-130] Two listeners have the id \"twin\": @QueueListener method Twins.")
        .contains(
            "[QR-130] Give one of them another id, e.g. @QueueListener(id = \"twin-2\", ...).");
  }

  static class Manual {
    @QueueListener(queues = "orders", ackMode = "manual")
    void on(Order order) {}
  }

  @Test
  void manualSettlementWithoutAnAcknowledgment() {
    start.with(Manual.class);

    assertReport(
        IN_MEMORY,
        "QR-133",
        "ackMode of @QueueListener method Manual.on(Order) is MANUAL, but the method has no Acknowledgment argument, so nothing could ever be settled.",
        "Add an argument of type io.queueruntime.listener.Acknowledgment, or use AUTO.");
  }

  static class NoBatch {
    @QueueListener(id = "no-batch", queues = "orders")
    void on(Order order) {}
  }

  @Test
  void aBatchSizeForAHandlerOfOneMessage() {
    start.with(NoBatch.class);

    assertReport(
        IN_MEMORY + "queue-runtime.listeners.no-batch.batch-size: 20",
        "QR-134",
        "queue-runtime.listeners.no-batch.batch-size (application.yml:2:46) is 20, but @QueueListener method NoBatch.on(Order) takes one message.",
        "Let the method take a List of payloads or of ReceivedMessage, or remove the batch size.");
  }

  static class Batch {
    @QueueListener("orders")
    void on(List<Order> orders) {}
  }

  @Test
  void aHandlerOfListsWithoutABatchSizeWhenStrict() {
    start.with(Batch.class);

    assertReport(
        IN_MEMORY + "queue-runtime.strict: true",
        "QR-134",
        "@QueueListener method Batch.on(List) takes a List, but no batch size is set: every list will hold one message.",
        "Set batchSize, e.g. batchSize = \"50\".");
  }

  static class Eager {
    @QueueListener(queues = "orders", concurrency = "4-")
    void on(Order order) {}
  }

  @Test
  void aConcurrencyThatIsNoNumberAndNoRange() {
    start.with(Eager.class);

    assertReport(
        IN_MEMORY,
        "QR-135",
        "concurrency of @QueueListener method Eager.on(Order) is \"4-\"; allowed is a number from 1 to 10000 or a range such as 2-16.",
        "Write e.g. concurrency = \"4\".");
  }

  @Test
  void aConfiguredConcurrencyThatIsNoNumberAndNoRange() {
    start.with(NoBatch.class);

    assertReport(
        IN_MEMORY + "queue-runtime.listener.concurrency: 8-2",
        "QR-135",
        "queue-runtime.listener.concurrency (application.yml:2:37) is \"8-2\"; allowed is a number from 1 to 10000 or a range such as 2-16.",
        "Set queue-runtime.listener.concurrency, e.g. to \"4\".");
  }

  static class Unresolvable {
    @QueueListener("${app.queue}")
    void on(Order order) {}
  }

  @Test
  void aPlaceholderThatNobodySet() {
    start.with(Unresolvable.class);

    assertReport(
        IN_MEMORY,
        "QR-140",
        "value of @QueueListener method Unresolvable.on(Order) is \"${app.queue}\", which cannot be resolved: Could not resolve placeholder 'app.queue' in value \"${app.queue}\"",
        "Set the property, or give it a default as in ${name:default}.");
  }

  static class Nameless {
    @QueueListener
    void on(Order order) {}
  }

  @Test
  void aListenerWithoutAQueue() {
    start.with(Nameless.class);

    assertReport(
        IN_MEMORY,
        "QR-141",
        "@QueueListener method Nameless.on(Order) names no queue.",
        "Name one, e.g. @QueueListener(\"orders\").");
  }

  static class Handled {
    @QueueListener(queues = "orders", errorHandler = "onTrouble")
    void on(Order order) {}
  }

  @Test
  void anErrorHandlerThatIsNoBean() {
    start.with(Handled.class);

    assertReport(
        IN_MEMORY,
        "QR-142",
        "errorHandler of @QueueListener method Handled.on(Order) is \"onTrouble\", and there is no QueueErrorHandler bean of that name. Beans of that type: none.",
        "Declare the bean, or remove the attribute.");
  }

  static class Patient {
    @QueueListener(queues = "orders", backoff = @Backoff(delay = "1h", maxDelay = "10h"))
    void on(Order order) {}
  }

  @Test
  void retriesThatOutliveTheirMessageWhenStrict() {
    start.with(Patient.class);

    assertReport(
        IN_MEMORY + "queue-runtime: { strict: true, queues.orders.default-time-to-live: 6h }",
        "QR-148",
        "The 4 retries of @QueueListener method Patient.on(Order) take longer than the 6h a message of queue \"orders\" lives: it expires before the last one.",
        "Shorten the back-off, or raise queue-runtime.queues.orders.default-time-to-live.");
  }

  static class BadBackoff {
    @QueueListener(queues = "orders", backoff = @Backoff(delay = "10m", jitter = "3"))
    void on(Order order) {}
  }

  @Test
  void aBackOffThatCannotBe() {
    start.with(BadBackoff.class);

    assertThat(start.report(IN_MEMORY))
        .contains(
            "[QR-139] The back-off of @QueueListener method BadBackoff.on(Order) cannot be used: A back-off needs 0 <= delay <= max-delay")
        .contains(
            "Set by backoff.delay of @QueueListener method BadBackoff.on(Order), queue-runtime.listener.backoff.multiplier,");
  }

  @Test
  void everythingAtOnce() {
    start.with(ClientStartupFailureTests.OrderHandler.class, Manual.class, Slow.class);

    assertThat(
            start.report(
                """
                queue-runtime:
                  provider: embeded
                  queues: { orders: { max-delivery-count: 0 }, "[bad name]": {} }
                  listener.drain-timeout: 31s
                """))
        .contains("for 5 reasons:", "1. [QR-103]", "[QR-131]", "[QR-132]", "[QR-122]", "[QR-133]");
  }
}
