package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.TransactionRefused;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Several sends and settlements that happen together or not at all. */
class TransactionTests {

  private static final QueueName IN = QueueName.of("in");
  private static final QueueName OUT = QueueName.of("out");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");
  private static final QueueName SMALL = QueueName.of("small");

  private final MemoryStorage storage = new MemoryStorage();
  private ManualEngine manual = opened(storage);

  @Test
  void everyKindOfWorkIsDoneInItsOrderAcrossQueues() {
    for (String text : List.of("complete", "abandon", "defer", "dead-letter", "release")) {
      manual.send(IN, text);
    }
    List<LockToken> held = hold(5);
    MessageEdits edits = new MessageEdits(Map.of("edited", true), Set.of());

    List<Optional<SendReceipt>> receipts =
        transact(
            send(OUT, "first"),
            new Work.Complete(IN, held.get(0)),
            new Work.Abandon(IN, held.get(1), edits),
            new Work.Defer(IN, held.get(2), edits),
            new Work.DeadLetter(IN, held.get(3), "bad", "because", "E", edits),
            new Work.Release(IN, held.get(4)),
            send(OUT, "second"),
            new Work.Send(
                ACCOUNTS, ManualEngine.message("third").sessionId(SessionId.of("s")).build()));

    assertThat(receipts).hasSize(8);
    assertThat(receipts.stream().map(Optional::isPresent))
        .containsExactly(true, false, false, false, false, false, true, true);
    assertThat(receipts.get(6).orElseThrow().outcome()).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(receipts.get(6).orElseThrow().sequenceNumber()).isEqualTo(SequenceNumber.of(2));
    assertThat(shown(OUT)).containsExactly("1 first n0", "2 second n0");
    assertThat(shown(ACCOUNTS)).containsExactly("1 third n0");
    assertThat(shown(IN))
        .containsExactly("2 abandon n1 edited", "3 defer n1 edited", "5 release n0");
    assertThat(peek(IN, SubQueue.DEAD_LETTER))
        .extracting(letter -> letter.deadLetter().orElseThrow().description())
        .containsExactly("because");
    assertThat(peek(IN, SubQueue.DEAD_LETTER).get(0).headers()).containsEntry("edited", true);

    manual.reopen(storage);
    assertThat(shown(OUT)).containsExactly("1 first n0", "2 second n0");
    assertThat(shown(IN)).hasSize(3);
  }

  @Test
  void oneInvalidPartKeepsAllOthersFromBeingDoneAndIsNamed() {
    manual.send(IN, "a");
    LockToken held = hold(1).get(0);
    LockToken gone = LockToken.of(new java.util.UUID(1, 2));

    refused(InvalidReceipt.class, 2, send(OUT, "x"), complete(held), complete(gone));
    refused(InvalidReceipt.class, 2, send(OUT, "x"), complete(held), complete(held));
    refused(QueueNotFound.class, 1, complete(held), send(QueueName.of("nowhere"), "x"));
    refused(ValidationFailed.class, 1, complete(held), send(ACCOUNTS, "without a session"));
    refused(
        MessageTooLarge.class,
        1,
        complete(held),
        new Work.Send(OUT, OutgoingMessage.of(new byte[100_000]).build()));
    refused(InvalidReceipt.class, 0, new Work.Complete(OUT, held), send(OUT, "of another queue"));

    assertThat(shown(OUT)).isEmpty();
    assertThat(shown(ACCOUNTS)).isEmpty();
    assertThat(shown(IN)).containsExactly("1 a n1");
    transact(complete(held), send(OUT, "x"));
    assertThat(shown(IN)).isEmpty();
    assertThat(shown(OUT)).containsExactly("1 x n0");
  }

  @Test
  void expiredLockRefusesTheTransaction() {
    manual.send(IN, "a");
    LockToken held = hold(1).get(0);
    manual.advance(Duration.ofSeconds(60));

    TransactionRefused refused = refused(LockLost.class, 1, send(OUT, "x"), complete(held));
    assertThat(refused).hasMessageContaining("part 2 of 2").hasMessageContaining("lock expired");
    assertThat(refused.isTransient()).isFalse();
    assertThat(shown(OUT)).isEmpty();
  }

  @Test
  void fullQueueRefusesAtOnceAndWhatLeavesItInTheSameTransactionMakesRoom() {
    manual.send(SMALL, "1");
    manual.send(SMALL, "2");
    assertThat(refused(QueueFull.class, 0, send(SMALL, "3")).isTransient()).isTrue();
    LockToken held = manual.receive(SMALL, 1).get(0).lockToken().orElseThrow();

    refused(QueueFull.class, 0, send(SMALL, "3"), new Work.Complete(SMALL, held));
    refused(QueueFull.class, 2, new Work.Complete(SMALL, held), send(SMALL, "3"), send(SMALL, "4"));
    transact(new Work.Complete(SMALL, held), send(SMALL, "3"));

    assertThat(shown(SMALL)).containsExactly("2 2 n0", "3 3 n0");
  }

