package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clocks that move by a great step: everything happens in its order, as if they had ticked. */
class DueOrderTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName LETTERS = QueueName.of("letters");

  private final ManualEngine manual = new ManualEngine(new MemoryStorage(), options -> options);

  @Test
  void lockThatEndsAndLifeThatEndsAreSeenInTheirOrderThoughTheyGoByDifferentClocks() {
    create(LETTERS, options -> options);
    create(
        ORDERS,
        options ->
            options
                .withForwardDeadLettersTo(LETTERS)
                .withMaxDeliveryCount(1)
                .withLockDuration(Duration.ofSeconds(5)));
    manual.send(ORDERS, "locked for 5 s");
    manual.receive(ORDERS, 1);
    for (int life : new int[] {6, 4}) {
      send("lives " + life + " s", message -> message.timeToLive(Duration.ofSeconds(life)));
    }

    manual.advance(Duration.ofSeconds(60));

    assertThat(peek(LETTERS))
        .extracting(ManualEngine::text)
        .containsExactly("lives 4 s", "locked for 5 s", "lives 6 s");
    Instant start = manual.wall().minusSeconds(60);
    assertThat(peek(LETTERS))
        .extracting(letter -> letter.deadLetter().orElseThrow().lastFailure())
        .containsExactly(start.plusSeconds(4), start.plusSeconds(5), start.plusSeconds(6));
  }

  @Test
  void messageBecomesDueAndExpiresWithinOneStep() {
    create(ORDERS, options -> options);
    Instant start = manual.wall();
    send(
        "short",
        message ->
            message.scheduledEnqueueTime(start.plusSeconds(2)).timeToLive(Duration.ofSeconds(3)));
    send(
        "long",
        message ->
            message.scheduledEnqueueTime(start.plusSeconds(2)).timeToLive(Duration.ofSeconds(30)));

    manual.advance(Duration.ofSeconds(10));

    ReceivedMessage<byte[]> alive = peek(ORDERS).get(0);
    assertThat(ManualEngine.text(alive)).isEqualTo("long");
    assertThat(alive.enqueuedTime()).isEqualTo(start.plusSeconds(2));
    assertThat(alive.expiresAt()).hasValue(start.plusSeconds(32));
    ReceivedMessage<byte[]> letter =
        manual
            .done(manual.engine().peek(ORDERS, SubQueue.DEAD_LETTER, null, SequenceNumber.START, 9))
            .get(0);
    assertThat(letter.deadLetter().orElseThrow().reason())
        .isEqualTo(DeadLetterDetails.TIME_TO_LIVE_EXPIRED);
    assertThat(letter.deadLetter().orElseThrow().lastFailure()).isEqualTo(start.plusSeconds(5));
  }

  @Test
  void receiverWhoWaitsGetsWhatCameBeforeItsTimeWasUpWithALockThatBeginsNow() {
    create(ORDERS, options -> options.withLockDuration(Duration.ofSeconds(5)));
    Instant start = manual.wall();
    send("x", message -> message.scheduledEnqueueTime(start.plusSeconds(2)));
    CompletableFuture<List<ReceivedMessage<byte[]>>> served = waiting(Duration.ofSeconds(5));
    CompletableFuture<List<ReceivedMessage<byte[]>>> inVain = waiting(Duration.ofSeconds(5));
    manual.run();

    manual.advance(Duration.ofSeconds(60));

    ReceivedMessage<byte[]> message = manual.done(served).get(0);
    assertThat(message.lockedUntil()).hasValue(manual.wall().plusSeconds(5));
    assertThat(manual.done(inVain)).isEmpty();
    manual.complete(message);
  }

  @Test
  void moreThanOneTurnTakesStillHappensInOrderBeforeTheAnswer() {
    QueueName locked = QueueName.of("locked");
    create(LETTERS, options -> options);
    create(ORDERS, options -> options.withForwardDeadLettersTo(LETTERS));
    create(locked, options -> options.withForwardDeadLettersTo(LETTERS).withMaxDeliveryCount(1));
    List<String> inOrder = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      manual.send(locked, "lock " + i);
      manual.receive(locked, 1);
      send("life " + i, message -> message.timeToLive(Duration.ofSeconds(60)));
      inOrder.add("lock " + i);
      inOrder.add("life " + i);
      manual.advance(Duration.ofMillis(5));
    }
    assertThat(peek(LETTERS)).isEmpty();

    manual.advance(Duration.ofSeconds(120));
    manual.done(manual.engine().catchUp());

    List<String> seen = new ArrayList<>();
    SequenceNumber from = SequenceNumber.START;
    for (List<ReceivedMessage<byte[]>> page = peek(LETTERS, from);
        !page.isEmpty();
        page = peek(LETTERS, from)) {
      page.forEach(letter -> seen.add(ManualEngine.text(letter)));
      from = page.get(page.size() - 1).sequenceNumber().next();
    }
    assertThat(seen).containsExactlyElementsOf(inOrder);
  }

  @Test
  void catchUpIsAnsweredAfterEverythingThatIsDue() {
    create(ORDERS, options -> options);
    Instant due = manual.wall().plusSeconds(1);
    int many = 5000;
    List<OutgoingMessage> messages =
        IntStream.range(0, many)
            .mapToObj(i -> ManualEngine.message("m" + i).scheduledEnqueueTime(due).build())
            .toList();
    manual.done(manual.engine().send(ORDERS, messages));
    manual.run();
    CompletableFuture<Void> caughtUp = manual.engine().catchUp();
    // The clocks move without a turn in between.
    manual.move(Duration.ofSeconds(1));
    while (!caughtUp.isDone()) {
      manual.engine().turn();
    }
    assertThat(manual.done(manual.engine().statistics(ORDERS)).active()).isEqualTo(many);
  }

  private void create(QueueName queue, UnaryOperator<QueueOptions> options) {
    manual.done(manual.engine().createQueue(queue, options.apply(QueueOptions.DEFAULTS)));
  }

  private void send(String text, UnaryOperator<OutgoingMessage.Builder> more) {
    manual.done(manual.engine().send(ORDERS, more.apply(ManualEngine.message(text)).build()));
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> waiting(Duration wait) {
    return manual.engine().receive(ORDERS, SubQueue.MAIN, 1, wait);
  }

  private List<ReceivedMessage<byte[]>> peek(QueueName queue) {
    return peek(queue, SequenceNumber.START);
  }

  private List<ReceivedMessage<byte[]>> peek(QueueName queue, SequenceNumber from) {
    return manual.done(manual.engine().peek(queue, SubQueue.MAIN, null, from, 1000));
  }
}
