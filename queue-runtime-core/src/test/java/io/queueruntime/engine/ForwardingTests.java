package io.queueruntime.engine;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Queues whose messages, or dead letters, go on to another queue. */
class ForwardingTests {

  private static final QueueName A = QueueName.of("a");
  private static final QueueName B = QueueName.of("b");
  private static final QueueName C = QueueName.of("c");
  private static final QueueName SESSIONS = QueueName.of("sessions");

  private final MemoryStorage storage = new MemoryStorage();
  private ManualEngine manual = new ManualEngine(storage, options -> options);

  @Test
  void whatIsSentGoesToTheTargetWithAPlaceOfItsOwnThere() {
    create(B, options -> options);
    create(A, options -> options.withForwardTo(B));
    manual.send(B, "before");

    List<SendReceipt> receipts =
        manual.done(
            manual
                .engine()
                .send(
                    A,
                    List.of(
                        ManualEngine.message("1").messageId("id").header("h", 7).build(),
                        ManualEngine.message("2").build())));

    assertThat(receipts)
        .extracting(receipt -> receipt.sequenceNumber().value())
        .containsExactly(1L, 2L);
    assertThat(shown(A)).isEmpty();
    assertThat(shown(B)).containsExactly("1 1 before", "2 1 1", "3 2 2");
    assertThat(peek(B).get(1).messageId()).isEqualTo("id");
    assertThat(peek(B).get(1).headers()).containsEntry("h", 7);
    assertThat(manual.done(manual.engine().statistics(A)).sizeInBytes()).isZero();
    manual.done(manual.engine().snapshot());
    manual.reopen(storage);
    assertThat(shown(B)).containsExactly("1 1 before", "2 1 1", "3 2 2");
    manual.send(A, "3");
    assertThat(shown(B)).endsWith("4 3 3");
  }

  @Test
  void receiverAtTheTargetIsServedAndNobodyGetsItAtTheSource() {
    create(B, options -> options);
    create(A, options -> options.withForwardTo(B));
    CompletableFuture<List<ReceivedMessage<byte[]>>> atSource = waiting(A);
    CompletableFuture<List<ReceivedMessage<byte[]>>> atTarget = waiting(B);
    manual.run();
    manual.send(A, "x");
    assertThat(atSource).isNotDone();
    assertThat(manual.done(atTarget).get(0).deliveryCount()).isEqualTo(1);
  }

  @Test
  void scheduledMessageIsForwardedOnceItIsDueAndKeepsItsFirstNumber() {
    create(B, options -> options);
    create(A, options -> options.withForwardTo(B));
    manual.done(
        manual
            .engine()
            .send(
                A,
                ManualEngine.message("later")
                    .scheduledEnqueueTime(manual.wall().plusSeconds(10))
                    .build()));
    manual.send(A, "now");
    assertThat(shown(A)).containsExactly("1 1 later");
    manual.advance(Duration.ofSeconds(10));
    assertThat(shown(A)).isEmpty();
    assertThat(shown(B)).containsExactly("1 2 now", "2 1 later");
  }

  @Test
  void chainOfFourIsFollowedAndTheFifthHopIsADeadLetter() {
    QueueName last = QueueName.of("q5");
    create(last, options -> options);
    for (int i = 4; i >= 0; i--) {
      QueueName next = QueueName.of("q" + (i + 1));
      create(QueueName.of("q" + i), options -> options.withForwardTo(next));
    }
    manual.send(QueueName.of("q1"), "four hops");
    assertThat(shown(last)).containsExactly("1 1 four hops");

    manual.send(QueueName.of("q0"), "five hops");

    assertThat(shown(last)).hasSize(1);
    ReceivedMessage<byte[]> letter = deadLetters(QueueName.of("q4")).get(0);
    assertThat(letter.deadLetter().orElseThrow().reason())
        .isEqualTo(DeadLetterDetails.MAX_TRANSFER_HOP_COUNT_EXCEEDED);
    assertThat(ManualEngine.text(letter)).isEqualTo("five hops");
  }

