package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Order within a session, through everything that can happen to its messages. Used by one thread.
 */
@Needs(Capability.SESSIONS)
public abstract class SessionOrderContract extends ProviderContract {

  @Test
  @Promise("SES-1")
  void aSessionsMessagesArriveInTheOrderTheyWereSent() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c", "d");

    consumeAll(accept(queue, "s"), "a", "b", "c", "d");
  }

  @Test
  @Promise("SES-1")
  void sessionsMayInterleaveWithoutLosingTheirOrder() {
    QueueName queue = sessionQueue();
    for (int i = 0; i < 5; i++) {
      send(queue, "s", "s" + i);
      send(queue, "t", "t" + i);
    }
    SessionReceiver s = accept(queue, "s");
    SessionReceiver t = accept(queue, "t");

    for (int i = 0; i < 5; i++) {
      consume(t, "t" + i);
      consume(s, "s" + i);
    }
    nothingIn(s);
    nothingIn(t);
  }

  @Test
  @Promise("SES-1")
  void theHolderMayReceiveSeveralBeforeItSettlesTheFirst() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");

    List<ReceivedMessage<byte[]>> messages = takeAll(session, 3);

    assertThat(texts(messages)).containsExactly("a", "b", "c");
    messages.forEach(message -> settle(session, message, Settlement.complete()));
    nothingIn(session);
  }

  @Test
  @Promise("semantics 3")
  void anAbandonedHeadComesBeforeAllLaterOnes() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");

    settle(session, take(session, "a"), Settlement.abandon());

    assertThat(take(session, "a").deliveryCount()).isEqualTo(2);
    assertThat(take(session, "b").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("SES-5")
  void aMessageAbandonedFromTheMiddleReturnsToItsPlace() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c", "d");
    SessionReceiver session = accept(queue, "s");
    take(session, "a");
    ReceivedMessage<byte[]> b = take(session, "b");
    take(session, "c");

    settle(session, b, Settlement.abandon());

    take(session, "b");
    take(session, "d");
  }

  @Test
  @Promise("SES-5")
  void messagesAbandonedBackwardsReturnInTheirOrder() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");
    List<ReceivedMessage<byte[]>> messages = takeAll(session, 3);

    for (int i = 2; i >= 0; i--) {
      settle(session, messages.get(i), Settlement.abandon());
    }

    consumeAll(session, "a", "b", "c");
  }

  @Test
  @Promise("SES-5")
  void messagesAbandonedForwardsReturnInTheirOrder() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");
    List<ReceivedMessage<byte[]>> messages = takeAll(session, 3);

    messages.forEach(message -> settle(session, message, Settlement.abandon()));

    consumeAll(session, "a", "b", "c");
  }

  @Test
  @Promise("SES-5")
  void releasedMessagesReturnInTheirOrderUncounted() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> a = take(session, "a");
    ReceivedMessage<byte[]> b = take(session, "b");

    settle(session, a, Settlement.release());
    settle(session, b, Settlement.release());

    assertThat(take(session, "a").deliveryCount()).isEqualTo(1);
    assertThat(take(session, "b").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 3")
  void aHeadInBackOffHoldsUpItsSession() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = accept(queue, "s");

    settle(session, take(session, "a"), Settlement.abandonAfter(step()));

    nothingIn(session);
    pass(step().dividedBy(2));
    nothingIn(session);
    pass(step().dividedBy(2));
    consumeAll(session, "a", "b");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 3")
  void aHeadInBackOffHoldsUpNoOtherSession() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    sendEachIn(queue, "t", "x", "y");
    SessionReceiver s = accept(queue, "s");
    settle(s, take(s, "a"), Settlement.abandonAfter(step()));

    consumeAll(accept(queue, "t"), "x", "y");
    nothingIn(s);
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 3")
  void aMessageInBackOffHoldsUpWhatComesAfterIt() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> a = take(session, "a");
    ReceivedMessage<byte[]> b = take(session, "b");

    settle(session, b, Settlement.abandonAfter(step()));

    nothingIn(session);
    settle(session, a, Settlement.complete());
    nothingIn(session);
    pass(step());
    consumeAll(session, "b", "c");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 3")
  void theNextHolderWaitsForTheHeadsBackOffToo() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver first = accept(queue, "s");
    settle(first, take(first, "a"), Settlement.abandonAfter(step()));
    await(first.closeAsync());

    SessionReceiver second = accept(queue, "s");

    nothingIn(second);
    pass(step());
    consumeAll(second, "a", "b");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 7")
  void theEndOfABackOffWakesTheSessionsHolder() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = accept(queue, "s");
    settle(session, take(session, "a"), Settlement.abandonAfter(step()));
    var receive = waiting(session);

    pass(step());

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Promise("semantics 7")
  void aSendWakesTheSessionsHolder() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    var receive = waiting(session);

    send(queue, "s", "a");

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  @Test
  @Promise("semantics 3")
  void aSendToAnotherSessionIsNotForTheHolder() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");

    send(queue, "t", "x");

    nothingIn(session);
    consumeAll(accept(queue, "t"), "x");
  }

  @Test
  @Needs(Capability.DEFER)
  @Promise("semantics 3")
  void aDeferredHeadLetsTheLaterOnesThrough() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> a = take(session, "a");

    settle(session, a, Settlement.defer());

    consumeAll(session, "b", "c");
    assertThat(texts(await(session.receiveDeferred(List.of(a.sequenceNumber())))))
        .containsExactly("a");
  }

  @Test
  @Promise("semantics 3")
  void aDeadLetteredHeadLetsTheLaterOnesThrough() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver session = accept(queue, "s");

    settle(session, take(session, "a"), Settlement.deadLetter("Broken", null));

    consumeAll(session, "b", "c");
    assertThat(deadLettersOf(queue, 1))
        .extracting(ReceivedMessage::sessionId)
        .containsExactly(Optional.of(SessionId.of("s")));
  }

  @Test
  @Promise("semantics 6")
  void aHeadThatFailedForTheLastTimeLetsTheLaterOnesThrough() {
    QueueName queue = sessionQueue(options -> options.withMaxDeliveryCount(2));
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = accept(queue, "s");
    settle(session, take(session, "a"), Settlement.abandon());

    settle(session, take(session, "a"), Settlement.abandon());

    consumeAll(session, "b");
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("SES-4")
  void whenASessionsLockEndsItsMessagesReturnInTheirOrder() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c", "d");
    SessionReceiver first = accept(queue, "s");
    take(first, "a");
    take(first, "b");
    take(first, "c");

    pass(lock());

    SessionReceiver second = accept(queue, "s");
    List<ReceivedMessage<byte[]>> again = takeAll(second, 4);
    assertThat(texts(again)).containsExactly("a", "b", "c", "d");
    assertThat(again).extracting(ReceivedMessage::deliveryCount).containsExactly(2, 2, 2, 1);
  }

  @Test
  @Promise("semantics 6")
  void whenASessionsLockEndsTheLastAllowedDeliveryIsDeadLettered() {
    QueueName queue = sessionQueue(options -> options.withMaxDeliveryCount(1));
    sendEachIn(queue, "s", "a", "b");
    take(accept(queue, "s"), "a");

    pass(lock());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
    consumeAll(accept(queue, "s"), "b");
  }

  @Test
  @Promise("semantics 4")
  void whatAClosedHolderHadNotSettledReturnsInItsOrderUncounted() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver first = accept(queue, "s");
    consume(first, "a");
    take(first, "b");
    take(first, "c");

    await(first.closeAsync());

    SessionReceiver second = accept(queue, "s");
    assertThat(take(second, "b").deliveryCount()).isEqualTo(1);
    assertThat(take(second, "c").deliveryCount()).isEqualTo(1);
    nothingIn(second);
  }

  @Test
  @Promise("semantics 4")
  void closingNeverDeadLetters() {
    QueueName queue = sessionQueue(options -> options.withMaxDeliveryCount(1));
    send(queue, "s", "a");
    for (int i = 0; i < 3; i++) {
      SessionReceiver session = accept(queue, "s");
      take(session, "a");
      await(session.closeAsync());
    }

    noDeadLettersIn(queue);
    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("semantics 3")
  void whatIsSentWhileAMessageIsInWorkComesAfterIt() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> a = take(session, "a");
    send(queue, "s", "b");

    settle(session, a, Settlement.abandon());

    consumeAll(session, "a", "b");
  }

  @Test
  @Promise("semantics 3")
  void failuresOfAllKindsLeaveTheOrderAsItWas() {
    QueueName queue = sessionQueue(options -> options.withMaxDeliveryCount(100));
    List<String> sent = IntStream.range(0, 12).mapToObj(i -> "m" + i).toList();
    sent.forEach(text -> send(queue, "s", text));

    List<String> completed = new ArrayList<>();
    int round = 0;
    while (completed.size() < sent.size()) {
      SessionReceiver session = accept(queue, "s");
      List<ReceivedMessage<byte[]>> held = await(session.receive(3, fixture.look()));
      assertThat(held).as("what is left of the session").isNotEmpty();
      settle(session, held.get(0), Settlement.complete());
      completed.add(text(held.get(0)));
      switch (round++ % 4) {
        case 0 -> await(session.closeAsync());
        case 1 -> pass(lock());
        case 2 -> {
          for (int i = held.size() - 1; i > 0; i--) {
            settle(session, held.get(i), Settlement.abandon());
          }
          await(session.closeAsync());
        }
        default -> {
          for (int i = 1; i < held.size(); i++) {
            settle(session, held.get(i), Settlement.release());
          }
          await(session.closeAsync());
        }
      }
    }

    assertThat(completed).isEqualTo(sent);
  }

  @Test
  @Promise("SES-12")
  void aSessionMayHaveAThousandMessages() {
    QueueName queue = sessionQueue();
    for (int i = 0; i < 10; i++) {
      int hundred = i * 100;
      await(
          provider
              .sender(queue)
              .sendAll(
                  IntStream.range(hundred, hundred + 100)
                      .mapToObj(n -> message("s", "m" + n).build())
                      .toList()));
    }
    SessionReceiver session = accept(queue, "s");

    List<String> received = new ArrayList<>();
    while (received.size() < 1000) {
      List<ReceivedMessage<byte[]>> some = await(session.receive(100, fixture.look()));
      assertThat(some).as("after %s messages", received.size()).isNotEmpty();
      some.forEach(message -> settle(session, message, Settlement.complete()));
      received.addAll(texts(some));
    }

    assertThat(received).isEqualTo(IntStream.range(0, 1000).mapToObj(n -> "m" + n).toList());
  }
}
