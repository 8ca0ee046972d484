package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who may settle a delivery, and how often. Used by one thread. */
public abstract class ReceiptContract extends ProviderContract {

  @Test
  @Promise("semantics 5")
  void eachDeliveryHasATokenOfItsOwn() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> first = take(receiver);
    settle(receiver, first, Settlement.abandon());

    assertThat(take(receiver).lockToken()).isPresent().isNotEqualTo(first.lockToken());
  }

  @Test
  @Promise("semantics 5")
  void settlingTwiceIsRefused() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.complete());

    InvalidReceipt refused =
        failure(InvalidReceipt.class, receiver.settle(message, Settlement.complete()));

    assertThat(refused.isTransient()).isFalse();
    assertThat(refused.queue()).contains(queue.value());
  }

  @Test
  @Promise("semantics 5")
  void aCompletedMessageCannotBeAbandoned() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.complete());

    failure(InvalidReceipt.class, receiver.settle(message, Settlement.abandon()));

    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 5")
  void anAbandonedMessageCannotBeCompleted() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.abandon());

    failure(InvalidReceipt.class, receiver.settle(message, Settlement.complete()));

    take(receiver, "a");
  }

  @Test
  @Promise("semantics 5")
  void aReleasedMessageCannotBeCompleted() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.release());

    failure(InvalidReceipt.class, receiver.settle(message, Settlement.complete()));

    take(receiver, "a");
  }

  @Test
  @Promise("semantics 5")
  void aDeadLetteredMessageCannotBeCompleted() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.deadLetter("Broken", null));

    failure(InvalidReceipt.class, receiver.settle(message, Settlement.complete()));

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs(Capability.DEFER)
  @Promise("semantics 5")
  void aDeferredMessageCannotBeCompletedWithItsOldToken() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.defer());

    failure(InvalidReceipt.class, receiver.settle(message, Settlement.complete()));

    assertThat(texts(await(receiver.receiveDeferred(List.of(message.sequenceNumber())))))
        .containsExactly("a");
  }

  @Test
  @Promise("semantics 5")
  void anEarlierDeliverysTokenCannotSettleALaterOne() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> first = take(receiver);
    settle(receiver, first, Settlement.abandon());
    ReceivedMessage<byte[]> second = take(receiver);

    failureOf(
        receiver.settle(first, Settlement.complete()),
        List.of(InvalidReceipt.class, LockLost.class));

    settle(receiver, second, Settlement.abandon()); // still held by the second
    take(receiver, "a");
  }

  @Test
  @Promise("ACK-2")
  void aTokenThatWasNeverGivenIsRefused() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> real = take(receiver);
    ReceivedMessage<byte[]> forged =
        ReceivedMessage.of(queue, real.sequenceNumber(), real.messageId(), real.body())
            .lock(LockToken.of(UUID.randomUUID()), real.lockedUntil().orElseThrow())
            .build();

    failure(InvalidReceipt.class, receiver.settle(forged, Settlement.complete()));

    settle(receiver, real, Settlement.abandon()); // still held
    take(receiver, "a");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("ACK-12")
  void aMessageOnlyLookedAtCannotBeSettled() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> seen = await(receiver.peek(SequenceNumber.START, 1)).get(0);

    failure(InvalidReceipt.class, receiver.settle(seen, Settlement.complete()));

    take(receiver, "a");
  }

  @Test
  @Promise("ACK-12")
  void aMessageOfAnotherQueueCannotBeSettled() {
    QueueName queue = queue();
    QueueName other = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    failure(InvalidReceipt.class, receiver(other).settle(message, Settlement.complete()));

    settle(receiver, message, Settlement.complete());
  }

  @Test
  @Promise("ACK-12")
  void aMessageCannotBeSettledThroughTheReceiverOfDeadLetters() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    failure(InvalidReceipt.class, deadLetterReceiver(queue).settle(message, Settlement.complete()));

    settle(receiver, message, Settlement.complete());
  }

  @Test
  @Promise("QueueReceiver.close")
  void whatAClosedReceiverHadReceivedCanStillBeSettled() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    receiver.close();
    settle(receiver, message, Settlement.complete());

    pass(lock());
    nothingIn(receiver(queue));
  }
}
