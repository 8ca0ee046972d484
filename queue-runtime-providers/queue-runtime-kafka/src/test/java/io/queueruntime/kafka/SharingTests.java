package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several providers that share a queue's partitions, as processes do. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SharingTests {

  private static final int SESSIONS = 20;
  private static final int EACH = 15;

  private final QueueName queue = QueueName.of("shared-" + UUID.randomUUID());
  private final KafkaOptions options =
      SharedBroker.options().withSessionPartitions(4).withNames("test-" + UUID.randomUUID());
  private final List<KafkaQueueProvider> opened = new ArrayList<>();

  /** What was completed of each session, in that order. */
  private final Map<SessionId, List<Integer>> completed = new ConcurrentHashMap<>();

  private final CountDownLatch third = new CountDownLatch(SESSIONS * EACH / 3);
  private final CountDownLatch all = new CountDownLatch(SESSIONS * EACH);

  private KafkaQueueProvider open() {
    KafkaQueueProvider provider = new KafkaQueueProvider(options);
    opened.add(provider);
    return provider;
  }

  @AfterEach
  void close() {
    opened.forEach(KafkaQueueProvider::close);
    try (KafkaQueueProvider cleaning = new KafkaQueueProvider(options)) {
      cleaning.admin().delete(queue);
      cleaning.parts().catalog().delete();
    }
  }

  @Test
  void processesComeAndGoAndEverySessionStaysInOrder() throws Exception {
    KafkaQueueProvider one = open();
    one.admin()
        .create(queue, QueueOptions.DEFAULTS.withSessions(true).withDuplicateDetectionWindow(null));
    List<CompletableFuture<?>> sends = new ArrayList<>();
    for (int number = 0; number < EACH; number++) {
      for (int session = 0; session < SESSIONS; session++) {
        sends.add(
            one.sender(queue)
                .send(
                    OutgoingMessage.of(String.valueOf(number).getBytes(StandardCharsets.UTF_8))
                        .sessionId(SessionId.of("s" + session))
                        .build()));
      }
    }
    CompletableFuture.allOf(sends.toArray(CompletableFuture[]::new)).join();

    receiveWith(one);
    third.await();
    receiveWith(open());
    one.close();
    all.await();

    assertThat(completed).hasSize(SESSIONS);
    completed.forEach(
        (session, numbers) ->
            assertThat(numbers.stream().distinct().toList())
                .as("session %s", session)
                .isSorted()
                .hasSize(EACH));
  }

  @Test
  void deadLettersAreReplayedWhereAllOfThemCanBeReached() {
    KafkaQueueProvider one = open();
    one.admin().create(queue, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null));
    one.sender(queue).send(OutgoingMessage.of(new byte[] {1}).build()).join();
    Duration longEnough = Duration.ofMinutes(1);
    QueueReceiver receiver = one.receiver(queue, SubQueue.MAIN);
    ReceivedMessage<byte[]> message = receiver.receive(1, longEnough).join().get(0);
    receiver.settle(message, Settlement.deadLetter("Broken", "as it was")).join();
    QueueReceiver dead = one.receiver(queue, SubQueue.DEAD_LETTER);
    SequenceNumber letter = dead.receive(1, longEnough).join().get(0).sequenceNumber();
    KafkaQueueProvider other = open();

    assertThatThrownBy(
            () -> other.deadLetters(queue).replay(List.of(letter), MessageEdits.NONE).join())
        .cause()
        .isInstanceOf(ProviderFailed.class)
        .hasMessageContaining("this process has 0 of its 1 partitions");

    one.close();
    assertThat(other.deadLetters(queue).replay(List.of(letter), MessageEdits.NONE).join())
        .isEqualTo(1);
  }

  private void receiveWith(KafkaQueueProvider provider) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (all.getCount() > 0) {
                  provider
                      .acceptNextSession(queue, Duration.ofSeconds(5))
                      .join()
                      .ifPresent(this::drain);
                }
              } catch (CompletionException e) {
                // its provider was closed
                assertThat(e.getCause()).isInstanceOf(QueueRuntimeException.class);
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** A settlement that fails has changed nothing: its message comes again. */
  private void drain(SessionReceiver session) {
    try (session) {
      while (true) {
        Optional<ReceivedMessage<byte[]>> message =
            session.receive(1, Duration.ofMillis(100)).join().stream().findFirst();
        if (message.isEmpty()) {
          return;
        }
        session.settle(message.get(), Settlement.complete()).join();
        List<Integer> numbers =
            completed.computeIfAbsent(session.sessionId(), id -> new ArrayList<>());
        int number = Integer.parseInt(new String(message.get().body(), StandardCharsets.UTF_8));
        boolean isNew;
        synchronized (numbers) {
          isNew = !numbers.contains(number);
          numbers.add(number);
        }
        if (isNew) {
          third.countDown();
          all.countDown();
        }
      }
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(QueueRuntimeException.class);
    }
  }
}
