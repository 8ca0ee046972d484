package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How deliveries end, and how often a message is delivered. Used by one thread. */
public abstract class SettlementContract extends ProviderContract {

  @Test
  @Promise("ACK-1")
  void aCompletedMessageIsGone() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.complete());

    nothingIn(receiver);
    pass(lock());
    nothingIn(receiver);
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics 6")
  void anAbandonedMessageComesBackAtOnceWithItsCountRaised() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.abandon());

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
  }

  @Test
  @Promise("semantics 6")
  void theCountGoesUpWithEachDelivery() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(10));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    for (int delivery = 1; delivery <= 6; delivery++) {
      ReceivedMessage<byte[]> message = take(receiver);
      assertThat(message.deliveryCount()).isEqualTo(delivery);
      settle(receiver, message, Settlement.abandon());
    }
  }

  @Test
  @Promise("semantics 6")
  void countsBelongToMessagesNotToTheQueue() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver, "a"), Settlement.abandon());

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
    assertThat(take(receiver, "b").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("SES-5")
  void anAbandonedMessageReturnsToItsOwnPlace() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver, "a"), Settlement.abandon());

    consumeAll(receiver, "a", "b", "c");
  }

  @Test
  @Promise("SES-5")
  void messagesAbandonedInAnyOrderReturnToTheirPlaces() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c", "d");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> a = take(receiver, "a");
    ReceivedMessage<byte[]> b = take(receiver, "b");
    ReceivedMessage<byte[]> c = take(receiver, "c");

    settle(receiver, c, Settlement.abandon());
    settle(receiver, a, Settlement.abandon());
    settle(receiver, b, Settlement.abandon());

    consumeAll(receiver, "a", "b", "c", "d");
  }

  @Test
  @Promise("semantics 3")
  void anAbandonedMessageKeepsItsNumberAndContent() {
    QueueName queue = queue();
    send(queue, message("a").messageId("id-1").header("h", 1).correlationId("c"));
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> first = take(receiver);

    settle(receiver, first, Settlement.abandon());

    ReceivedMessage<byte[]> second = take(receiver);
    assertThat(second.sequenceNumber()).isEqualTo(first.sequenceNumber());
    assertThat(second.enqueuedTime()).isEqualTo(first.enqueuedTime());
    assertThat(second.messageId()).isEqualTo("id-1");
    assertThat(second.headers()).isEqualTo(first.headers());
    assertThat(second.correlationId()).contains("c");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("RTY-14")
  void aMessageAbandonedWithADelayComesBackAfterIt() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.abandonAfter(step()));

    nothingIn(receiver);
    pass(step().dividedBy(2));
    nothingIn(receiver);
    pass(step().dividedBy(2));
    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("RTY-14")
  void aBackOffLongerThanTheLockIsKept() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.abandonAfter(lock().multipliedBy(3)));

    pass(lock().multipliedBy(2));
    nothingIn(receiver);
    pass(lock());
    take(receiver, "a");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("RTY-14")
  void onAPlainQueueABackOffHoldsUpNobody() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver, "a"), Settlement.abandonAfter(step()));

    consumeAll(receiver, "b");
    pass(step());
    consumeAll(receiver, "a");
  }

  @Test
  @Promise("semantics 17")
  void aReleasedMessageComesBackAsIfItHadNotBeenDelivered() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver, "a"), Settlement.release());

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("semantics 17")
  void releasingNeverDeadLetters() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    for (int i = 0; i < 5; i++) {
      settle(receiver, take(receiver, "a"), Settlement.release());
    }

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(1);
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics 17")
  void releasingKeepsWhatWasCountedBefore() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());

    settle(receiver, take(receiver), Settlement.release());

    assertThat(take(receiver).deliveryCount()).isEqualTo(2);
  }

  @Test
  @Promise("ACK-6")
  void messagesMayBeSettledInAnyOrder() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    List<ReceivedMessage<byte[]>> messages = takeAll(receiver, 3);

    settle(receiver, messages.get(2), Settlement.complete());
    settle(receiver, messages.get(0), Settlement.complete());
    settle(receiver, messages.get(1), Settlement.complete());

    pass(lock());
    nothingIn(receiver);
  }

  @Test
  @Promise("ACK-6")
  void settlingOneMessageLeavesTheOthersAlone() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    List<ReceivedMessage<byte[]>> messages = takeAll(receiver, 3);

    settle(receiver, messages.get(1), Settlement.complete());

    pass(lock());
    consumeAll(receiver, "a", "c");
  }

  @Test
  @Promise("DUP-6")
  void ofTwoMessagesWithOneIdTheOtherStays() {
    QueueName queue = queue();
    send(queue, message("first").messageId("same"));
    send(queue, message("second").messageId("same"));
    QueueReceiver receiver = receiver(queue);
    List<ReceivedMessage<byte[]>> messages = takeAll(receiver, 2);

    settle(receiver, messages.get(0), Settlement.complete());
    settle(receiver, messages.get(1), Settlement.abandon());

    consumeAll(receiver, "second");
  }

  @Test
  @Promise("semantics 12")
  void aDeadLetteredMessageLeavesTheQueue() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver, "a"), Settlement.deadLetter("Broken", "for a test"));

    consumeAll(receiver, "b");
    pass(lock());
    nothingIn(receiver);
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("semantics 6")
  void theLastAllowedDeliveryIsDeadLetteredWhenItIsAbandoned() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(3));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());
    settle(receiver, take(receiver), Settlement.abandon());
    noDeadLettersIn(queue);

    settle(receiver, take(receiver), Settlement.abandon());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a"); // now, not at the next receive
    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 6")
  void aMaximumOfOneMeansOneDelivery() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(1));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.abandon());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
    nothingIn(receiver);
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 6")
  void theLastAllowedDeliveryIsDeadLetteredWithoutItsBackOff() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(1));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.abandonAfter(step()));

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("semantics 6")
  void theLastAllowedDeliveryCanStillBeCompleted() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());

    settle(receiver, take(receiver), Settlement.complete());

    nothingIn(receiver);
    noDeadLettersIn(queue);
  }
}
