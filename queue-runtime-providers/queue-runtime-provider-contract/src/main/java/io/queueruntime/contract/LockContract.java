package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Locks: how long a delivery is held, and what happens when it is not settled in time. Used by one
 * thread.
 */
public abstract class LockContract extends ProviderContract {

  private static final List<Class<? extends RuntimeException>> LATE =
      List.of(LockLost.class, InvalidReceipt.class);

  @Test
  @Promise("ACK-8")
  void aMessageIsHeldForTheLengthOfItsLock() {
    QueueName queue = queue();
    send(queue, "a");
    take(receiver(queue));

    pass(lock().dividedBy(2));

    nothingIn(receiver(queue));
  }

  @Test
  @Promise("ACK-8")
  void whenItsLockEndsAMessageComesBackWithItsCountRaised() {
    QueueName queue = queue();
    send(queue, "a");
    take(receiver(queue));

    pass(lock());

    assertThat(take(receiver(queue), "a").deliveryCount()).isEqualTo(2);
  }

  @Test
  @Promise("SES-5")
  void messagesWhoseLocksEndReturnToTheirPlaces() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    take(receiver, "a");
    take(receiver, "b");

    pass(lock());

    consumeAll(receiver, "a", "b", "c");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("semantics 6")
  void theEndOfALockAloneCountsNothing() {
    QueueName queue = queue();
    send(queue, "a");
    take(receiver(queue));

    pass(lock());

    assertThat(await(receiver(queue).peek(SequenceNumber.START, 1)).get(0).deliveryCount())
        .isEqualTo(1);
  }

