package io.queueruntime.benchmarks;

import com.azure.core.util.BinaryData;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusProcessorClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Azure's client as its documentation shows it, to a user who wants his retries to be safe: every
 * message has an id. It has a content type, too, as ours have. Stateless.
 */
final class BareServiceBus {

  static final int BATCH = 100;

  private BareServiceBus() {}

  static ServiceBusClientBuilder client(ServiceBusBench bench) {
    return new ServiceBusClientBuilder().connectionString(bench.connectionString());
  }

  /** Each caller sends one message and waits until it is accepted. */
  static double send(ServiceBusBench bench, int callers, String queue) throws Exception {
    byte[] body = bench.body();
    try (ServiceBusSenderClient sender = client(bench).sender().queueName(queue).buildClient()) {
      sender.sendMessage(message(body));
      return Spread.over(callers, bench.messages(), () -> sender.sendMessage(message(body)));
    }
  }

  private static ServiceBusMessage message(byte[] body) {
    return new ServiceBusMessage(BinaryData.fromBytes(body))
        .setMessageId(UUID.randomUUID().toString())
        .setContentType("application/octet-stream");
  }

  static double sendAll(ServiceBusBench bench, int callers, String queue) throws Exception {
    byte[] body = bench.body();
    try (ServiceBusSenderClient sender = client(bench).sender().queueName(queue).buildClient()) {
      sender.sendMessage(message(body));
      return BATCH
          * Spread.over(
              callers,
              bench.batches(),
              () -> {
                List<ServiceBusMessage> messages = new ArrayList<>(BATCH);
                for (int i = 0; i < BATCH; i++) {
                  messages.add(message(body));
                }
                sender.sendMessages(messages);
              });
    }
  }

  /** A processor that completes what its handler returned from. */
  static double receive(ServiceBusBench bench, int callers, String queue) throws Exception {
    stockUp(bench, queue, 0);
    Arrivals arrivals = new Arrivals(bench.messages());
    try (ServiceBusProcessorClient processor =
        client(bench)
            .processor()
            .queueName(queue)
            .maxConcurrentCalls(callers)
            .prefetchCount(bench.prefetch())
            .processMessage(context -> arrivals.one())
            .processError(context -> arrivals.failed(context.getException()))
            .buildProcessorClient()) {
      processor.start();
      return arrivals.perSecond();
    }
  }

  static double sessions(ServiceBusBench bench, int sessions, String queue) throws Exception {
    stockUp(bench, queue, sessions);
    Arrivals arrivals = new Arrivals(bench.messages());
    try (ServiceBusProcessorClient processor =
        client(bench)
            .sessionProcessor()
            .queueName(queue)
            .maxConcurrentSessions(sessions)
            .prefetchCount(bench.prefetch())
            .processMessage(context -> arrivals.one())
            .processError(context -> arrivals.failed(context.getException()))
            .buildProcessorClient()) {
      processor.start();
      return arrivals.perSecond();
    }
  }

  /** Puts the messages of a round into the queue, in as many sessions as said. */
  static void stockUp(ServiceBusBench bench, String queue, int sessions) {
    try (ServiceBusSenderClient sender = client(bench).sender().queueName(queue).buildClient()) {
      List<ServiceBusMessage> messages = new ArrayList<>();
      for (int i = 0; i < bench.messages(); i++) {
        ServiceBusMessage message = message(bench.body());
        messages.add(sessions == 0 ? message : message.setSessionId("session-" + i % sessions));
        if (messages.size() == BATCH || i == bench.messages() - 1) {
          sender.sendMessages(messages);
          messages = new ArrayList<>();
        }
      }
    }
  }

  /** Counts handled messages; the time runs from the first to the last. Thread-safe. */
  static final class Arrivals {
    private final int expected;
    private final CountDownLatch left;
    private final AtomicLong begun = new AtomicLong();
    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

    Arrivals(int expected) {
      this.expected = expected;
      this.left = new CountDownLatch(expected);
    }

    void one() {
      begun.compareAndSet(0, System.nanoTime());
      left.countDown();
    }

    void failed(Throwable failure) {
      failures.add(failure);
    }

    double perSecond() throws InterruptedException {
      if (!left.await(2, TimeUnit.MINUTES)) {
        throw new IllegalStateException(
            "%d of %d messages did not arrive; failures: %s"
                .formatted(left.getCount(), expected, failures));
      }
      return ServiceBusBench.rate(expected, begun.get());
    }
  }
}
