package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Receiving: waiting, waking up, how many, and to whom. Used by one thread. */
public abstract class ReceiveContract extends ProviderContract {

  @Test
  @Promise("RCV-2")
  void anEmptyQueueGivesAnEmptyListAndNoError() {
    assertThat(await(receiver(queue()).receive(1, Duration.ZERO))).isEmpty();
  }

  @Test
  @Promise("RCV-4")
  void aShortLookFindsWhatIsReady() {
    QueueName queue = queue();
    send(queue, "a");

    assertThat(texts(await(receiver(queue).receive(1, fixture.look())))).containsExactly("a");
  }

  @Test
  @Promise("RCV-2")
  void aReceiveWaitsForItsTimeAndThenEndsEmpty() {
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiver(queue()).receive(1, step());

    pass(step().dividedBy(2));
    assertThat(receive).isNotDone();
    pass(step().dividedBy(2));

    assertThat(await(receive)).isEmpty();
  }

  @Test
  @Promise("RCV-2")
  void aReceiveThatEndedEmptyTakesNothingLater() {
    QueueName queue = queue();
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiver(queue).receive(1, step());
    pass(step());
    assertThat(await(receive)).isEmpty();

    send(queue, "a");

    assertThat(take(receiver(queue), "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("RCV-3")
  void aReceiveReturnsWhatIsReadyWithoutWaitingForMore() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");

    List<ReceivedMessage<byte[]>> first = await(receiver(queue).receive(10, LONG));

    assertThat(first).isNotEmpty();
    assertThat(texts(first)).isEqualTo(List.of("a", "b", "c").subList(0, first.size()));
  }

  @Test
  @Promise("RCV-3")
  void aReceiveReturnsNoMoreThanWasAskedFor() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c", "d", "e");
    QueueReceiver receiver = receiver(queue);

    List<ReceivedMessage<byte[]>> some = await(receiver.receive(2, fixture.look()));
    assertThat(some).hasSizeBetween(1, 2);
    assertThat(texts(takeAll(receiver, 5 - some.size()))).endsWith("c", "d", "e");
  }

  @Test
  @Promise("RCV-1")
  void aReceivedMessageIsHiddenFromOthers() {
    QueueName queue = queue();
    send(queue, "a");

    take(receiver(queue), "a");

    nothingIn(receiver(queue));
  }

  @Test
  @Promise("RCV-1")
  void aReceivedMessageCarriesItsLock() {
    QueueName queue = queue();
    send(queue, "a");
    Instant before = fixture.now();

    ReceivedMessage<byte[]> message = take(receiver(queue));

    assertThat(message.lockToken()).isPresent();
    isAfter(lock(), before, message.lockedUntil().orElseThrow());
  }

  @Test
  @Promise("semantics 6")
  void theFirstDeliveryCountsOne() {
    QueueName queue = queue();
    send(queue, "a");

    assertThat(take(receiver(queue)).deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("RCV-5")
  void eachMessageGoesToOneOfCompetingReceivers() {
    QueueName queue = queue();
    List<QueueReceiver> receivers = List.of(receiver(queue), receiver(queue), receiver(queue));
    IntStream.range(0, 30).forEach(i -> send(queue, "m" + i));

    List<String> received = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      received.add(text(take(receivers.get(i % 3))));
    }

    assertThat(received).hasSize(30).doesNotHaveDuplicates();
    receivers.forEach(this::nothingIn);
  }

  @Test
  @Promise("semantics 7")
  void everyWaitingReceiveGetsAMessageOfItsOwn() {
    QueueName queue = queue();
    List<CompletableFuture<List<ReceivedMessage<byte[]>>>> receives = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      receives.add(waiting(receiver(queue)));
    }

    sendEach(queue, "a", "b", "c", "d", "e");

    Set<String> received = new HashSet<>();
    receives.forEach(receive -> received.add(text(woken(receive))));
    assertThat(received).containsExactlyInAnyOrder("a", "b", "c", "d", "e");
  }

  @Test
  @Promise("semantics 7")
  void aSendWakesTheWaitingReceiver() {
    QueueName queue = queue();
    var receive = waiting(receiver(queue));

    send(queue, "a");

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Promise("semantics 7")
  void aBatchWakesTheWaitingReceiver() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    var receive = waiting(receiver);

    await(provider.sender(queue).sendAll(List.of(message("a").build(), message("b").build())));

    assertThat(text(woken(receive))).isEqualTo("a");
    consume(receiver, "b");
  }

  @Test
  @Promise("semantics 7")
  void anAbandonedMessageWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver first = receiver(queue);
    ReceivedMessage<byte[]> message = take(first);
    var receive = waiting(receiver(queue));

    settle(first, message, Settlement.abandon());

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Promise("semantics 7")
  void aReleasedMessageWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver first = receiver(queue);
    ReceivedMessage<byte[]> message = take(first);
    var receive = waiting(receiver(queue));

    settle(first, message, Settlement.release());

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Promise("semantics 7")
  void anExpiredLockWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, "a");
    take(receiver(queue));
    var receive = waiting(receiver(queue));

