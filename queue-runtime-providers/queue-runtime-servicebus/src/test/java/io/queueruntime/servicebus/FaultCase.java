package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.servicebus.emulator.Faults;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** An emulator that can be made to fail, a provider on it, and short words for what cases do. */
abstract class FaultCase {

  /** How soon work has to go on once a fault is healed, by the {@link Metronome}. */
  static final Duration RECOVERY = Duration.ofSeconds(5);

  /** A guard against waiting for ever, for what has no bound of its own. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How long nothing comes where there must be nothing. */
  static final Duration GLANCE = Duration.ofMillis(500);

  /** For who has to notice that an answer does not come. */
  static final ServiceBusRetry IMPATIENT =
      new ServiceBusRetry(3, Duration.ofMillis(100), Duration.ofSeconds(5));

  static final SessionId S = SessionId.of("s");

  final Metronome metronome = new Metronome();
  Emulated emulated = new Emulated();
  private @Nullable ServiceBusQueueProvider opened;

  @AfterEach
  final void close() {
    if (opened != null) {
      opened.close();
    }
    emulated.close();
    metronome.close();
  }

  final ServiceBusQueueProvider provider() {
    if (opened == null) {
      opened = emulated.provider();
    }
    return opened;
  }

  final Faults faults() {
    return emulated.emulator.faults();
  }

  final QueueName queue(QueueOptions options) {
    QueueName queue = QueueName.of("faults-" + UUID.randomUUID());
    assertThat(provider().admin().create(queue, options)).isTrue();
    return queue;
  }

  final QueueName queue() {
    return queue(QueueOptions.DEFAULTS);
  }

  final QueueName sessionQueue() {
    return queue(QueueOptions.DEFAULTS.withSessions(true));
  }

  static OutgoingMessage.Builder message(String text) {
    return OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8)).messageId("id-" + text);
  }

  final void send(QueueName queue, String text) {
    provider().sender(queue).send(message(text).build()).join();
  }

  final void send(QueueName queue, SessionId session, String text) {
    provider().sender(queue).send(message(text).sessionId(session).build()).join();
  }

  final QueueReceiver receiver(QueueName queue) {
    return provider().receiver(queue, SubQueue.MAIN);
  }

  final SessionReceiver accept(QueueName queue, SessionId session) {
    return provider().acceptSession(queue, session, PATIENCE).join();
  }

  final SessionReceiver acceptNext(QueueName queue) {
    return provider().acceptNextSession(queue, PATIENCE).join().orElseThrow();
  }

  static List<ReceivedMessage<byte[]>> receive(QueueReceiver receiver, Duration wait) {
    return receiver.receive(10, wait).join();
  }

  static ReceivedMessage<byte[]> take(QueueReceiver receiver) {
    List<ReceivedMessage<byte[]>> messages = receive(receiver, PATIENCE);
    assertThat(messages).hasSize(1);
    return messages.get(0);
  }

  static String text(ReceivedMessage<byte[]> message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  /** Until the broker sees that many links to the queue: the SDK gives no signal of it. */
  final void untilLinks(QueueName queue, int count) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (emulated.emulator.links(queue.value()) != count) {
      assertThat(System.nanoTime()).as("waiting for %d links", count).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  static Throwable failure(CompletableFuture<?> future) {
    Throwable thrown = catchThrowable(future::join);
    return thrown instanceof CompletionException && thrown.getCause() != null
        ? thrown.getCause()
        : thrown;
  }

  /** Tries until it works, as the runtime's callers do, and says how long that took. */
  final Duration untilItWorks(Runnable work) {
    Duration begun = metronome.now();
    while (true) {
      try {
        work.run();
        return metronome.since(begun);
      } catch (CompletionException e) {
        boolean passing =
            e.getCause() instanceof QueueRuntimeException failure && failure.isTransient();
        assertThat(passing).as("a failure that may pass: %s", e.getCause()).isTrue();
        assertThat(metronome.since(begun)).as("still failing").isLessThan(PATIENCE);
      }
    }
  }
}