  @Test
  void messagesThatGoRoundInCirclesEndAsDeadLetters() {
    create(B, options -> options);
    create(A, options -> options.withForwardTo(B));
    update(B, options -> options.withForwardTo(A));
    manual.send(A, "round");
    assertThat(shown(A)).isEmpty();
    assertThat(shown(B)).isEmpty();
    assertThat(deadLetters(A)).hasSize(1);
  }

  @Test
  void whatIsThereWhenTheTargetIsSetGoesOnInItsOrderAndWhatIsHeldFollows() {
    create(B, options -> options);
    create(A, options -> options);
    for (int i = 0; i < 1000; i++) {
      manual.send(A, "m" + i);
    }
    ReceivedMessage<byte[]> held = manual.receive(A, 1).get(0);
    ReceivedMessage<byte[]> deferred = manual.receive(A, 1).get(0);
    manual.done(manual.engine().defer(A, deferred.lockToken().orElseThrow()));

    update(A, options -> options.withForwardTo(B));
    assertThat(peek(B)).hasSize(998);
    assertThat(peek(B).get(997).sequenceNumber()).isEqualTo(SequenceNumber.of(998));
    assertThat(ManualEngine.text(peek(B).get(0))).isEqualTo("m2");
    assertThat(shown(A)).containsExactly("1 1 m0", "2 2 m1");

    manual.done(manual.engine().abandon(A, held.lockToken().orElseThrow(), Duration.ZERO));
    assertThat(shown(A)).containsExactly("2 2 m1");
    assertThat(shown(B)).endsWith("999 1 m0");
  }

  @Test
  void backlogThatARestartInterruptedGoesOnAfterIt() {
    create(B, options -> options);
    create(A, options -> options);
    for (int i = 0; i < 600; i++) {
      manual.send(A, "m" + i);
    }
    manual.engine().updateQueue(A, QueueOptions.DEFAULTS.withForwardTo(B));
    manual.engine().turn();
    assertThat(manual.engine().describeQueue(A)).isNotDone();

    manual.reopen(storage);
    manual.run();
    assertThat(shown(A)).isEmpty();
    assertThat(peek(B)).hasSize(600);
    assertThat(peek(B).stream().map(ManualEngine::text).distinct()).hasSize(600);
  }

  @Test
  void fullTargetHoldsMessagesAtTheirSourceUntilThereIsRoom() {
    create(B, options -> options.withCapacity(2));
    create(A, options -> options.withForwardTo(B));
    for (String text : List.of("1", "2", "3", "4")) {
      manual.send(A, text);
    }
    assertThat(shown(A)).containsExactly("3 3 3", "4 4 4");
    manual.receive(B, 1).forEach(manual::complete);
    assertThat(shown(A)).containsExactly("4 4 4");
    assertThat(shown(B)).containsExactly("2 2 2", "3 3 3");
    manual.receive(B, 2).forEach(manual::complete);
    assertThat(shown(A)).isEmpty();
    assertThat(shown(B)).containsExactly("4 4 4");
  }

  @Test
  void messageIsADeadLetterOfItsQueueWhenTheTargetIsGoneOrCannotTakeIt() {
    create(B, options -> options.withMaxMessageSize(100L));
    create(A, options -> options.withForwardTo(B));
    manual.done(manual.engine().send(A, OutgoingMessage.of(new byte[200]).build()));
    assertThat(reasons(A)).containsExactly(DeadLetterDetails.FORWARD_TARGET_REFUSED);

    manual.done(manual.engine().deleteQueue(B));
    manual.send(A, "x");
    assertThat(reasons(A)).endsWith(DeadLetterDetails.FORWARD_TARGET_NOT_FOUND);

    create(B, options -> options.withSessions(true));
    manual.send(A, "x");
    assertThat(reasons(A)).endsWith(DeadLetterDetails.SESSION_ID_MISSING);
    assertThat(shown(A)).isEmpty();
    assertThat(deadLetters(A).get(1).deadLetter().orElseThrow().description())
        .contains("'a' forwards to queue 'b'");
  }

  @Test
  void heldMessagesAreDeadLetteredWhenTheirFullTargetIsDeleted() {
    create(B, options -> options.withCapacity(1));
    create(A, options -> options.withForwardTo(B));
    manual.send(A, "1");
    manual.send(A, "2");
    manual.done(manual.engine().deleteQueue(B));
    manual.run();
    assertThat(reasons(A)).containsExactly(DeadLetterDetails.FORWARD_TARGET_NOT_FOUND);
  }

