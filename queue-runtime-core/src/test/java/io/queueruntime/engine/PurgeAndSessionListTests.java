package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Removing the oldest messages, and listing sessions. */
class PurgeAndSessionListTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");

  private final MemoryStorage storage = new MemoryStorage();
  private final ManualEngine manual = new ManualEngine(storage, options -> options);

  @BeforeEach
  void open() {
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    manual.done(manual.engine().createQueue(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true)));
  }

  @Test
  void onlyWhatWasEnqueuedBeforeThatMomentIsRemovedTheOldestFirst() {
    for (String text : List.of("a", "b", "c", "d")) {
      manual.send(ORDERS, text);
      manual.advance(Duration.ofSeconds(1));
    }
    Instant beforeD = manual.wall().minusMillis(1000);

    assertThat(purge(SubQueue.MAIN, beforeD, 2)).isEqualTo(2);
    assertThat(peek(SubQueue.MAIN)).containsExactly("c", "d");
    assertThat(purge(SubQueue.MAIN, beforeD, 100)).isEqualTo(1);
    assertThat(peek(SubQueue.MAIN)).containsExactly("d");
    assertThat(purge(SubQueue.MAIN, beforeD, 100)).isZero();
    manual.reopen(storage);
    assertThat(peek(SubQueue.MAIN)).containsExactly("d");
  }

  @Test
  void lockedScheduledAndDeferredMessagesStay() {
    manual.send(ORDERS, "locked");
    manual.send(ORDERS, "deferred");
    List<ReceivedMessage<byte[]>> held = manual.receive(ORDERS, 2);
    manual.done(manual.engine().defer(ORDERS, held.get(1).lockToken().orElseThrow()));
    manual.done(
        manual
            .engine()
            .send(
                ORDERS,
                ManualEngine.message("scheduled")
                    .scheduledEnqueueTime(manual.wall().plusSeconds(60))
                    .build()));
    manual.send(ORDERS, "delayed");
    ReceivedMessage<byte[]> delayed = manual.receive(ORDERS, 1).get(0);
    manual.done(
        manual.engine().abandon(ORDERS, delayed.lockToken().orElseThrow(), Duration.ofSeconds(30)));
    manual.send(ORDERS, "active");

    assertThat(purge(SubQueue.MAIN, Instant.MAX, 100)).isEqualTo(2);
    assertThat(peek(SubQueue.MAIN)).containsExactly("locked", "deferred", "scheduled");
  }

  @Test
  void deadLettersAreRemovedBySendTimeToo() {
    for (String text : List.of("old", "young")) {
      manual.send(ORDERS, text);
      manual.advance(Duration.ofSeconds(10));
    }
    for (ReceivedMessage<byte[]> message : manual.receive(ORDERS, 2)) {
      manual.done(
          manual.engine().deadLetter(ORDERS, message.lockToken().orElseThrow(), "bad", null, null));
    }

    assertThat(purge(SubQueue.DEAD_LETTER, manual.wall().minusSeconds(15), 100)).isEqualTo(1);
    assertThat(peek(SubQueue.DEAD_LETTER)).containsExactly("young");
  }

  @Test
  void receiverBehindAPurgedHeadGoesOn() {
    manual.send(ORDERS, "a");
    assertThat(purge(SubQueue.MAIN, Instant.MAX, 1)).isEqualTo(1);
    manual.send(ORDERS, "b");
    assertThat(manual.receive(ORDERS, 10)).extracting(ManualEngine::text).containsExactly("b");
    assertThatThrownBy(() -> purge(SubQueue.MAIN, Instant.MAX, 0))
        .isInstanceOf(ValidationFailed.class);
  }

  @Test
  void sessionsWithMessagesOrAStateAreListedInPages() {
    for (String id : List.of("c", "a", "d", "b")) {
      manual.done(
          manual
              .engine()
              .send(ACCOUNTS, ManualEngine.message(id).sessionId(SessionId.of(id)).build()));
    }
    SessionHold withState = accept("state");
    manual.done(manual.engine().setSessionState(withState, new byte[] {1}));
    manual.done(manual.engine().releaseSession(withState));
    SessionHold drained = accept("b");
    manual.done(manual.engine().receive(drained, 1, Duration.ZERO)).forEach(manual::complete);
    accept("empty");

    assertThat(sessions(0, 100)).containsExactly("a", "c", "d", "state");
    assertThat(sessions(1, 2)).containsExactly("c", "d");
    assertThat(sessions(4, 10)).isEmpty();
    manual.reopen(storage);
    assertThat(sessions(0, 100)).containsExactly("a", "c", "d", "state");
    assertThatThrownBy(() -> sessions(-1, 1)).isInstanceOf(ValidationFailed.class);
    assertThat(manual.done(manual.engine().sessions(ORDERS, 0, 10))).isEmpty();
  }

  @Test
  void everyOptionOfAQueueSurvivesAJournalAndASnapshot() {
    QueueOptions options =
        QueueOptions.DEFAULTS
            .withForwardTo(ORDERS)
            .withForwardDeadLettersTo(ORDERS)
            .withAttributes(java.util.Map.of("status", "Active", "note", "ünïcode"))
            .withCapacity(7);
    QueueName queue = QueueName.of("all");
    manual.done(manual.engine().createQueue(queue, options));
    manual.reopen(storage);
    assertThat(options(queue)).isEqualTo(options);
    manual.done(manual.engine().updateQueue(queue, options.withCapacity(8)));
    manual.done(manual.engine().snapshot());
    manual.reopen(storage);
    assertThat(options(queue)).isEqualTo(options.withCapacity(8));
  }

  private QueueOptions options(QueueName queue) {
    return manual.done(manual.engine().describeQueue(queue)).orElseThrow().options();
  }

  private long purge(SubQueue subQueue, Instant before, int max) {
    return manual.done(manual.engine().purge(ORDERS, subQueue, before, max));
  }

  private SessionHold accept(String id) {
    return manual.done(manual.engine().acceptSession(ACCOUNTS, SessionId.of(id), Duration.ZERO));
  }

  private List<String> sessions(int skip, int top) {
    return manual.done(manual.engine().sessions(ACCOUNTS, skip, top)).stream()
        .map(SessionId::value)
        .toList();
  }

  private List<String> peek(SubQueue subQueue) {
    return manual
        .done(manual.engine().peek(ORDERS, subQueue, null, SequenceNumber.START, 100))
        .stream()
        .map(ManualEngine::text)
        .toList();
  }
}
