package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.journal.Journal;
import io.queueruntime.journal.RecoveryVisitor;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.storage.Storage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What the model and the power-loss rig found once, in as few steps as it takes. */
class OnceFoundTests {

  private static final QueueName PLAIN = QueueName.of("plain");
  private static final QueueName ORDERED = QueueName.of("ordered");
  private static final SessionId SESSION = SessionId.of("s");

  private final SteppedEngine.Clock clock = new SteppedEngine.Clock();
  private final EngineOptions options = SteppedEngine.options(clock, 64 * 1024, 1_000);
  private final MemoryStorage storage = new MemoryStorage();
  private SteppedEngine engine = SteppedEngine.open(storage, options, 1);

  @Test
  void sessionThatBeginsAnewWhenItsHoldEndsIsNotForgottenWithTheOldOne() {
    create(
        ORDERED, QueueOptions.DEFAULTS.withSessions(true).withLockDuration(Duration.ofSeconds(1)));
    send(ORDERED, message("later").sessionId(SESSION).scheduledEnqueueTime(in(1_000)));
    get(engine.engine().acceptSession(ORDERED, SESSION, Duration.ZERO));

    advance(1_000);

    assertThat(get(engine.engine().acceptNextSession(ORDERED, Duration.ZERO))).isPresent();
  }

  @Test
  void deliveryThatACrashEndedCountsAndTheLastOneLeadsToTheDeadLetters() {
    create(PLAIN, QueueOptions.DEFAULTS.withMaxDeliveryCount(2));
    send(PLAIN, message("poison"));
    ReceivedMessage<byte[]> first = receive().get(0);
    get(engine.engine().abandon(PLAIN, first.lockToken().orElseThrow(), Duration.ofMillis(10)));
    advance(10);
    assertThat(receive()).extracting(ReceivedMessage::deliveryCount).containsExactly(2);

    reopen();

    assertThat(receive()).isEmpty();
    assertThat(
            get(engine.engine().peek(PLAIN, SubQueue.DEAD_LETTER, null, SequenceNumber.START, 10)))
        .extracting(letter -> letter.deadLetter().orElseThrow().reason())
        .containsExactly("MaxDeliveryCountExceeded");
  }

  @Test
  void whatBecomesDueAtOnceOrWhileEverythingIsDownComesInOrder() {
    create(PLAIN, QueueOptions.DEFAULTS);
    for (int i = 0; i < 5; i++) {
      send(PLAIN, message("same" + i).scheduledEnqueueTime(in(1_000)));
      send(PLAIN, message("later" + i).scheduledEnqueueTime(in(2_000 + i)));
    }
    advance(1_000);
    assertThat(texts()).containsExactly("same0", "same1", "same2", "same3", "same4");

    clock.advance(60_000);
    reopen();
    assertThat(texts()).endsWith("later0", "later1", "later2", "later3", "later4");
  }

  @Test
  void idWhoseWindowIsOverIsNotKnownAfterARestart() {
    create(PLAIN, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(Duration.ofMillis(100)));
    send(PLAIN, message("a").messageId("a"));
    send(PLAIN, message("b").messageId("b"));
    clock.advance(100);
    send(PLAIN, message("a").messageId("a"));
    reopen();

    assertThat(send(PLAIN, message("b").messageId("b"))).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(send(PLAIN, message("a").messageId("a"))).isEqualTo(SendOutcome.DUPLICATE);
  }

