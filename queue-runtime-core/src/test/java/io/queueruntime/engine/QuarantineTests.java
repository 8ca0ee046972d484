package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.DamagedRecords;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Old records that cannot be read any more: their messages are put aside, and those behind them go
 * on.
 */
class QuarantineTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName TARGET = QueueName.of("target");

  private final MemoryStorage disk = new MemoryStorage();
  private final DamagedRecords storage = new DamagedRecords(disk);
  private final ManualEngine manual = new ManualEngine(storage, options -> options);

  @Test
  void messageWhoseRecordIsDamagedBecomesADeadLetterAndThoseBehindItGoOn() {
    create(ORDERS, options -> options);
    sendAndForget("one", "two", "three");
    storage.damage("two");

    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("one");
    isUnreadableForLong(() -> manual.receive(ORDERS, 10));
    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("three");

    QueueStatistics counted = manual.done(manual.engine().statistics(ORDERS));
    assertThat(counted.active()).isEqualTo(2);
    assertThat(counted.deadLetter()).isEqualTo(1);
    // It is there by name; what it was is only for whoever has a backup.
    assertThatThrownBy(
            () ->
                manual.done(
                    manual
                        .engine()
                        .peek(ORDERS, SubQueue.DEAD_LETTER, null, SequenceNumber.START, 10)))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("journal-");
    assertThat(manual.done(manual.engine().discard(ORDERS, List.of(SequenceNumber.of(2)))))
        .isEqualTo(1);
  }

  @Test
  void onceThereIsABackupTheDeadLetterCanBeReplayed() {
    create(ORDERS, options -> options);
    sendAndForget("one", "two");
    storage.damage("one");
    isUnreadableForLong(() -> manual.receive(ORDERS, 10));
    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("two");
    storage.repair();

    ReceivedMessage<byte[]> letter = deadLetters().get(0);
    assertThat(letter.deadLetter().orElseThrow().reason()).isEqualTo("UnreadableRecord");
    assertThat(letter.deadLetter().orElseThrow().description()).contains("journal-", "offset");
    manual.done(
        manual.engine().replay(ORDERS, List.of(letter.sequenceNumber()), MessageEdits.NONE));
    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("one");
  }

  @Test
  void deadLetterWhoseRecordIsDamagedDoesNotKeepTheOthersBack() {
    create(ORDERS, options -> options);
    sendAndForget("one", "two", "three");
    manual
        .receive(ORDERS, 10)
        .forEach(
            message ->
                manual.done(
                    manual
                        .engine()
                        .deadLetter(
                            ORDERS, message.lockToken().orElseThrow(), "reason", null, null)));
    forget();
    storage.damage("one");

    isUnreadableForLong(this::receiveDeadLetters);
    List<ReceivedMessage<byte[]>> letters = receiveDeadLetters();

    assertThat(texts(letters)).containsExactly("two", "three");
    assertThat(manual.done(manual.engine().statistics(ORDERS)).deadLetter()).isEqualTo(3);
  }

  @Test
  void sessionGoesOnBehindADamagedRecord() {
    create(ORDERS, options -> options.withSessions(true));
    for (String text : List.of("one", "two")) {
      manual.done(
          manual
              .engine()
              .send(ORDERS, ManualEngine.message(text).sessionId(SessionId.of("s")).build()));
    }
    forget();
    storage.damage("one");
    SessionHold hold =
        manual.done(manual.engine().acceptSession(ORDERS, SessionId.of("s"), Duration.ZERO));

    isUnreadableForLong(() -> manual.done(manual.engine().receive(hold, 10, Duration.ZERO)));
    assertThat(texts(manual.done(manual.engine().receive(hold, 10, Duration.ZERO))))
        .containsExactly("two");
  }

  @Test
  void deferredMessageWhoseRecordIsDamagedIsLeftOut() {
    create(ORDERS, options -> options);
    sendAndForget("one", "two");
    List<SequenceNumber> numbers = new ArrayList<>();
    for (ReceivedMessage<byte[]> message : manual.receive(ORDERS, 10)) {
      numbers.add(message.sequenceNumber());
      manual.done(manual.engine().defer(ORDERS, message.lockToken().orElseThrow()));
    }
    forget();
    storage.damage("one");

    isUnreadableForLong(() -> receiveDeferred(numbers));
    List<ReceivedMessage<byte[]>> found = receiveDeferred(numbers);

    assertThat(texts(found)).containsExactly("two");
    assertThat(manual.done(manual.engine().statistics(ORDERS)).deadLetter()).isEqualTo(1);
  }

  @Test
  void forwardingGoesOnBehindADamagedRecord() {
    create(TARGET, options -> options);
    create(ORDERS, options -> options);
    sendAndForget("one", "two");
    storage.damage("one");

    manual.done(manual.engine().updateQueue(ORDERS, QueueOptions.DEFAULTS.withForwardTo(TARGET)));
    assertThat(manual.receive(TARGET, 10)).isEmpty();
    manual.advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS));

    assertThat(texts(manual.receive(TARGET, 10))).containsExactly("two");
    assertThat(manual.done(manual.engine().statistics(ORDERS)).deadLetter()).isEqualTo(1);
  }

  @Test
  void scheduledMessageWhoseRecordIsDamagedIsNotTriedForEver() {
    create(ORDERS, options -> options);
    OutgoingMessage later =
        ManualEngine.message("one").scheduledEnqueueTime(manual.wall().plusSeconds(5)).build();
    manual.done(manual.engine().send(ORDERS, later));
    forget();
    storage.damage("one");

    manual.advance(Duration.ofSeconds(5));
    assertThat(manual.done(manual.engine().statistics(ORDERS)).scheduled()).isEqualTo(1);
    manual.advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS));

    QueueStatistics counted = manual.done(manual.engine().statistics(ORDERS));
    assertThat(counted.scheduled()).isZero();
    assertThat(counted.deadLetter()).isEqualTo(1);
  }

  @Test
  void scheduledMessageThatCouldNotBeReadForAMomentIsDueAfterARestartWhenItWasBefore() {
    create(ORDERS, options -> options);
    OutgoingMessage later =
        ManualEngine.message("one").scheduledEnqueueTime(manual.wall().plusSeconds(5)).build();
    manual.done(manual.engine().send(ORDERS, later));
    forget();
    storage.refuse("one");

    manual.advance(Duration.ofSeconds(5));
    assertThat(manual.done(manual.engine().statistics(ORDERS)).scheduled()).isEqualTo(1);
    manual.done(manual.engine().snapshot());
    storage.repair();
    manual.reopen(storage);

    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("one");
  }

  @Test
  void scheduledMessagesDoNotOvertakeOneThatCannotBeReadForAMoment() {
    create(ORDERS, options -> options);
    for (int i = 1; i <= 4; i++) {
      manual.done(
          manual
              .engine()
              .send(
                  ORDERS,
                  ManualEngine.message("later" + i)
                      .scheduledEnqueueTime(manual.wall().plusMillis(5_000 + 100 * i))
                      .build()));
    }
    forget();
    storage.refuse("later1");

    manual.advance(Duration.ofMillis(5_350));
    assertThat(manual.done(manual.engine().statistics(ORDERS)).scheduled()).isEqualTo(4);
    storage.repair();
    // The last one is due between two attempts at the first one.
    manual.advance(Duration.ofMillis(100));
    assertThat(manual.done(manual.engine().statistics(ORDERS)).scheduled()).isEqualTo(4);
    manual.advance(Duration.ofMillis(500));

    assertThat(texts(manual.receive(ORDERS, 10)))
        .containsExactly("later1", "later2", "later3", "later4");
  }

  @Test
  void scheduledMessagesGoOnBehindOneThatCannotBeReadForLong() {
    create(ORDERS, options -> options);
    for (int i = 1; i <= 3; i++) {
      manual.done(
          manual
              .engine()
              .send(
                  ORDERS,
                  ManualEngine.message("later" + i)
                      .scheduledEnqueueTime(manual.wall().plusSeconds(i))
                      .build()));
    }
    forget();
    storage.refuse("later1");

    manual.advance(Duration.ofSeconds(2));
    assertThat(manual.receive(ORDERS, 10)).isEmpty();
    manual.advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS));

    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("later2", "later3");
    assertThat(manual.done(manual.engine().statistics(ORDERS)).deadLetter()).isEqualTo(1);
  }

  @Test
  void recordThatTheDiskCannotReadForAMomentIsWaitedFor() {
    create(ORDERS, options -> options);
    sendAndForget("one", "two");
    storage.refuse("one");
    assertThatThrownBy(() -> manual.receive(ORDERS, 10))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("message 1 of queue 'orders'");
    manual.advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS - 1));
    assertThatThrownBy(() -> manual.receive(ORDERS, 10)).isInstanceOf(StorageFailed.class);
    storage.repair();

    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("one", "two");
  }

  @Test
  void recordThatTheDiskCannotReadForLongIsPutAside() {
    create(ORDERS, options -> options);
    sendAndForget("one", "two");
    storage.refuse("one");
    assertThatThrownBy(() -> manual.receive(ORDERS, 10)).isInstanceOf(StorageFailed.class);
    manual.advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS));

    assertThat(texts(manual.receive(ORDERS, 10))).containsExactly("two");
    assertThat(manual.engine().failure()).isEqualTo(Optional.empty());
  }

  private void create(QueueName queue, UnaryOperator<QueueOptions> options) {
    manual.done(manual.engine().createQueue(queue, options.apply(QueueOptions.DEFAULTS)));
  }

  private void sendAndForget(String... texts) {
    for (String text : texts) {
      manual.send(ORDERS, text);
    }
    forget();
  }

  /** From here on everything is read from the disk, and a start need not read it. */
  private void forget() {
    manual.done(manual.engine().snapshot());
    manual.reopen(storage);
    manual.run();
  }

  private List<ReceivedMessage<byte[]>> receiveDeadLetters() {
    return manual.done(manual.engine().receive(ORDERS, SubQueue.DEAD_LETTER, 10, Duration.ZERO));
  }

  private List<ReceivedMessage<byte[]>> receiveDeferred(List<SequenceNumber> numbers) {
    return manual.done(manual.engine().receiveDeferred(ORDERS, SubQueue.MAIN, null, numbers));
  }

  private List<ReceivedMessage<byte[]>> deadLetters() {
    return manual.done(
        manual.engine().peek(ORDERS, SubQueue.DEAD_LETTER, null, SequenceNumber.START, 10));
  }

  /** Lets so much time pass that what could not be read until now counts as unreadable. */
  private void isUnreadableForLong(Runnable attempt) {
    assertThatThrownBy(attempt::run).isInstanceOf(StorageFailed.class);
    manual.advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS));
  }

  private static List<String> texts(List<ReceivedMessage<byte[]>> messages) {
    return messages.stream().map(ManualEngine::text).toList();
  }
}
