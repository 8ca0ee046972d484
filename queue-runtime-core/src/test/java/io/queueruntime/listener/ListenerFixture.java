package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.fake.FakeProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.observation.QueueObservations;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A fake provider with a plain queue {@code q} and a session queue {@code s}, and containers on it.
 */
final class ListenerFixture implements AutoCloseable {

  static final MessageConverter CONVERTER =
      MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE);

  final FakeProvider provider = new FakeProvider();
  QueueOptions plain = QueueOptions.DEFAULTS;
  QueueOptions sessions = QueueOptions.DEFAULTS.withSessions(true);
  List<SessionId> sessionIds = List.of();
  QueueObservations observations = QueueObservations.NONE;
  @Nullable Executor executor;
  boolean virtual;
  Duration zombieGrace = Duration.ofMillis(50);
  Duration interruptGrace = Duration.ofMillis(300);
  Duration stall = Duration.ofSeconds(10);
  Duration rejectedRest = Duration.ofMillis(10);
  Duration drain = Duration.ofSeconds(5);
  LongSupplier ticker = Timings.DEFAULTS.ticker();
  private final List<QueueListenerContainer> containers = new ArrayList<>();

  ListenerFixture() {
    provider
        .create("q", plain)
        .create("s", sessions)
        .create("answers", plain)
        .create("session-answers", sessions);
  }

  /** No jitter, graces of tenths of a second. */
  Timings timings() {
    Timings d = Timings.DEFAULTS;
    return new Timings(
        ticker,
        d.clock(),
        () -> 0.5,
        d.receiveWait(),
        zombieGrace,
        interruptGrace,
        stall,
        rejectedRest,
        Duration.ofSeconds(10));
  }

  ListenerServices services() {
    return ListenerServices.builder(provider, CONVERTER)
        .observations(observations)
        .handlerExecutor(executor)
        .virtualThreads(virtual)
        .timings(timings())
        .build();
  }

  ListenedQueue queue(String name) {
    QueueOptions options = name.equals("s") ? sessions : plain;
    return new ListenedQueue(
        QueueName.of(name),
        options,
        name.equals("s") ? sessionIds : List.of(),
        Duration.ofSeconds(60));
  }

  QueueListenerContainer listen(
      String queue,
      UnaryOperator<ListenerOptions.Builder> options,
      MessageHandler<byte[]> handler) {
    return add(
        ListenerEndpoint.of(
            "test",
            List.of(queue(queue)),
            handler,
            options.apply(ListenerOptions.builder()).build()));
  }

  QueueListenerContainer listen(String queue, MessageHandler<byte[]> handler) {
    return listen(queue, options -> options, handler);
  }

  QueueListenerContainer listenToBatches(
      String queue, UnaryOperator<ListenerOptions.Builder> options, BatchHandler<byte[]> handler) {
    return add(
        ListenerEndpoint.ofBatches(
            "test",
            List.of(queue(queue)),
            handler,
            options.apply(ListenerOptions.builder()).build()));
  }

  QueueListenerContainer add(ListenerEndpoint endpoint) {
    QueueListenerContainer container = new QueueListenerContainer(endpoint, services());
    containers.add(container);
    container.start();
    return container;
  }

  void send(String queue, String... ids) {
    for (String id : ids) {
      send(queue, OutgoingMessage.of(bytes(id)).messageId(id));
    }
  }

  /** To the session queue, to the session that the first letter of each id names. */
  void sendInSessions(String... ids) {
    for (String id : ids) {
      send(
          "s",
          OutgoingMessage.of(bytes(id)).messageId(id).sessionId(SessionId.of(id.substring(0, 1))));
    }
  }

  void send(String queue, OutgoingMessage.Builder message) {
    provider.sender(QueueName.of(queue)).send(message.build()).join();
  }

  List<ReceivedMessage<byte[]>> messages(String queue) {
    return provider
        .receiver(QueueName.of(queue), io.queueruntime.message.SubQueue.MAIN)
        .peek(SequenceNumber.START, 100)
        .join();
  }

  List<ReceivedMessage<byte[]>> deadLetters(String queue) {
    return provider.deadLetters(QueueName.of(queue)).peek(SequenceNumber.START, 100).join();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(FakeProvider.LONGEST_TEST_WAIT.toSeconds(), TimeUnit.SECONDS))
          .as("the signal came")
          .isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits without being interrupted: what a handler that ignores interrupts does. */
  static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    containers.forEach(container -> container.stop(drain));
    provider.close();
  }
}
