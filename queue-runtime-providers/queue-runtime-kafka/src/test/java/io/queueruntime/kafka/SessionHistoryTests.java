package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a session was ever sent, read again from a real Kafka. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SessionHistoryTests {

  private static final Duration LONG = Duration.ofMinutes(1);
  private static final SessionId ANN = SessionId.of("ann");
  private static final SessionId BEN = SessionId.of("ben");

  private final QueueName queue = QueueName.of("events-" + UUID.randomUUID());
  private final KafkaOptions options =
      SharedBroker.options()
          .withPartitions(1)
          .withSessionPartitions(1)
          .withNames("test-" + UUID.randomUUID());
  private final List<KafkaQueueProvider> providers = new ArrayList<>();

  @AfterEach
  void close() {
    open(true).admin().delete(queue); // the case may have closed its own
    providers.forEach(KafkaQueueProvider::close);
  }

  private KafkaQueueProvider open(boolean keepFinished) {
    KafkaQueueProvider provider = new KafkaQueueProvider(options.withKeepFinished(keepFinished));
    providers.add(provider);
    return provider;
  }

  private void create(KafkaQueueProvider provider) {
    provider
        .admin()
        .create(queue, QueueOptions.DEFAULTS.withSessions(true).withDuplicateDetectionWindow(null));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void send(KafkaQueueProvider provider, SessionId session, String text) {
    provider.sender(queue).send(OutgoingMessage.of(bytes(text)).sessionId(session).build()).join();
  }

  private void complete(KafkaQueueProvider provider, SessionId session, int messages) {
    try (SessionReceiver receiver = provider.acceptSession(queue, session, LONG).join()) {
      for (int number = 0; number < messages; number++) {
        receiver.settle(receiver.receive(1, LONG).join().get(0), Settlement.complete()).join();
      }
    }
  }

  private List<String> replay(KafkaQueueProvider provider, SessionId session) {
    List<String> texts = new ArrayList<>();
    long count =
        provider.replay(
            queue,
            session,
            message -> {
              assertThat(message.sessionId()).contains(session);
              texts.add(text(message));
            });
    assertThat(count).isEqualTo(texts.size());
    return texts;
  }

  private static String text(ReceivedMessage<byte[]> message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }

  @Test
  void whatWasCompletedIsReadAgainFromTheBeginningAndOfThatSessionAlone() {
    KafkaQueueProvider provider = open(true);
    create(provider);
    List<String> sent = IntStream.range(0, 1_200).mapToObj(number -> "event " + number).toList();
    for (String text : sent) {
      send(provider, ANN, text);
      if (text.endsWith("00")) {
        send(provider, BEN, text + " of another one");
      }
    }
    complete(provider, ANN, 500);

    assertThat(replay(provider, ANN)).isEqualTo(sent);
    assertThat(replay(provider, SessionId.of("nobody"))).isEmpty();
    provider.close();
    assertThat(replay(open(true), ANN)).isEqualTo(sent);
  }

  @Test
  void readingTakesNothing() {
    KafkaQueueProvider provider = open(true);
    create(provider);
    send(provider, ANN, "a");
    assertThat(replay(provider, ANN)).containsExactly("a");

    complete(provider, ANN, 1);

    assertThat(provider.admin().statistics(queue).pending()).isZero();
  }

  @Test
  void aHistoryWhoseBeginningIsDeletedIsRefused() {
    KafkaQueueProvider trimming = open(false);
    create(trimming);
    send(trimming, ANN, "a");
    send(trimming, ANN, "b");
    complete(trimming, ANN, 1);
    trimming.close(); // which deletes what is finished

    assertThatThrownBy(() -> replay(open(true), ANN))
        .isInstanceOf(ProviderFailed.class)
        .hasMessageContaining("history of session 'ann' of queue '%s'".formatted(queue))
        .hasMessageContaining("begins at its message 1")
        .hasMessageContaining("queue-runtime.kafka.keep-finished: true");
  }

  @Test
  void aTopicOfSomebodyElsesIsReadByItsKeysWhereverTheyAre() {
    KafkaQueueProvider provider = open(false);
    try (Clients others = new Clients(options)) {
      others.ask(
          queue.value(),
          "create it elsewhere",
          admin ->
              admin
                  .createTopics(
                      List.of(new NewTopic(queue.value(), Optional.of(2), Optional.empty())))
                  .all());
      for (int partition = 0; partition < 2; partition++) {
        others
            .send(new ProducerRecord<>(queue.value(), partition, bytes("ann"), bytes("its")))
            .join();
        others.send(new ProducerRecord<>(queue.value(), partition, null, bytes("nobody's"))).join();
      }
    }

    assertThat(replay(provider, ANN)).containsExactly("its", "its");
  }

  @Test
  void whatTheReaderThrowsEndsTheReading() {
    KafkaQueueProvider provider = open(true);
    create(provider);
    send(provider, ANN, "a");

    assertThatThrownBy(
            () ->
                provider.replay(
                    queue,
                    ANN,
                    message -> {
                      throw new IllegalStateException("no such event");
                    }))
        .hasMessage("no such event");

    assertThat(replay(provider, ANN)).containsExactly("a");
  }

  @Test
  void aQueueThatIsNotThereIsSaidToBeMissing() {
    KafkaQueueProvider provider = open(true);

    assertThatThrownBy(() -> replay(provider, ANN)).isInstanceOf(QueueNotFound.class);
  }
}