  @Test
  void targetsThatCannotWorkAreRefusedWhenTheyAreSet() {
    create(B, options -> options);
    create(SESSIONS, options -> options.withSessions(true));
    for (UnaryOperator<QueueOptions> wrong :
        List.<UnaryOperator<QueueOptions>>of(
            options -> options.withForwardTo(A),
            options -> options.withForwardTo(QueueName.of("nowhere")),
            options -> options.withForwardTo(SESSIONS),
            options -> options.withForwardDeadLettersTo(A),
            options -> options.withForwardDeadLettersTo(QueueName.of("nowhere")),
            options -> options.withForwardDeadLettersTo(SESSIONS))) {
      assertThatThrownBy(() -> create(A, wrong))
          .isInstanceOf(ConfigurationInvalid.class)
          .hasMessageContaining("'a' cannot forward its");
      assertThat(manual.done(manual.engine().describeQueue(A))).isEmpty();
    }
    create(A, options -> options);
    assertThatThrownBy(() -> update(A, options -> options.withForwardTo(A)))
        .isInstanceOf(ConfigurationInvalid.class);
    manual.send(A, "stays");
    assertThat(shown(A)).hasSize(1);
  }

  @Test
  void sessionsGoOnInOrderAndOnAPlainTargetTheirIdsTravelAlong() {
    QueueName source = QueueName.of("source");
    create(SESSIONS, options -> options.withSessions(true));
    create(source, options -> options.withSessions(true).withForwardTo(SESSIONS));
    for (String text : List.of("s1", "t1", "s2")) {
      sendInSession(source, text);
    }
    SessionHold hold =
        manual.done(manual.engine().acceptSession(SESSIONS, SessionId.of("s"), Duration.ZERO));
    assertThat(manual.done(manual.engine().receive(hold, 10, Duration.ZERO)))
        .extracting(ManualEngine::text)
        .containsExactly("s1", "s2");
    manual.done(manual.engine().releaseSession(hold));

    create(B, options -> options);
    update(source, options -> options.withSessions(true).withForwardTo(B));
    sendInSession(source, "s3");
    manual.done(manual.engine().snapshot());
    manual.reopen(storage);
    ReceivedMessage<byte[]> plain = manual.receive(B, 1).get(0);
    assertThat(plain.sessionId()).hasValue(SessionId.of("s"));
    manual.complete(plain);
    assertThat(manual.done(manual.engine().statistics(B)).sessions()).isZero();
  }

  @Test
  void heldSessionKeepsItsMessagesUntilItIsGivenBack() {
    create(B, options -> options);
    create(SESSIONS, options -> options.withSessions(true));
    sendInSession(SESSIONS, "s1");
    sendInSession(SESSIONS, "s2");
    SessionHold hold =
        manual.done(manual.engine().acceptSession(SESSIONS, SessionId.of("s"), Duration.ZERO));
    manual.done(manual.engine().receive(hold, 1, Duration.ZERO));
    update(SESSIONS, options -> options.withSessions(true).withForwardTo(B));
    assertThat(shown(B)).isEmpty();
    manual.done(manual.engine().releaseSession(hold));
    assertThat(shown(B)).containsExactly("1 1 s1", "2 2 s2");
  }

  @Test
  void duplicatesAreFoundInTheFirstQueueAndInTheTarget() {
    create(C, options -> options);
    create(A, options -> options.withForwardTo(C).withDuplicateDetectionWindow(null));
    create(B, options -> options.withForwardTo(C));
    OutgoingMessage message = ManualEngine.message("x").messageId("id").build();
    for (QueueName queue : List.of(B, B, A, C)) {
      manual.done(manual.engine().send(queue, message));
    }
    assertThat(shown(C)).containsExactly("1 1 x");
    assertThat(shown(A)).isEmpty();
  }

