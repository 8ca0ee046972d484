package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What takes long is done a little in each turn, and others are answered in between. */
class LongWorkTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName OTHERS = QueueName.of("others");
  private static final int MANY = 1_750;

  private final MemoryStorage storage = new MemoryStorage();
  private final ManualEngine manual =
      new ManualEngine(
          storage,
          options ->
              options.withSegmentSize(1024 * 1024).withSnapshots(Duration.ofDays(1), 1_000_000, 2));

  private void create(QueueOptions orders) {
    manual.done(manual.engine().createQueue(ORDERS, orders));
    manual.done(manual.engine().createQueue(OTHERS, QueueOptions.DEFAULTS));
  }

  @Test
  void aPurgeLeavesRoomForOthersAndWhatCameAfterItStays() {
    create(QueueOptions.DEFAULTS);
    sendMany();
    CompletableFuture<Long> purged = manual.engine().purge(ORDERS, SubQueue.MAIN);
    manual.engine().turn();
    CompletableFuture<SendReceipt> other =
        manual.engine().send(OTHERS, ManualEngine.message("other").build());
    CompletableFuture<SendReceipt> later =
        manual.engine().send(ORDERS, ManualEngine.message("later").build());
    manual.engine().turn();
    assertThat(other).isCompleted();
    assertThat(later).isCompleted();
    assertThat(purged).isNotDone();

    assertThat(manual.done(purged)).isEqualTo(MANY);
    assertThat(manual.receive(ORDERS, 10)).extracting(ManualEngine::text).containsExactly("later");
    manual.reopen(storage);
    assertThat(pending(ORDERS)).isEqualTo(1);
  }

  @Test
  void purgesOfSeveralQueuesAreAllAnswered() {
    create(QueueOptions.DEFAULTS);
    sendMany();
    manual.send(OTHERS, "other");
    CompletableFuture<Long> first = manual.engine().purge(ORDERS, SubQueue.MAIN);
    CompletableFuture<Long> second = manual.engine().purge(ORDERS, SubQueue.MAIN);
    CompletableFuture<Long> other = manual.engine().purge(OTHERS, SubQueue.MAIN);
    assertThat(manual.done(first) + manual.done(second)).isEqualTo(MANY);
    assertThat(manual.done(other)).isEqualTo(1);
    assertThat(pending(ORDERS)).isZero();
  }

  @Test
  void aPurgeOfAQueueThatIsDeletedMeanwhileEndsWithIt() {
    create(QueueOptions.DEFAULTS);
    sendMany();
    CompletableFuture<Long> purged = manual.engine().purge(ORDERS, SubQueue.MAIN);
    manual.engine().turn();
    CompletableFuture<Boolean> deleted = manual.engine().deleteQueue(ORDERS);
    assertThat(manual.done(deleted)).isTrue();
    assertThat(manual.done(purged)).isBetween(1L, (long) MANY);
  }

  @Test
  void aPurgeThatTheEndOfTheEngineInterruptsIsToldSo() {
    create(QueueOptions.DEFAULTS);
    sendMany();
    CompletableFuture<Long> purged = manual.engine().purge(ORDERS, SubQueue.MAIN);
    manual.engine().turn();
    manual.engine().close();
    assertThat(purged).isCompletedExceptionally();
    assertThatThrownBy(purged::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(Closed.class);
  }

  @Test
  void aDeletedQueueIsGoneAtOnceAndLetsGoOfItsMessagesInManyTurns() {
    create(QueueOptions.DEFAULTS);
    for (int batch = 0; batch < MANY; batch += 250) {
      manual.done(
          manual
              .engine()
              .send(
                  ORDERS,
                  Collections.nCopies(250, ManualEngine.message("m".repeat(1000)).build())));
    }
    long before = segments();
    CompletableFuture<Boolean> deleted = manual.engine().deleteQueue(ORDERS);
    CompletableFuture<Boolean> again = manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS);
    CompletableFuture<SendReceipt> sent =
        manual.engine().send(ORDERS, ManualEngine.message("new").build());
    manual.engine().turn();
    assertThat(deleted.join()).isTrue();
    assertThat(again.join()).isTrue();
    assertThat(sent).isCompleted();

    int turns = 1;
    while (manual.engine().turn()) {
      turns++;
    }
    assertThat(turns).isGreaterThan(MANY / 500);
    assertThat(manual.receive(ORDERS, 10)).extracting(ManualEngine::text).containsExactly("new");
    manual.done(manual.engine().snapshot());
    manual.done(manual.engine().snapshot());
    manual.run();
    assertThat(segments()).as("what nobody needs is deleted").isLessThan(before);
    manual.reopen(storage);
    assertThat(pending(ORDERS)).isEqualTo(1);
  }

  @Test
  void nothingHappensAnyMoreToMessagesOfADeletedQueueThatItHasNotLetGoOf() {
    create(QueueOptions.DEFAULTS);
    QueueName full = QueueName.of("full");
    manual.done(manual.engine().createQueue(full, QueueOptions.DEFAULTS.withCapacity(1)));
    manual.send(full, "first");
    QueueName forwarding = QueueName.of("forwarding");
    manual.done(manual.engine().createQueue(forwarding, QueueOptions.DEFAULTS.withForwardTo(full)));
    sendMany();
    manual.send(forwarding, "held up");
    Instant due = manual.wall().plusSeconds(10);
    manual.done(
        manual
            .engine()
            .send(ORDERS, ManualEngine.message("scheduled").scheduledEnqueueTime(due).build()));

    manual.engine().deleteQueue(ORDERS);
    manual.engine().deleteQueue(forwarding);
    manual.engine().turn();
    manual.move(Duration.ofSeconds(11));
    CompletableFuture<List<ReceivedMessage<byte[]>>> first =
        manual.engine().receive(full, SubQueue.MAIN, 1, Duration.ZERO);
    manual.engine().turn();
    manual.complete(first.join().get(0));
    manual.run();

    assertThat(manual.engine().failure()).isEmpty();
    assertThat(pending(full)).isZero();
    assertThat(written("scheduled")).as("it is written once, and not when it is due").isEqualTo(1);
    manual.reopen(storage);
    assertThat(manual.done(manual.engine().listQueues())).containsExactly(full, OTHERS);
    assertThat(pending(full)).isZero();
  }

  @Test
  void whoReceivesNowWaitsUntilWhatIsOverHasEndedInManyTurns() {
    create(QueueOptions.DEFAULTS.withDeadLetterOnExpiration(false));
    List<OutgoingMessage> messages = new ArrayList<>();
    for (int i = 0; i < 2 * MANY; i++) {
      messages.add(ManualEngine.message("m" + i).timeToLive(Duration.ofSeconds(10)).build());
    }
    messages.add(ManualEngine.message("lives").build());
    manual.done(manual.engine().send(ORDERS, messages));
    manual.move(Duration.ofSeconds(11));
    CompletableFuture<List<ReceivedMessage<byte[]>>> received =
        manual.engine().receive(ORDERS, SubQueue.MAIN, 1, Duration.ZERO);
    manual.engine().turn();
    assertThat(received).isNotDone();
    CompletableFuture<QueueStatistics> seen = manual.engine().statistics(ORDERS);
    manual.engine().turn();
    assertThat(seen.join().active()).isGreaterThan(MANY);

    assertThat(manual.done(received)).extracting(ManualEngine::text).containsExactly("lives");
    assertThat(manual.receive(ORDERS, 1)).isEmpty();
  }

  @Test
  void whatIsDueAtOnceHappensInManyTurns() {
    create(QueueOptions.DEFAULTS.withDeadLetterOnExpiration(false));
    List<OutgoingMessage> messages = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      messages.add(ManualEngine.message("m" + i).timeToLive(Duration.ofSeconds(10)).build());
    }
    manual.done(manual.engine().send(ORDERS, messages));
    manual.move(Duration.ofSeconds(11));
    CompletableFuture<SendReceipt> other =
        manual.engine().send(OTHERS, ManualEngine.message("other").build());
    manual.engine().turn();
    assertThat(other).isCompleted();
    CompletableFuture<QueueStatistics> seen = manual.engine().statistics(ORDERS);
    manual.engine().turn();
    assertThat(seen.join().active()).isBetween(1L, MANY - 1L);
    manual.run();
    assertThat(pending(ORDERS)).isZero();
  }

  @Test
  void aSnapshotOfManyIdsSessionsAndMessagesIsWrittenInManyTurnsAndHasThemAll() {
    create(QueueOptions.DEFAULTS.withSessions(true));
    for (int i = 0; i < MANY; i++) {
      SessionHold hold = accept(i);
      manual.done(manual.engine().setSessionState(hold, new byte[] {(byte) i}));
      manual.done(manual.engine().releaseSession(hold));
    }
    List<OutgoingMessage> messages = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      messages.add(message(i));
    }
    manual.done(manual.engine().send(ORDERS, messages));

    SessionHold last = accept(MANY - 1);
    CompletableFuture<Void> snapshot = manual.engine().snapshot();
    int turns = 0;
    for (int i = 0; !snapshot.isDone(); i++, turns++) {
      // What changes meanwhile stands in the journal.
      manual.engine().send(ORDERS, message(MANY + i));
      manual.engine().turn();
      if (i == 1) {
        manual.engine().setSessionState(last, null);
        manual.engine().releaseSession(last);
      }
    }
    assertThat(turns).isGreaterThan(3);
    manual.reopen(storage);
    assertThat(manual.done(manual.engine().sessions(ORDERS, 0, 1))).hasSize(1);
    for (int i = 0; i < MANY; i++) {
      SessionHold hold = accept(i);
      byte[] state = manual.done(manual.engine().sessionState(hold)).orElse(null);
      assertThat(state).isEqualTo(i == MANY - 1 ? null : new byte[] {(byte) i});
      manual.done(manual.engine().releaseSession(hold));
    }
    long before = pending(ORDERS);
    for (int i = 0; i < MANY + turns; i++) {
      manual.done(manual.engine().send(ORDERS, message(i)));
    }
    assertThat(pending(ORDERS)).as("every id is known").isEqualTo(before);
    assertThat(
            manual.done(
                manual.engine().peek(ORDERS, SubQueue.MAIN, null, SequenceNumber.START, 10)))
        .hasSize(10);
  }

  private SessionHold accept(int number) {
    return manual.done(
        manual.engine().acceptSession(ORDERS, SessionId.of("s" + number), Duration.ZERO));
  }

  private static OutgoingMessage message(int number) {
    return ManualEngine.message("m")
        .messageId("id-" + number)
        .sessionId(SessionId.of("queued"))
        .build();
  }

  private void sendMany() {
    List<OutgoingMessage> messages = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      messages.add(ManualEngine.message("m" + i).build());
    }
    manual.done(manual.engine().send(ORDERS, messages));
  }

  /** How often that text stands in the journal. */
  private int written(String text) {
    int found = 0;
    for (String name : storage.list()) {
      if (name.startsWith("journal-")) {
        try (StorageFile file = storage.open(name)) {
          ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
          file.read(bytes, 0);
          found +=
              new String(bytes.array(), StandardCharsets.ISO_8859_1).split(text, -1).length - 1;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return found;
  }

  private long segments() {
    return storage.list().stream().filter(name -> name.startsWith("journal-")).count();
  }

  private long pending(QueueName queue) {
    return manual.done(manual.engine().statistics(queue)).pending();
  }
}