    pass(lock());

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 7")
  void theEndOfABackOffWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandonAfter(step()));
    var receive = waiting(receiver);

    pass(step());

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("semantics 7")
  void aScheduledMessageThatFallsDueWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, message("a").scheduledEnqueueTime(fixture.now().plus(step())));
    var receive = waiting(receiver(queue));

    pass(step());

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Needs({Capability.DEAD_LETTER_REPLAY, Capability.PEEK})
  @Promise("semantics 7")
  void aReplayWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));
    var receive = waiting(receiver);

    SequenceNumber number =
        await(provider.deadLetters(queue).peek(SequenceNumber.START, 1)).get(0).sequenceNumber();
    await(provider.deadLetters(queue).replay(List.of(number), MessageEdits.NONE));

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Needs(Capability.DEDUPLICATION_KEY)
  @Promise("semantics 7")
  void theSuccessorOfAMessageInWorkWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, message("old").deduplicationKey("k"));
    take(receiver(queue), "old");
    var receive = waiting(receiver(queue));

    send(queue, message("new").deduplicationKey("k"));

    assertThat(text(woken(receive))).isEqualTo("new");
  }

  @Test
  @Needs({Capability.DEDUPLICATION_KEY, Capability.ABANDON_WITH_DELAY})
  @Promise("semantics 7")
  void theReplacementOfAMessageInBackOffWakesTheWaitingReceiver() {
    QueueName queue = queue();
    send(queue, message("old").deduplicationKey("k"));
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandonAfter(step()));
    var receive = waiting(receiver);

    send(queue, message("new").deduplicationKey("k"));

    assertThat(text(woken(receive))).isEqualTo("new");
  }

  @Test
  @Promise("semantics 7")
  void aDeadLetterWakesTheWaitingReceiverOfDeadLetters() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    var receive = waiting(deadLetterReceiver(queue));

    settle(receiver, message, Settlement.deadLetter("Broken", null));

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Promise("semantics 7")
  void aBurstDrainsThroughOneConsumerWithoutAFurtherSend() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    var first = waiting(receiver);

    List<CompletableFuture<?>> sends = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sends.add(provider.sender(queue).send(message("m" + i).build()));
    }
    sends.forEach(this::await);

    List<String> received = new ArrayList<>();
    ReceivedMessage<byte[]> message = woken(first);
    while (true) {
      received.add(text(message));
      settle(receiver, message, Settlement.complete());
      if (received.size() == 100) {
        break;
      }
      message = woken(receiver.receive(1, LONG));
    }
    assertThat(received).doesNotHaveDuplicates();
  }

  @Test
  @Promise("semantics 7")
  void aBurstInOneBatchDrainsThroughOneConsumerWithoutAFurtherSend() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    var receive = waiting(receiver);

    List<OutgoingMessage> batch =
        IntStream.range(0, 50).mapToObj(i -> message("m" + i).build()).toList();
    await(provider.sender(queue).sendAll(batch));

    for (int i = 0; i < 50; i++) {
      ReceivedMessage<byte[]> message = woken(receive);
      assertThat(text(message)).isEqualTo("m" + i);
      settle(receiver, message, Settlement.complete());
      receive = receiver.receive(1, LONG);
    }
  }

  @Test
  @Promise("semantics 7")
  void messagesGivenBackAtOnceReachEveryWaitingReceiver() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    takeAll(receiver(queue), 2);
    var first = waiting(receiver(queue));
    var second = waiting(receiver(queue));

    pass(lock()); // both locks end in the same moment

    assertThat(List.of(text(woken(first)), text(woken(second))))
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  @Promise("QueueReceiver.receive")
  void aCancelledReceiveTakesNothing() {
    QueueName queue = queue();
    var receive = waiting(receiver(queue));

    receive.cancel(true);
    settleDown();
    send(queue, "a");

    assertThat(take(receiver(queue), "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("QueueReceiver.receive")
  void aCancelledReceiveLeavesOthersWaiting() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    var first = waiting(receiver);
    var second = waiting(receiver);

    first.cancel(true);
    settleDown();
    send(queue, "a");

    assertThat(text(woken(second))).isEqualTo("a");
  }

  @Test
  @Promise("QueueReceiver.receive")
  void aReceiveThatTimesOutAtItsCallerTakesNothing() {
    QueueName queue = queue();
    var receive = waiting(receiver(queue));

    receive.completeOnTimeout(List.of(), 1, java.util.concurrent.TimeUnit.MILLISECONDS);
    assertThat(await(receive)).isEmpty();
    settleDown();
    send(queue, "a");

    assertThat(take(receiver(queue), "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("QueueReceiver.queue")
  void aReceiverKnowsItsQueue() {
    QueueName queue = queue();

    assertThat(receiver(queue).queue()).isEqualTo(queue);
    assertThat(deadLetterReceiver(queue).queue()).isEqualTo(queue);
  }

  @Test
  @Promise("semantics 7")
  void messagesBehindALockedOneAreNotHeldUp() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");

    take(receiver(queue), "a");

    consumeAll(receiver(queue), "b");
  }
}
