package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Messages that were given up: why, from where, and what can be done with them there. Used by one
 * thread.
 */
public abstract class DeadLetterContract extends ProviderContract {

  private DeadLetterDetails details(QueueName queue) {
    List<ReceivedMessage<byte[]>> dead = deadLettersOf(queue, 1);
    assertThat(dead).hasSize(1);
    return dead.get(0).deadLetter().orElseThrow();
  }

  /** Sends one message to the dead-letter queue. */
  private void bury(QueueName queue, String text) {
    send(queue, text);
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver, text), Settlement.deadLetter("Broken", "for a test"));
  }

  @Test
  @Promise("semantics 12")
  void theReasonAndItsDescriptionAreKept() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(
        receiver,
        take(receiver),
        Settlement.deadLetter("InvalidOrder", "Amount is negative: −5 €"));

    DeadLetterDetails details = details(queue);
    assertThat(details.reason()).isEqualTo("InvalidOrder");
    assertThat(details.description()).isEqualTo("Amount is negative: −5 €");
  }

  @Test
  @Promise("semantics 12")
  void aDescriptionIsNotNeeded() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.deadLetter("InvalidOrder", null));

    assertThat(details(queue).reason()).isEqualTo("InvalidOrder");
  }

  @Test
  @Promise("semantics 12")
  void theMessagesFormerPlaceIsKept() {
    QueueName queue = queue();
    sendEach(queue, "before", "a");
    QueueReceiver receiver = receiver(queue);
    consume(receiver, "before");
    ReceivedMessage<byte[]> message = take(receiver, "a");

    settle(receiver, message, Settlement.deadLetter("Broken", null));

    DeadLetterDetails details = details(queue);
    assertThat(details.source()).isEqualTo(queue.value());
    assertThat(details.originalSequenceNumber()).isEqualTo(message.sequenceNumber());
  }

  @Test
  @Promise("semantics 12")
  void theNumberOfDeliveriesIsKept() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());
    settle(receiver, take(receiver), Settlement.abandon());

    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));

    assertThat(details(queue).deliveryCount()).isEqualTo(3);
  }

  @Test
  @Promise("semantics 12")
  void theExceptionsClassIsKeptButNotItsStackTrace() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(
        receiver,
        take(receiver),
        Settlement.deadLetter("Broken", "it broke", new IllegalStateException("secret detail")));

    DeadLetterDetails details = details(queue);
    assertThat(details.exceptionClass()).isEqualTo("java.lang.IllegalStateException");
    assertThat(details.description()).isEqualTo("it broke");
  }

  @Test
  @Promise("semantics 12")
  void withoutAnExceptionThereIsNoClass() {
    QueueName queue = queue();
    bury(queue, "a");

    assertThat(details(queue).exceptionClass()).isNull();
  }

  @Test
  @Promise("semantics 12")
  void theTimesOfTheFirstAndTheLastFailureAreKept() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    Instant before = fixture.now();
    settle(receiver, take(receiver), Settlement.abandon());
    Instant first = fixture.now();
    pass(step());
    settle(receiver, take(receiver), Settlement.abandon());
    pass(step());
    Instant last = fixture.now();

    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));

    DeadLetterDetails details = details(queue);
    isAfter(Duration.ZERO, last, details.lastFailure());
    assertThat(details.firstFailure()).isBetween(before.minusSeconds(1), first.plusSeconds(1));
  }

  @Test
  @Promise("DLQ-1")
  void aMessageThatFailedTooOftenSaysSo() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());

    settle(receiver, take(receiver), Settlement.abandon());

    DeadLetterDetails details = details(queue);
    assertThat(details.reason()).isEqualTo(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
    assertThat(details.deliveryCount()).isEqualTo(2);
    assertThat(details.source()).isEqualTo(queue.value());
  }

  @Test
  @Promise("DLQ-4")
  void theMessageItselfIsKeptWhole() {
    QueueName queue = queue();
    send(
        queue,
        message("a")
            .messageId("id-1")
            .correlationId("c-1")
            .replyTo("answers")
            .replyToSessionId("r")
            .contentType("text/plain")
            .subject("s-1")
            .payloadType("order.v1")
            .header("tenant", "acme")
            .header("attempt", 3));
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> received = take(receiver);

    settle(receiver, received, Settlement.deadLetter("Broken", null));

    ReceivedMessage<byte[]> dead = deadLettersOf(queue, 1).get(0);
    assertThat(text(dead)).isEqualTo("a");
    assertThat(dead.messageId()).isEqualTo("id-1");
    assertThat(dead.correlationId()).contains("c-1");
    assertThat(dead.replyTo()).contains("answers");
    assertThat(dead.replyToSessionId()).contains("r");
    assertThat(dead.contentType()).contains("text/plain");
    assertThat(dead.subject()).contains("s-1");
    assertThat(dead.payloadType()).contains("order.v1");
    assertThat(dead.headers()).containsOnly(Map.entry("tenant", "acme"), Map.entry("attempt", 3));
    assertThat(dead.enqueuedTime()).isEqualTo(received.enqueuedTime());
    assertThat(dead.queue()).isEqualTo(queue);
    assertThat(dead.state()).isEqualTo(MessageState.DEAD_LETTERED);
  }

  @Test
  @Promise("semantics 19")
  void aBodyThatNobodyCanReadIsKeptAsItIs() {
    QueueName queue = queue();
    byte[] body = {(byte) 0xc3, 0x28, 0, (byte) 0xff}; // no valid UTF-8
    send(queue, OutgoingMessage.of(body).contentType("application/json"));
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.deadLetter("SerializationFailed", "not JSON"));

    assertThat(deadLettersOf(queue, 1).get(0).body()).isEqualTo(body);
  }

  @Test
  @Promise("semantics 12")
  void aReasonThatIsTooLongIsCut() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    String tooLong = "ü".repeat(DeadLetterDetails.MAX_BYTES);

    settle(receiver, take(receiver), Settlement.deadLetter(tooLong, tooLong));

    DeadLetterDetails details = details(queue);
    assertThat(details.reason()).isNotEmpty().matches("ü+.?");
    assertThat(details.reason().getBytes(StandardCharsets.UTF_8).length)
        .isLessThanOrEqualTo(DeadLetterDetails.MAX_BYTES);
    assertThat(details.description()).isNotEmpty();
  }

  @Test
  @Promise("DLQ-10")
  void deadLettersAreReceivedInOrder() {
    QueueName queue = queue();
    for (String text : List.of("a", "b", "c")) {
      bury(queue, text);
    }

    consumeAll(deadLetterReceiver(queue), "a", "b", "c");
  }

  @Test
  @Promise("DLQ-6")
  void aDeadLetterIsLockedWhileItIsHeld() {
    QueueName queue = queue();
    bury(queue, "a");
    take(deadLetterReceiver(queue), "a");

    nothingIn(deadLetterReceiver(queue));
    pass(lock());
    take(deadLetterReceiver(queue), "a");
  }

  @Test
  @Promise("DLQ-10")
  void aCompletedDeadLetterIsGone() {
    QueueName queue = queue();
    bury(queue, "a");

    consumeAll(deadLetterReceiver(queue), "a");

    pass(lock());
    nothingIn(deadLetterReceiver(queue));
    nothingIn(receiver(queue));
  }

  @Test
  @Promise("semantics, A message's life")
  void aDeadLetterStaysHoweverOftenItIsAbandoned() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    bury(queue, "a");
    QueueReceiver receiver = deadLetterReceiver(queue);

    for (int i = 0; i < 5; i++) {
      settle(receiver, take(receiver, "a"), Settlement.abandon());
    }

    assertThat(take(receiver, "a").deadLetter().orElseThrow().reason()).isEqualTo("Broken");
    nothingIn(receiver(queue));
  }

  @Test
  @Needs(Capability.TIME_TO_LIVE)
  @Promise("semantics, A message's life")
  void aDeadLetterNeverExpires() {
    QueueName queue = queue(options -> options.withDefaultTimeToLive(step()));
    bury(queue, "a");

    pass(step().multipliedBy(3));

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("DLQ-10")
  void theQueueGoesOnBesideItsDeadLetters() {
    QueueName queue = queue();
    bury(queue, "a");

    send(queue, "b");

    consumeAll(receiver(queue), "b");
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("DLQ-10")
  void queuesHaveTheirOwnDeadLetters() {
    QueueName queue = queue();
    QueueName other = queue();

    bury(queue, "a");

    noDeadLettersIn(other);
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 12")
  void aDeadLetterOfASessionIsReceivedWithoutHoldingTheSession() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = accept(queue, "s");

    settle(session, take(session, "a"), Settlement.deadLetter("Broken", null));

    ReceivedMessage<byte[]> dead = take(deadLetterReceiver(queue), "a");
    assertThat(dead.sessionId()).contains(SessionId.of("s"));
    consumeAll(session, "b");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("DLQ-6")
  void lookingAtDeadLettersLocksNone() {
    QueueName queue = queue();
    bury(queue, "a");
    bury(queue, "b");

    List<ReceivedMessage<byte[]>> seen =
        await(provider.deadLetters(queue).peek(SequenceNumber.START, 10));

    assertThat(texts(seen)).containsExactly("a", "b");
    assertThat(seen).allSatisfy(message -> assertThat(message.deadLetter()).isPresent());
    assertThat(texts(deadLettersOf(queue, 2))).containsExactly("a", "b");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("DLQ-6")
  void deadLettersCanBeLookedThroughPageByPage() {
    QueueName queue = queue();
    for (String text : List.of("a", "b", "c")) {
      bury(queue, text);
    }

    List<ReceivedMessage<byte[]>> page =
        await(provider.deadLetters(queue).peek(SequenceNumber.START, 2));
    List<ReceivedMessage<byte[]>> rest =
        await(provider.deadLetters(queue).peek(page.get(1).sequenceNumber().next(), 2));

    assertThat(texts(page)).containsExactly("a", "b");
    assertThat(texts(rest)).containsExactly("c");
  }

  @Test
  @Promise("DLQ-10")
  void discardedDeadLettersAreGone() {
    QueueName queue = queue();
    for (String text : List.of("a", "b", "c")) {
      bury(queue, text);
    }
    List<SequenceNumber> numbers = numbersOf(queue, 3);

    assertThat(await(provider.deadLetters(queue).discard(List.of(numbers.get(0), numbers.get(2)))))
        .isEqualTo(2);

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("b");
    nothingIn(receiver(queue));
  }

  @Test
  @Promise("DLQ-10")
  void discardingWhatIsNotThereCountsNothing() {
    QueueName queue = queue();
    bury(queue, "a");
    List<SequenceNumber> numbers = numbersOf(queue, 1);
    await(provider.deadLetters(queue).discard(numbers));

    assertThat(await(provider.deadLetters(queue).discard(numbers))).isZero();
    assertThat(await(provider.deadLetters(queue).discard(List.of()))).isZero();
  }

  @Test
  @Promise("DLQ-9")
  void purgingRemovesAllDeadLetters() {
    QueueName queue = queue();
    bury(queue, "a");
    bury(queue, "b");
    send(queue, "c");

    assertThat(await(provider.deadLetters(queue).purge())).isEqualTo(2);

    noDeadLettersIn(queue);
    consumeAll(receiver(queue), "c");
  }

  @Test
  @Promise("DeadLetterQueue.purge")
  void aHeldDeadLetterIsNeitherDiscardedNorPurged() {
    QueueName queue = queue();
    bury(queue, "a");
    List<SequenceNumber> numbers = numbersOf(queue, 1);
    QueueReceiver receiver = deadLetterReceiver(queue);
    ReceivedMessage<byte[]> held = take(receiver);

    assertThat(await(provider.deadLetters(queue).discard(numbers))).isZero();
    assertThat(await(provider.deadLetters(queue).purge())).isZero();

    settle(receiver, held, Settlement.abandon());
    take(receiver, "a");
  }

  /**
   * The numbers of all dead letters, found without PEEK: by receiving them and giving them back.
   */
  private List<SequenceNumber> numbersOf(QueueName queue, int count) {
    QueueReceiver receiver = deadLetterReceiver(queue);
    List<ReceivedMessage<byte[]>> all = takeAll(receiver, count);
    all.forEach(message -> settle(receiver, message, Settlement.release()));
    return all.stream().map(ReceivedMessage::sequenceNumber).toList();
  }
}