  @Test
  void deadLettersGoToTheMainQueueOfTheirTargetAndSayWhy() {
    create(B, options -> options);
    create(A, options -> options.withForwardDeadLettersTo(B).withMaxDeliveryCount(2));
    manual.send(B, "other");
    manual.done(
        manual
            .engine()
            .send(A, ManualEngine.message("x").timeToLive(Duration.ofMinutes(30)).build()));
    for (int i = 0; i < 2; i++) {
      ReceivedMessage<byte[]> message = manual.receive(A, 1).get(0);
      manual.done(manual.engine().abandon(A, message.lockToken().orElseThrow(), Duration.ZERO));
    }
    assertThat(deadLetters(A)).isEmpty();
    assertThat(shown(A)).isEmpty();
    assertThat(shown(B)).containsExactly("1 1 other", "2 1 x");

    manual.done(manual.engine().snapshot());
    manual.reopen(storage);
    ReceivedMessage<byte[]> letter = manual.receive(B, 2).get(1);
    DeadLetterDetails details = letter.deadLetter().orElseThrow();
    assertThat(details.reason()).isEqualTo(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
    assertThat(details.source()).isEqualTo("a");
    assertThat(details.deliveryCount()).isEqualTo(2);
    assertThat(letter.deliveryCount()).isEqualTo(1);
    assertThat(letter.expiresAt()).hasValue(letter.enqueuedTime().plus(Duration.ofHours(24)));

    manual.done(
        manual.engine().deadLetter(B, letter.lockToken().orElseThrow(), "again", null, null));
    assertThat(reasons(B)).containsExactly("again");
    manual.done(manual.engine().replay(B, List.of(letter.sequenceNumber()), MessageEdits.NONE));
    assertThat(peek(B)).last().matches(message -> message.deadLetter().isEmpty());
  }

  @Test
  void theSameMessageCanBeADeadLetterTwiceWithoutBeingTakenForADuplicate() {
    create(B, options -> options);
    create(A, options -> options.withForwardDeadLettersTo(B).withDuplicateDetectionWindow(null));
    for (int i = 0; i < 2; i++) {
      manual.done(manual.engine().send(A, ManualEngine.message("x").messageId("id").build()));
      deadLetterOne();
    }
    assertThat(peek(B)).hasSize(2);
  }

  @Test
  void expiredMessagesGoToTheTargetOfTheDeadLettersAndOnFromThere() {
    create(C, options -> options);
    create(B, options -> options.withForwardTo(C));
    create(A, options -> options.withForwardDeadLettersTo(B));
    manual.done(
        manual
            .engine()
            .send(A, ManualEngine.message("x").timeToLive(Duration.ofSeconds(1)).build()));
    manual.advance(Duration.ofSeconds(1));
    assertThat(shown(C)).containsExactly("1 1 x");
    manual.advance(Duration.ofMinutes(1));
    assertThat(shown(C)).hasSize(1);
  }

  @Test
  void deadLetterStaysWhereItIsWhenItsTargetIsGone() {
    create(B, options -> options);
    create(A, options -> options.withForwardDeadLettersTo(B));
    manual.done(manual.engine().deleteQueue(B));
    manual.send(A, "x");
    deadLetterOne();
    assertThat(reasons(A)).containsExactly("bad");
  }

  @Test
  void messageThatCannotBeReadStopsNeitherTheEngineNorItsOwnDeath() throws IOException {
    create(B, options -> options);
    create(A, options -> options.withDefaultTimeToLive(Duration.ofMinutes(1)));
    manual.send(A, "damaged");
    // So that nothing is kept in memory. Another engine makes other ids at another time.
    manual.move(Duration.ofMillis(1));
    manual.reopen(storage);
    flipBytesOf("damaged");
    update(A, options -> options.withForwardTo(B).withForwardDeadLettersTo(B));
    manual.send(A, "behind");
    assertThat(manual.done(manual.engine().statistics(A)).active()).isEqualTo(2);

    flipBytesOf("damaged");
    manual.advance(Duration.ofMillis(500));
    assertThat(shown(B)).containsExactly("1 1 damaged", "2 2 behind");

    update(A, options -> options.withForwardDeadLettersTo(B));
    manual.send(A, "expires");
    manual.reopen(storage);
    flipBytesOf("expires");
    manual.advance(Duration.ofDays(2));
    assertThat(manual.done(manual.engine().statistics(A)).deadLetter()).isEqualTo(1);
    flipBytesOf("expires");
    assertThat(reasons(A)).containsExactly(DeadLetterDetails.TIME_TO_LIVE_EXPIRED);
  }

  /** Damages the record that holds the text, or repairs it again. */
  private void flipBytesOf(String text) throws IOException {
    int found = 0;
    for (String name : storage.list()) {
      try (StorageFile file = storage.open(name)) {
        ByteBuffer content = ByteBuffer.allocate((int) file.size());
        file.read(content, 0);
        int at = new String(content.array(), StandardCharsets.ISO_8859_1).indexOf(text);
        String flipped = new StringBuilder(text).reverse().toString();
        int other = new String(content.array(), StandardCharsets.ISO_8859_1).indexOf(flipped);
        if (at >= 0 || other >= 0) {
          String instead = at >= 0 ? flipped : text;
          file.write(
              ByteBuffer.wrap(instead.getBytes(StandardCharsets.ISO_8859_1)), Math.max(at, other));
          found++;
        }
      }
    }
    assertThat(found).isEqualTo(1);
  }

  @Test
  void transactionsSendThroughForwardingQueues() {
    create(B, options -> options);
    create(A, options -> options.withForwardTo(B));
    List<Optional<SendReceipt>> receipts =
        manual.done(
            manual
                .engine()
                .transact(
                    List.of(
                        new Work.Send(A, ManualEngine.message("1").build()),
                        new Work.Send(B, ManualEngine.message("2").build()))));
    assertThat(receipts).hasSize(2);
    assertThat(shown(B)).containsExactly("1 1 1", "2 2 2");
  }

  @Test
  void afterAPowerCutAMessageIsAtItsTargetOrWasNeverSent() {
    Set<String> seen = new HashSet<>();
    for (int changes = 0; changes < 4; changes++) {
      for (int seed = 0; seed < 100; seed++) {
        PowerLossStorage disk = new PowerLossStorage();
        manual = new ManualEngine(disk, options -> options);
        create(C, options -> options);
        create(B, options -> options.withForwardTo(C));
        create(A, options -> options.withForwardTo(B));
        disk.stopAfter(changes);
        byte[] body = new byte[seed * 7];
        CompletableFuture<SendReceipt> sent =
            manual.engine().send(A, OutgoingMessage.of(body).build());
        manual.run();
        boolean acknowledged = sent.isDone() && !sent.isCompletedExceptionally();
        manual.reopen(disk.powerCut(seed));

        // Asked for at once: a turn later, what was left behind would have been forwarded.
        List<CompletableFuture<List<ReceivedMessage<byte[]>>>> asked =
            List.of(askFor(A), askFor(B), askFor(C));
        String left = asked.stream().map(one -> "" + manual.done(one).size()).collect(joining());
        assertThat(acknowledged).isIn(false, left.equals("001"));
        seen.add(left);
      }
    }
    assertThat(seen).containsExactlyInAnyOrder("000", "001");
  }

  @Test
  void afterAPowerCutADeadLetterIsInExactlyOneQueueAndSaysWhy() {
    Set<String> seen = new HashSet<>();
    for (int changes = 0; changes < 4; changes++) {
      for (int seed = 0; seed < 100; seed++) {
        PowerLossStorage disk = new PowerLossStorage();
        manual = new ManualEngine(disk, options -> options);
        create(B, options -> options);
        create(A, options -> options.withForwardDeadLettersTo(B));
        manual.done(manual.engine().send(A, OutgoingMessage.of(new byte[seed * 7]).build()));
        ReceivedMessage<byte[]> message = manual.receive(A, 1).get(0);
        disk.stopAfter(changes);
        manual.engine().deadLetter(A, message.lockToken().orElseThrow(), "bad", null, null);
        manual.run();
        manual.reopen(disk.powerCut(seed));

        seen.add(
            "a%d dead%d b%s"
                .formatted(
                    peek(A).size(),
                    deadLetters(A).size(),
                    peek(B).stream()
                        .map(letter -> letter.deadLetter().orElseThrow().reason())
                        .toList()));
      }
    }
    assertThat(seen).containsExactlyInAnyOrder("a1 dead0 b[]", "a0 dead0 b[bad]");
  }

  @Test
  void whatARestartForwardsGoesBehindWhatHasBeenWaiting() {
    // several pairs, because nothing says which of two queues is looked at first
    List<QueueName> targets = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      QueueName target = QueueName.of("target" + i);
      QueueName source = QueueName.of("source" + i);
      targets.add(target);
      create(target, options -> options);
      create(source, options -> options.withMaxDeliveryCount(1).withForwardDeadLettersTo(target));
      manual.send(target, "waiting");
      manual.send(source, "dies");
      manual.receive(source, 1);
    }
    manual.reopen(storage);
    for (QueueName target : targets) {
      assertThat(manual.receive(target, 2))
          .extracting(ManualEngine::text)
          .containsExactly("waiting", "dies");
      assertThat(manual.receive(target, 2)).isEmpty();
    }
  }