  @Test
  @Promise("semantics 5")
  void completingTooLateLosesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock());

    LockLost late = failure(LockLost.class, receiver.settle(message, Settlement.complete()));

    assertThat(late.isTransient()).isFalse();
    assertThat(late.queue()).contains(queue.value());
    consumeAll(receiver, "a");
  }

  @Test
  @Promise("semantics 5")
  void abandoningTooLateChangesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock());

    failure(LockLost.class, receiver.settle(message, Settlement.abandon()));

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 5")
  void releasingTooLateChangesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock());

    failure(LockLost.class, receiver.settle(message, Settlement.release()));

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 5")
  void deadLetteringTooLateChangesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock());

    failure(LockLost.class, receiver.settle(message, Settlement.deadLetter("Late", null)));

    noDeadLettersIn(queue);
    consumeAll(receiver, "a");
  }

  @Test
  @Needs(Capability.DEFER)
  @Promise("semantics 5")
  void deferringTooLateChangesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock());

    failure(LockLost.class, receiver.settle(message, Settlement.defer()));

    consumeAll(receiver, "a");
  }

  @Test
  @Promise("semantics 5")
  void aLateHolderCannotCompleteTheNextDelivery() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver first = receiver(queue);
    ReceivedMessage<byte[]> late = take(first);
    pass(lock());
    QueueReceiver second = receiver(queue);
    ReceivedMessage<byte[]> held = take(second);

    failureOf(first.settle(late, Settlement.complete()), LATE);

    settle(second, held, Settlement.abandon()); // it was not completed
    take(second, "a");
  }

  @Test
  @Promise("semantics 5")
  void aLateHolderCannotAbandonTheNextDelivery() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver first = receiver(queue);
    ReceivedMessage<byte[]> late = take(first);
    pass(lock());
    QueueReceiver second = receiver(queue);
    ReceivedMessage<byte[]> held = take(second);

    failureOf(first.settle(late, Settlement.abandon()), LATE);

    nothingIn(first); // still held by the second
    settle(second, held, Settlement.complete());
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("semantics 5")
  void aLateHolderCannotRenewTheNextDelivery() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver first = receiver(queue);
    ReceivedMessage<byte[]> late = take(first);
    pass(lock());
    QueueReceiver second = receiver(queue);
    take(second);
    pass(lock().dividedBy(2));

    failureOf(first.renewLock(late), LATE);

    pass(lock().dividedBy(2));
    assertThat(take(receiver(queue), "a").deliveryCount()).isEqualTo(3);
  }

  @Test
  @Promise("semantics 6")
  void theLastAllowedDeliveryIsDeadLetteredWhenItsLockEnds() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    take(receiver);
    pass(lock());
    take(receiver);
    noDeadLettersIn(queue);

    pass(lock());

    List<ReceivedMessage<byte[]>> dead = deadLettersOf(queue, 1); // now, not at the next receive
    assertThat(texts(dead)).containsExactly("a");
    assertThat(dead.get(0).deadLetter().orElseThrow().reason())
        .isEqualTo(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 6")
  void abandonsAndLocksThatEndAddUp() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(3));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    take(receiver);
    pass(lock());
    settle(receiver, take(receiver), Settlement.abandon());
    assertThat(take(receiver).deliveryCount()).isEqualTo(3);

    pass(lock());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("ACK-8")
  void locksEndOneByOne() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);
    take(receiver, "a");
    pass(lock().dividedBy(2));
    ReceivedMessage<byte[]> b = take(receiver, "b");

    pass(lock().dividedBy(2));

    take(receiver, "a");
    nothingIn(receiver);
    settle(receiver, b, Settlement.complete()); // still held
  }

  @Test
  @Promise("LSE-1")
  void theLocksLengthIsTheQueues() {
    Duration shorter = lock().dividedBy(2);
    QueueName queue = queue(options -> options.withLockDuration(shorter));
    send(queue, "a");
    Instant before = fixture.now();

    isAfter(shorter, before, take(receiver(queue)).lockedUntil().orElseThrow());

    pass(shorter);
    take(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("LSE-5")
  void renewingExtendsTheLockToItsFullLengthFromNow() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock().dividedBy(2));
    Instant before = fixture.now();

    Instant until = await(receiver.renewLock(message));

    isAfter(lock(), before, until);
    pass(lock().multipliedBy(3).dividedBy(4)); // beyond the first lock's end
    nothingIn(receiver);
    settle(receiver, message, Settlement.complete());
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("LSE-5")
  void aRenewedLockEndsToo() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock().dividedBy(2));
    await(receiver.renewLock(message));

    pass(lock());

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
    failureOf(receiver.settle(message, Settlement.complete()), LATE);
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("semantics 16")
  void aLockCanBeRenewedAgainAndAgain() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    for (int i = 0; i < 5; i++) {
      pass(lock().multipliedBy(2).dividedBy(3));
      await(receiver.renewLock(message));
    }

    nothingIn(receiver);
    settle(receiver, message, Settlement.complete());
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("LSE-5")
  void renewingOneLockLeavesTheOthersAlone() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> a = take(receiver, "a");
    take(receiver, "b");
    pass(lock().dividedBy(2));

    await(receiver.renewLock(a));

    pass(lock().dividedBy(2));
    assertThat(texts(takeAll(receiver, 1))).containsExactly("b");
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("LSE-5")
  void renewingTooLateIsRefused() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(lock());

    failure(LockLost.class, receiver.renewLock(message));

    take(receiver, "a");
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("LSE-6")
  void aSettledMessageCannotBeRenewed() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.complete());

    failure(InvalidReceipt.class, receiver.renewLock(message));
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("ACK-2")
  void aTokenThatWasNeverGivenCannotBeRenewed() {
    QueueName queue = queue();
    ReceivedMessage<byte[]> forged =
        ReceivedMessage.of(queue, SequenceNumber.of(1), "id", new byte[0])
            .lock(LockToken.of(UUID.randomUUID()), fixture.now())
            .build();

    failure(InvalidReceipt.class, receiver(queue).renewLock(forged));
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("semantics 6")
  void renewingCountsNothing() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    for (int i = 0; i < 3; i++) {
      await(receiver.renewLock(message));
    }

    settle(receiver, message, Settlement.abandon());

    assertThat(take(receiver).deliveryCount()).isEqualTo(2);
  }
}
