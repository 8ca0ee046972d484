package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Messages that are still there after the provider was closed and opened again. Used by one thread.
 */
@Needs(reopen = true)
public abstract class RecoveryContract extends ProviderContract {

  private void reopen() {
    provider = fixture.reopen();
  }

  @Test
  @Promise("semantics 1")
  void messagesAreStillThereInTheirOrder() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");

    reopen();

    consumeAll(receiver(queue), "a", "b", "c");
  }

  @Test
  @Promise("semantics 1")
  void manyMessagesAreStillThereInTheirOrder() {
    QueueName queue = queue();
    List<String> texts = IntStream.range(0, 500).mapToObj(i -> "m" + i).toList();
    await(
        provider.sender(queue).sendAll(texts.stream().map(text -> message(text).build()).toList()));

    reopen();

    assertThat(texts(takeAll(receiver(queue), 500))).isEqualTo(texts);
  }

  @Test
  @Promise("semantics 20")
  void messagesAreWhole() {
    QueueName queue = queue();
    byte[] body = new byte[10_000];
    IntStream.range(0, body.length).forEach(i -> body[i] = (byte) i);
    SendReceipt receipt =
        send(
            queue,
            OutgoingMessage.of(body)
                .messageId("id-1")
                .correlationId("c-1")
                .replyTo("answers")
                .replyToSessionId("r")
                .contentType("application/octet-stream")
                .subject("s-1")
                .payloadType("order.v1")
                .header("text", "ü")
                .header("number", 7L)
                .header("flag", true));

    reopen();

    ReceivedMessage<byte[]> message = take(receiver(queue));
    assertThat(message.body()).isEqualTo(body);
    assertThat(message.messageId()).isEqualTo("id-1");
    assertThat(message.correlationId()).contains("c-1");
    assertThat(message.replyTo()).contains("answers");
    assertThat(message.replyToSessionId()).contains("r");
    assertThat(message.contentType()).contains("application/octet-stream");
    assertThat(message.subject()).contains("s-1");
    assertThat(message.payloadType()).contains("order.v1");
    assertThat(message.headers())
        .containsOnly(Map.entry("text", "ü"), Map.entry("number", 7L), Map.entry("flag", true));
    receipt
        .findSequenceNumber()
        .ifPresent(number -> assertThat(message.sequenceNumber()).isEqualTo(number));
  }

  @Test
  @Promise("semantics 1")
  void theTimeOfEnqueueingIsKept() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> before = take(receiver);
    settle(receiver, before, Settlement.release());
    pass(step());

    reopen();

    assertThat(take(receiver(queue)).enqueuedTime()).isEqualTo(before.enqueuedTime());
  }

  @Test
  @Promise("semantics 1")
  void whatWasCompletedStaysGone() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    List<ReceivedMessage<byte[]>> all = takeAll(receiver, 3);
    settle(receiver, all.get(1), Settlement.complete());

    reopen();

    consumeAll(receiver(queue), "a", "c");
  }

  @Test
  @Promise("semantics 2")
  void whatWasInWorkComesBackInItsPlace() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    take(receiver(queue), "a");

    reopen();

    consumeAll(receiver(queue), "a", "b", "c");
  }

  @Test
  @Needs(Capability.EXACT_DELIVERY_COUNT)
  @Promise("PER-8")
  void whatWasInWorkNeedNotWaitForItsLock() {
    QueueName queue = queue();
    send(queue, "a");
    take(receiver(queue));

    reopen();

    assertThat(take(receiver(queue), "a").deliveryCount())
        .as("a close counts nothing")
        .isEqualTo(1);
  }

  @Test
  @Promise("semantics 5")
  void aTokenFromBeforeSettlesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    ReceivedMessage<byte[]> before = take(receiver(queue));
    reopen();
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> held = take(receiver);

    failureOf(
        receiver.settle(before, Settlement.complete()),
        List.of(InvalidReceipt.class, LockLost.class));

    settle(receiver, held, Settlement.abandon());
    take(receiver, "a");
  }

  @Test
  @Needs(Capability.EXACT_DELIVERY_COUNT)
  @Promise("semantics 6")
  void countsGoOn() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(3));
    send(queue, "a");
    QueueReceiver before = receiver(queue);
    settle(before, take(before), Settlement.abandon());
    settle(before, take(before), Settlement.abandon());

    reopen();

    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    assertThat(message.deliveryCount()).isEqualTo(3);
    settle(receiver, message, Settlement.abandon());
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("DLQ-16")
  void deadLettersAreStillThereWithTheirDetails() {
    QueueName queue = queue();
    sendEach(queue, "first", "a");
    QueueReceiver receiver = receiver(queue);
    consume(receiver, "first");
    settle(receiver, take(receiver), Settlement.abandon());
    ReceivedMessage<byte[]> message = take(receiver);
    settle(
        receiver,
        message,
        Settlement.deadLetter("Broken", "for a test", new IllegalArgumentException("x")));
    DeadLetterDetails before = deadLettersOf(queue, 1).get(0).deadLetter().orElseThrow();

    reopen();

    List<ReceivedMessage<byte[]>> dead = deadLettersOf(queue, 1);
    assertThat(texts(dead)).containsExactly("a");
    DeadLetterDetails after = dead.get(0).deadLetter().orElseThrow();
    assertThat(after).isEqualTo(before);
    assertThat(after.reason()).isEqualTo("Broken");
    assertThat(after.originalSequenceNumber()).isEqualTo(message.sequenceNumber());
    assertThat(after.deliveryCount()).isEqualTo(2);
    nothingIn(receiver(queue));
  }

  @Test
  @Needs({Capability.DEAD_LETTER_REPLAY, Capability.PEEK})
  @Promise("DLQ-16")
  void whatWasReplayedOrDiscardedIsNotDeadAgain() {
    QueueName queue = queue();
    sendEach(queue, "replayed", "discarded", "kept");
    QueueReceiver receiver = receiver(queue);
    takeAll(receiver, 3)
        .forEach(message -> settle(receiver, message, Settlement.deadLetter("Broken", null)));
    List<SequenceNumber> numbers =
        await(provider.deadLetters(queue).peek(SequenceNumber.START, 3)).stream()
            .map(ReceivedMessage::sequenceNumber)
            .toList();
    await(provider.deadLetters(queue).replay(numbers.subList(0, 1), MessageEdits.NONE));
    await(provider.deadLetters(queue).discard(numbers.subList(1, 2)));

    reopen();
    letGo();

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("kept");
    consumeAll(receiver(queue), "replayed");
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("semantics 11")
  void scheduledMessagesAreStillScheduled() {
    QueueName queue = queue();
    send(queue, message("a").scheduledEnqueueTime(fixture.now().plus(step().multipliedBy(2))));

    reopen();

    nothingIn(receiver(queue));
    pass(step().multipliedBy(2));
    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("semantics 7")
  void whatFellDueMeanwhileIsReady() {
    QueueName queue = queue();
    send(queue, message("a").scheduledEnqueueTime(fixture.now().plus(step())));
    provider.close();
    pass(step());

    reopen();
    settleDown();

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs({Capability.SCHEDULE, Capability.CANCEL_SCHEDULED})
  @Promise("semantics 11")
  void whatWasCancelledStaysCancelledAndTheRestCanBe() {
    QueueName queue = queue();
    SendReceipt first = send(queue, message("a").scheduledEnqueueTime(fixture.now().plus(step())));
    SendReceipt second = send(queue, message("b").scheduledEnqueueTime(fixture.now().plus(step())));
    await(provider.sender(queue).cancelScheduled(first.sequenceNumber()));

    reopen();

    assertThat(await(provider.sender(queue).cancelScheduled(second.sequenceNumber()))).isTrue();
    pass(step().multipliedBy(2));
    nothingIn(receiver(queue));
  }

  @Test
  @Needs(Capability.DEFER)
  @Promise("semantics 1")
  void deferredMessagesAreStillDeferred() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver before = receiver(queue);
    ReceivedMessage<byte[]> message = take(before, "a");
    settle(before, message, Settlement.defer());

    reopen();

    QueueReceiver receiver = receiver(queue);
    consumeAll(receiver, "b");
    assertThat(texts(await(receiver.receiveDeferred(List.of(message.sequenceNumber())))))
        .containsExactly("a");
  }

  @Test
  @Needs({Capability.TIME_TO_LIVE, Capability.EXPIRY_ON_TIME})
  @Promise("semantics 10")
  void messagesGoOnAgeing() {
    QueueName queue = queue();
    send(queue, message("a").timeToLive(step().multipliedBy(2)));
    send(queue, "b");
    pass(step());

    reopen();
    consumeNothingExpired(queue);
    pass(step());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
    consumeAll(receiver(queue), "b");
  }

  private void consumeNothingExpired(QueueName queue) {
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("SequenceNumber")
  void sequenceNumbersGoOn() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver before = receiver(queue);
    SequenceNumber last = takeAll(before, 2).get(1).sequenceNumber();
    provider.admin().purge(queue);
    takeBackAndComplete(queue);

    reopen();
    send(queue, "c");

    assertThat(take(receiver(queue), "c").sequenceNumber()).isGreaterThan(last);
  }

  private void takeBackAndComplete(QueueName queue) {
    pass(lock());
    QueueReceiver receiver = receiver(queue);
    takeAll(receiver, 2).forEach(message -> settle(receiver, message, Settlement.complete()));
  }

  @Test
  @Promise("semantics 7")
  void recoveredMessagesReachWhoWaits() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    take(receiver(queue), "a");

    reopen();

    QueueReceiver receiver = receiver(queue);
    assertThat(text(woken(receiver.receive(1, LONG)))).isEqualTo("a");
    assertThat(text(woken(receiver.receive(1, LONG)))).isEqualTo("b");
  }

  @Test
  @Promise("semantics 1")
  void openingAgainAndAgainChangesNothing() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    consume(receiver, "a");

    for (int i = 0; i < 3; i++) {
      reopen();
    }

    consumeAll(receiver(queue), "b", "c");
  }
}