  @Test
  void whatARestartForwardsReplacesNothingThatFailedForTheLastTime() {
    // several pairs, because nothing says which of two queues is looked at first
    for (int i = 0; i < 8; i++) {
      QueueName target = QueueName.of("target" + i);
      QueueName source = QueueName.of("source" + i);
      create(target, options -> options.withMaxDeliveryCount(1));
      create(source, options -> options.withMaxDeliveryCount(1).withForwardDeadLettersTo(target));
      for (QueueName queue : List.of(target, source)) {
        manual.done(
            manual
                .engine()
                .send(queue, ManualEngine.message("of " + queue).deduplicationKey("k").build()));
        manual.receive(queue, 1);
      }
    }
    for (int restarts = 1; restarts <= 2; restarts++) {
      manual.reopen(storage);
      for (int i = 0; i < 8; i++) {
        QueueName target = QueueName.of("target" + i);
        assertThat(shown(target)).containsExactly("2 1 of source" + i);
        assertThat(deadLetters(target))
            .extracting(ManualEngine::text)
            .containsExactly("of target" + i);
        assertThat(reasons(target)).containsExactly(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
      }
    }
    for (int i = 0; i < 8; i++) {
      assertThat(manual.receive(QueueName.of("target" + i), 2))
          .extracting(ManualEngine::text)
          .containsExactly("of source" + i);
    }
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> askFor(QueueName queue) {
    return manual.engine().peek(queue, SubQueue.MAIN, null, SequenceNumber.START, 10);
  }

  private void create(QueueName queue, UnaryOperator<QueueOptions> options) {
    manual.done(manual.engine().createQueue(queue, options.apply(QueueOptions.DEFAULTS)));
  }

  private void update(QueueName queue, UnaryOperator<QueueOptions> options) {
    manual.done(manual.engine().updateQueue(queue, options.apply(QueueOptions.DEFAULTS)));
  }

  private void sendInSession(QueueName queue, String text) {
    manual.done(
        manual
            .engine()
            .send(
                queue,
                ManualEngine.message(text).sessionId(SessionId.of(text.substring(0, 1))).build()));
  }

  private void deadLetterOne() {
    ReceivedMessage<byte[]> message = manual.receive(A, 1).get(0);
    manual.done(
        manual.engine().deadLetter(A, message.lockToken().orElseThrow(), "bad", null, null));
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> waiting(QueueName queue) {
    return manual.engine().receive(queue, SubQueue.MAIN, 1, Duration.ofHours(1));
  }

  /** Place, first place and text of each message. */
  private List<String> shown(QueueName queue) {
    return peek(queue).stream()
        .map(
            message ->
                message.sequenceNumber()
                    + " "
                    + message.enqueuedSequenceNumber()
                    + " "
                    + ManualEngine.text(message))
        .toList();
  }

  private List<String> reasons(QueueName queue) {
    return deadLetters(queue).stream()
        .map(letter -> letter.deadLetter().orElseThrow().reason())
        .toList();
  }

  private List<ReceivedMessage<byte[]>> deadLetters(QueueName queue) {
    return manual.done(
        manual.engine().peek(queue, SubQueue.DEAD_LETTER, null, SequenceNumber.START, 1000));
  }

  private List<ReceivedMessage<byte[]>> peek(QueueName queue) {
    return manual.done(
        manual.engine().peek(queue, SubQueue.MAIN, null, SequenceNumber.START, 1000));
  }
}
