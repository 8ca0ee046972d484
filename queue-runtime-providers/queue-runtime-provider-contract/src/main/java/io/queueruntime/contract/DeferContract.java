package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that are set aside and fetched by their sequence number. Used by one thread. */
@Needs(Capability.DEFER)
public abstract class DeferContract extends ProviderContract {

  /** Receives the next message and sets it aside. */
  private SequenceNumber defer(QueueReceiver receiver) {
    ReceivedMessage<byte[]> message = take(receiver);
    settle(receiver, message, Settlement.defer());
    return message.sequenceNumber();
  }

  private List<ReceivedMessage<byte[]>> fetch(QueueReceiver receiver, SequenceNumber... numbers) {
    return await(receiver.receiveDeferred(List.of(numbers)));
  }

  @Test
  @Promise("QueueReceiver.receiveDeferred")
  void aDeferredMessageIsNotReceivedWithTheOthers() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);

    defer(receiver);

    consumeAll(receiver, "b");
    pass(lock());
    nothingIn(receiver);
  }

  @Test
  @Promise("QueueReceiver.receiveDeferred")
  void aDeferredMessageIsFetchedByItsNumber() {
    QueueName queue = queue();
    send(queue, message("a").messageId("id-1").header("h", "v"));
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    List<ReceivedMessage<byte[]>> fetched = fetch(receiver, number);

    assertThat(texts(fetched)).containsExactly("a");
    assertThat(fetched.get(0).messageId()).isEqualTo("id-1");
    assertThat(fetched.get(0).headers()).containsEntry("h", "v");
    assertThat(fetched.get(0).sequenceNumber()).isEqualTo(number);
  }

  @Test
  @Promise("semantics 6")
  void fetchingIsADelivery() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    assertThat(fetch(receiver, number).get(0).deliveryCount()).isEqualTo(2);
  }

  @Test
  @Promise("QueueReceiver.receiveDeferred")
  void aFetchedMessageThatIsCompletedIsGone() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    settle(receiver, fetch(receiver, number).get(0), Settlement.complete());

    pass(lock());
    assertThat(fetch(receiver, number)).isEmpty();
    nothingIn(receiver);
  }

  @Test
  @Promise("QueueReceiver.receiveDeferred")
  void aFetchedMessageIsHeldByOne() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);
    ReceivedMessage<byte[]> held = fetch(receiver, number).get(0);

    assertThat(fetch(receiver(queue), number)).isEmpty();

    settle(receiver, held, Settlement.complete());
  }

  @Test
  @Promise("semantics 2")
  void aFetchedMessageThatIsGivenBackIsNotLost() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    settle(receiver, fetch(receiver, number).get(0), Settlement.abandon());

    assertThat(texts(obtain(receiver, number))).containsExactly("a");
  }

  @Test
  @Promise("semantics 2")
  void aFetchedMessageWhoseLockEndsIsNotLost() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);
    ReceivedMessage<byte[]> late = fetch(receiver, number).get(0);

    pass(lock());

    failure(LockLost.class, receiver.settle(late, Settlement.complete()));
    assertThat(texts(obtain(receiver, number))).containsExactly("a");
  }

  @Test
  @Promise("semantics 2")
  void aFetchedMessageCanBeDeferredAgain() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    settle(receiver, fetch(receiver, number).get(0), Settlement.defer());

    nothingIn(receiver);
    assertThat(texts(fetch(receiver, number))).containsExactly("a");
  }

  @Test
  @Promise("semantics 12")
  void aFetchedMessageCanBeDeadLettered() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    settle(receiver, fetch(receiver, number).get(0), Settlement.deadLetter("Broken", null));

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
    assertThat(fetch(receiver, number)).isEmpty();
  }

  @Test
  @Promise("QueueReceiver.receiveDeferred")
  void severalAreFetchedAtOnceAndUnknownOnesLeftOut() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber a = defer(receiver);
    SequenceNumber b = defer(receiver);
    SequenceNumber c = defer(receiver);

    List<ReceivedMessage<byte[]>> fetched = fetch(receiver, a, SequenceNumber.of(987_654_321), c);

    assertThat(texts(fetched)).containsExactlyInAnyOrder("a", "c");
    assertThat(texts(fetch(receiver, b))).containsExactly("b");
  }

  @Test
  @Promise("QueueReceiver.receiveDeferred")
  void whatIsNotDeferredIsLeftOut() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> held = take(receiver, "a");
    SequenceNumber ready = SequenceNumber.of(held.sequenceNumber().value() + 1);

    assertThat(fetch(receiver, held.sequenceNumber(), ready)).isEmpty();
    assertThat(fetch(receiver)).isEmpty();

    settle(receiver, held, Settlement.complete());
    consumeAll(receiver, "b");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("QueueReceiver.receiveDeferred")
  void aSessionsDeferredMessagesAreFetchedByItsHolder() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver first = accept(queue, "s");
    SequenceNumber number = defer(first);
    await(first.closeAsync());

    SessionReceiver second = accept(queue, "s");
    List<ReceivedMessage<byte[]>> fetched = fetch(second, number);

    assertThat(texts(fetched)).containsExactly("a");
    settle(second, fetched.get(0), Settlement.complete());
    consumeAll(second, "b");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 3")
  void anotherSessionsDeferredMessagesAreLeftOut() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver s = accept(queue, "s");
    SequenceNumber number = defer(s);

    assertThat(fetch(accept(queue, "t"), number)).isEmpty();

    assertThat(texts(fetch(s, number))).containsExactly("a");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.ACCEPT_NEXT_SESSION})
  @Promise("SES-3")
  void aSessionWithOnlyDeferredMessagesIsNotNext() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = accept(queue, "s");
    SequenceNumber number = defer(session);
    await(session.closeAsync());

    noSessionIn(queue);

    assertThat(texts(fetch(accept(queue, "s"), number))).containsExactly("a");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("API-18")
  void aDeferredMessageCanBeLookedAt() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber number = defer(receiver);

    ReceivedMessage<byte[]> seen = await(receiver.peek(SequenceNumber.START, 10)).get(0);

    assertThat(seen.state()).isEqualTo(MessageState.DEFERRED);
    assertThat(seen.sequenceNumber()).isEqualTo(number);
  }

  @Test
  @Needs({Capability.STATISTICS, Capability.DETAILED_STATISTICS})
  @Promise("ADM-3")
  void deferredMessagesAreCountedAsSuch() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);

    defer(receiver);

    assertThat(provider.admin().statistics(queue).deferred()).isEqualTo(1);
    assertThat(provider.admin().statistics(queue).active()).isEqualTo(1);
  }

  /**
   * A message that was given back after it had been fetched: providers differ in whether it is
   * deferred again.
   */
  private List<ReceivedMessage<byte[]>> obtain(QueueReceiver receiver, SequenceNumber number) {
    List<ReceivedMessage<byte[]>> found =
        new ArrayList<>(await(receiver.receive(1, fixture.glance())));
    found.addAll(fetch(receiver, number));
    return found;
  }
}