  @Test
  void duplicatesWithinATransactionAreDiscardedAsOutsideOfIt() {
    OutgoingMessage message = ManualEngine.message("once").messageId("id").build();
    List<Optional<SendReceipt>> receipts =
        transact(new Work.Send(OUT, message), new Work.Send(OUT, message));
    assertThat(receipts)
        .extracting(receipt -> receipt.orElseThrow().outcome())
        .containsExactly(SendOutcome.ENQUEUED, SendOutcome.DUPLICATE);
    assertThat(shown(OUT)).hasSize(1);
  }

  @Test
  void sessionGoesOnWhenItsHeadIsCompletedInATransaction() {
    for (String text : List.of("a", "b")) {
      manual.done(
          manual
              .engine()
              .send(ACCOUNTS, ManualEngine.message(text).sessionId(SessionId.of("s")).build()));
    }
    SessionHold hold =
        manual.done(manual.engine().acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ZERO));
    LockToken a =
        manual
            .done(manual.engine().receive(hold, 1, Duration.ZERO))
            .get(0)
            .lockToken()
            .orElseThrow();
    transact(new Work.Complete(ACCOUNTS, a), send(OUT, "x"));
    assertThat(manual.done(manual.engine().receive(hold, 1, Duration.ZERO)))
        .extracting(ManualEngine::text)
        .containsExactly("b");
  }

  @Test
  void receiverThatWaitsIsServedByATransaction() {
    CompletableFuture<List<ReceivedMessage<byte[]>>> waiting =
        manual.engine().receive(OUT, SubQueue.MAIN, 1, Duration.ofHours(1));
    manual.run();
    transact(send(OUT, "x"));
    assertThat(manual.done(waiting)).extracting(ManualEngine::text).containsExactly("x");
  }

  @Test
  void scheduledMessageHasTheNumberThatWasTakenForItBefore() {
    List<Place> places = manual.done(manual.engine().reserve(OUT, 2));
    manual.send(OUT, "sent meanwhile");
    OutgoingMessage later = scheduled("later", Duration.ofMinutes(5));

    List<Optional<SendReceipt>> receipts = transact(new Work.Send(OUT, later, places.get(0)));

    assertThat(places)
        .extracting(place -> place.sequenceNumber().value())
        .as("what is told before the commit")
        .containsExactly(1L, 2L);
    assertThat(receipts.get(0).orElseThrow().sequenceNumber()).isEqualTo(SequenceNumber.of(1));
    assertThat(shown(OUT)).containsExactly("1 later n0", "3 sent meanwhile n0");
    manual.reopen(storage);
    assertThat(shown(OUT)).containsExactly("1 later n0", "3 sent meanwhile n0");
    manual.advance(Duration.ofMinutes(5));
    assertThat(shown(OUT)).containsExactly("3 sent meanwhile n0", "4 later n0");
  }

  @Test
  void scheduledMessageThatIsDueByTheCommitComesDueAtOnce() {
    Place place = manual.done(manual.engine().reserve(OUT, 1)).get(0);
    OutgoingMessage soon = scheduled("soon", Duration.ofMinutes(1));
    manual.send(OUT, "sent meanwhile");
    manual.advance(Duration.ofMinutes(2));

    transact(new Work.Send(OUT, soon, place));
    manual.advance(Duration.ofMillis(1));

    assertThat(shown(OUT)).containsExactly("2 sent meanwhile n0", "3 soon n0");
    assertThat(manual.receive(OUT, 2))
        .extracting(ManualEngine::text)
        .containsExactly("sent meanwhile", "soon");
  }

  @Test
  void placeIsForOneScheduledMessageOfItsQueue() {
    Place place = manual.done(manual.engine().reserve(OUT, 1)).get(0);
    Place ofAnother = manual.done(manual.engine().reserve(IN, 1)).get(0);
    OutgoingMessage later = scheduled("later", Duration.ofMinutes(5));

    refused(
        ValidationFailed.class,
        0,
        new Work.Send(OUT, ManualEngine.message("not scheduled").build(), place));
    refused(ValidationFailed.class, 0, new Work.Send(OUT, later, ofAnother));
    refused(
        ValidationFailed.class,
        1,
        new Work.Send(OUT, later, place),
        new Work.Send(OUT, later, place));
    transact(new Work.Send(OUT, later, place));
    refused(ValidationFailed.class, 0, new Work.Send(OUT, later, place));

    assertThat(shown(OUT)).containsExactly("1 later n0");
  }

  @Test
  void nothingAndTooMuchAreAnsweredWithoutAnyWork() {
    assertThat(transact()).isEmpty();
    List<Work> tooMany = Collections.nCopies(Transactions.MAX_PARTS + 1, send(OUT, "x"));
    assertThat(manual.engine().transact(tooMany))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(ValidationFailed.class);
    assertThat(shown(OUT)).isEmpty();
  }

  @Test
  void afterAPowerCutAllPartsAreThereOrNone() {
    Set<String> seen = new HashSet<>();
    for (int changes = 0; changes < 4; changes++) {
      for (int seed = 0; seed < 100; seed++) {
        seen.add(afterPowerCut(changes, seed));
      }
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "[1 a n1, 2 b n1, 3 c n1][][]", "[2 b n1 edited][1 x n0, 2 y n0][3 c n1]");
  }

  private String afterPowerCut(int changes, int seed) {
    PowerLossStorage disk = new PowerLossStorage();
    manual = opened(disk);
    for (String text : List.of("a", "b", "c")) {
      manual.send(IN, text);
    }
    List<LockToken> held = hold(3);
    // Deliveries are forced with whatever comes after them.
    manual.send(SMALL, "force");
    disk.stopAfter(changes);
    CompletableFuture<List<Optional<SendReceipt>>> asked =
        manual
            .engine()
            .transact(
                List.of(
                    send(OUT, "x"),
                    complete(held.get(0)),
                    new Work.Abandon(
                        IN, held.get(1), new MessageEdits(Map.of("edited", 1), Set.of())),
                    new Work.DeadLetter(IN, held.get(2), "bad", null, null, MessageEdits.NONE),
                    send(OUT, "y")));
    manual.run();
    boolean acknowledged = asked.isDone() && !asked.isCompletedExceptionally();
    manual.reopen(disk.powerCut(seed));

    assertThat(!acknowledged || !shown(OUT).isEmpty()).isTrue();
    return shown(IN).toString()
        + shown(OUT)
        + peek(IN, SubQueue.DEAD_LETTER).stream().map(TransactionTests::shown).toList();
  }

  private static ManualEngine opened(Storage storage) {
    ManualEngine manual = new ManualEngine(storage, options -> options.withMaxMessageSize(20_000));
    for (QueueName queue : List.of(IN, OUT)) {
      manual.done(manual.engine().createQueue(queue, QueueOptions.DEFAULTS));
    }
    manual.done(manual.engine().createQueue(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true)));
    manual.done(manual.engine().createQueue(SMALL, QueueOptions.DEFAULTS.withCapacity(2)));
    return manual;
  }

  private List<Optional<SendReceipt>> transact(Work... works) {
    return manual.done(manual.engine().transact(List.of(works)));
  }

  private TransactionRefused refused(
      Class<? extends QueueRuntimeException> why, int part, Work... works) {
    TransactionRefused refused =
        catchThrowableOfType(TransactionRefused.class, () -> transact(works));
    assertThat(refused.part()).isEqualTo(part);
    assertThat(refused).hasCauseInstanceOf(why);
    return refused;
  }

  private static Work send(QueueName queue, String text) {
    return new Work.Send(queue, ManualEngine.message(text).build());
  }

  private OutgoingMessage scheduled(String text, Duration in) {
    return ManualEngine.message(text).scheduledEnqueueTime(manual.wall().plus(in)).build();
  }

  private static Work complete(LockToken token) {
    return new Work.Complete(IN, token);
  }

  private List<LockToken> hold(int count) {
    List<LockToken> tokens = new ArrayList<>();
    manual.receive(IN, count).forEach(message -> tokens.add(message.lockToken().orElseThrow()));
    return tokens;
  }

  private List<String> shown(QueueName queue) {
    return peek(queue, SubQueue.MAIN).stream().map(TransactionTests::shown).toList();
  }

  private static String shown(ReceivedMessage<byte[]> message) {
    return message.sequenceNumber()
        + " "
        + ManualEngine.text(message)
        + " n"
        + message.deliveryCount()
        + (message.headers().containsKey("edited") ? " edited" : "");
  }

  private List<ReceivedMessage<byte[]>> peek(QueueName queue, SubQueue subQueue) {
    return manual.done(manual.engine().peek(queue, subQueue, null, SequenceNumber.START, 100));
  }
}