  @Test
  void keyIsHeldByTheSameMessageWhetherOrNotASnapshotWasRead() {
    create(PLAIN, QueueOptions.DEFAULTS);
    send(PLAIN, message("old").deduplicationKey("k"));
    ReceivedMessage<byte[]> old = receive().get(0);
    get(engine.engine().deadLetter(PLAIN, old.lockToken().orElseThrow(), "bad", null, null));
    send(PLAIN, message("waiting").deduplicationKey("k"));
    get(
        engine
            .engine()
            .replay(
                PLAIN, List.of(old.sequenceNumber()), io.queueruntime.message.MessageEdits.NONE));
    List<ReceivedMessage<byte[]>> both =
        get(engine.engine().receive(PLAIN, SubQueue.MAIN, 2, Duration.ZERO));
    get(engine.engine().complete(PLAIN, both.get(1).lockToken().orElseThrow()));
    get(engine.engine().abandon(PLAIN, both.get(0).lockToken().orElseThrow(), Duration.ZERO));
    get(engine.engine().snapshot());
    reopen();

    assertThat(send(PLAIN, message("new").deduplicationKey("k"))).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  void snapshotThatCannotBeWrittenSaysSoAndIsNotTriedForEver() {
    PowerLossStorage disk = new PowerLossStorage();
    engine = SteppedEngine.open(disk, SteppedEngine.options(clock, 64 * 1024, 2), 1);
    create(PLAIN, QueueOptions.DEFAULTS);
    send(PLAIN, message("a"));
    // The journal has nothing to force, so it is the snapshot's own force that fails.
    disk.failForce(1);

    CompletableFuture<Void> asked = engine.engine().snapshot();
    engine.run();

    assertThatThrownBy(asked::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(StorageFailed.class);
    assertThat(engine.engine().failure()).isEmpty();
    get(engine.engine().snapshot());
  }

  @Test
  void recordsOfAnotherVersionAreNotTakenForAFailedDisk() {
    for (byte type : new byte[] {EventCodec.QUEUE_CREATED, 120}) {
      MemoryStorage other = new MemoryStorage();
      Journal journal = Journal.open(other, EngineRun.journalOptions(options), Runnable::run);
      journal.recover(nothing());
      journal.append(type, false, ByteBuffer.wrap(new byte[] {7, 0, 7, 0}), null);
      journal.flush(true);
      journal.close();

      assertThatThrownBy(() -> SteppedEngine.open(other, options, 1))
          .as("type %d", type)
          .isInstanceOfSatisfying(
              StorageFailed.class,
              failure -> assertThat(failure.reason()).isEqualTo(StorageFailed.Reason.DAMAGED))
          .hasMessageContaining("written by another version");
    }
  }

  @Test
  void sessionIsGivenBackAsAWholeAlsoWhenOneOfItsMessagesWasSuperseded() {
    Set<List<Integer>> counts = new HashSet<>();
    for (int changes = 0; changes < 4; changes++) {
      for (int seed = 0; seed < 100; seed++) {
        counts.add(countsAfterPowerCutWhileGivingBack(changes, seed));
      }
    }

    assertThat(counts).containsExactlyInAnyOrder(List.of(1, 1), List.of(2, 2));
  }

  /** Delivery counts of what was before and behind the superseded message, as next received. */
  private List<Integer> countsAfterPowerCutWhileGivingBack(int changes, int seed) {
    PowerLossStorage disk = new PowerLossStorage();
    engine = SteppedEngine.open(disk, options, 1);
    create(ORDERED, QueueOptions.DEFAULTS.withSessions(true));
    send(ORDERED, message("before").sessionId(SESSION));
    send(ORDERED, message("old").sessionId(SESSION).deduplicationKey("k"));
    send(ORDERED, message("behind").sessionId(SESSION));
    SessionHold hold = get(engine.engine().acceptSession(ORDERED, SESSION, Duration.ZERO));
    get(engine.engine().receive(hold, 3, Duration.ZERO));
    send(ORDERED, message("new").sessionId(SESSION).deduplicationKey("k"));

    disk.stopAfter(changes);
    engine.engine().releaseSession(hold);
    engine.run();
    engine = SteppedEngine.open(disk.powerCut(seed), options, 2);
    engine.run();

    SessionHold next = get(engine.engine().acceptSession(ORDERED, SESSION, Duration.ZERO));
    List<ReceivedMessage<byte[]>> received = get(engine.engine().receive(next, 3, Duration.ZERO));
    assertThat(received)
        .extracting(message -> new String(message.body(), StandardCharsets.UTF_8))
        .containsExactly("before", "behind", "new");
    return List.of(received.get(0).deliveryCount(), received.get(1).deliveryCount());
  }

  private static RecoveryVisitor nothing() {
    return new RecoveryVisitor() {
      @Override
      public void snapshotChunk(ByteBuffer chunk) {
        throw new AssertionError("There is no snapshot.");
      }

      @Override
      public void record(byte type, long position, ByteBuffer payload) {
        throw new AssertionError("There is no record.");
      }
    };
  }

  private void create(QueueName queue, QueueOptions queueOptions) {
    get(engine.engine().createQueue(queue, queueOptions));
  }

  private SendOutcome send(QueueName queue, OutgoingMessage.Builder message) {
    return get(engine.engine().send(queue, message.build())).outcome();
  }

  private List<ReceivedMessage<byte[]>> receive() {
    return get(engine.engine().receive(PLAIN, SubQueue.MAIN, 1, Duration.ZERO));
  }

  private List<String> texts() {
    return get(engine.engine().receive(PLAIN, SubQueue.MAIN, 100, Duration.ZERO)).stream()
        .map(message -> new String(message.body(), StandardCharsets.UTF_8))
        .toList();
  }

  private Instant in(long millis) {
    return Instant.ofEpochMilli(clock.wall + millis);
  }

  private void advance(long millis) {
    clock.advance(millis);
    engine.run();
  }

  private void reopen() {
    Storage same = storage;
    engine = SteppedEngine.open(same, options, 2);
    engine.run();
  }

  private <T> T get(CompletableFuture<T> future) {
    return engine.answered(future).join();
  }

  private static OutgoingMessage.Builder message(String text) {
    return OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
