package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What a queue does with very many messages in one go, and what somebody at another queue sees of
 * it: all become due within one second, all expire, all are purged. Stateless.
 */
final class AllAtOnce {

  /** How long the engine may work at most before somebody at another queue has an answer. */
  private static final int STALL_MILLIS = 50;

  private static final Duration AHEAD = Duration.ofHours(1);

  private AllAtOnce() {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    int messages = settings.many();
    Path directory = settings.newDirectory("at-once");
    AtomicLong ahead = new AtomicLong();
    try (EmbeddedQueueProvider provider =
        new EmbeddedQueueProvider(
            settings
                .options(directory)
                .withTime(() -> Instant.now().plusMillis(ahead.get()), System::nanoTime))) {
      provider
          .admin()
          .create(Embedded.QUEUE, QueueOptions.DEFAULTS.withDeadLetterOnExpiration(false));
      Bystander other = new Bystander(provider);
      Bystander.Sends calm = other.during(() -> Thread.sleep(settings.time().toMillis()));
      found.accept(Finding.of("sends to another queue, nothing else going on", calm.toString()));

      byte[] body = Stock.body(Stock.BODY);
      Instant due = Instant.now().plus(AHEAD);
      Stock.fill(
          provider.sender(Embedded.QUEUE),
          messages,
          number ->
              OutgoingMessage.of(body)
                  .scheduledEnqueueTime(due.plusMillis(number % 1_000))
                  .timeToLive(AHEAD)
                  .build());
      stall(
          "%,d scheduled messages become due in one second".formatted(messages),
          found,
          other,
          () -> {
            ahead.set(AHEAD.toMillis() + 1_000);
            until(() -> provider.admin().statistics(Embedded.QUEUE).active() == messages);
          });
      stall(
          "%,d messages expire".formatted(messages),
          found,
          other,
          () -> {
            ahead.set(3 * AHEAD.toMillis());
            until(() -> provider.admin().statistics(Embedded.QUEUE).active() == 0);
          });
      Stock.fill(provider.sender(Embedded.QUEUE), messages, Stock.BODY);
      stall(
          "%,d messages are purged".formatted(messages),
          found,
          other,
          () -> provider.admin().purge(Embedded.QUEUE));
      Stock.fill(provider.sender(Embedded.QUEUE), messages, Stock.BODY);
      stall(
          "a queue with %,d messages is deleted".formatted(messages),
          found,
          other,
          () -> provider.admin().delete(Embedded.QUEUE));
    } finally {
      Directories.delete(directory);
    }
  }

  private static void stall(
      String what, Consumer<Finding> found, Bystander other, Bystander.Load load) throws Exception {
    long begun = System.nanoTime();
    Bystander.Sends sends = other.during(load);
    found.accept(
        Finding.of(
            what,
            "done in %.2f s; sends to another queue meanwhile %s"
                .formatted((System.nanoTime() - begun) / 1e9, sends)));
    found.accept(
        Finding.atMost(
            "longest work of the engine before a send to another queue was answered",
            sends.longestWorkMillis(),
            STALL_MILLIS,
            "ms"));
  }

  private interface Condition {
    boolean holds();
  }

  private static void until(Condition condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("What was due has not happened within five minutes.");
      }
      Thread.sleep(5);
    }
  }
}
