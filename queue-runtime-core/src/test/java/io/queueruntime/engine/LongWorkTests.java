package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
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

  private long pending(QueueName queue) {
    return manual.done(manual.engine().statistics(queue)).pending();
  }
}
