package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.servicebus.emulator.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What callers are told when the broker refuses for now, is slow, or closes the connection in good
 * order, and that what they were about to do can be done afterwards.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceBusRefusalTests extends FaultCase {

  /** How a broker refuses for now, and what callers are told of it. */
  enum Refusal {
    BUSY("com.microsoft:server-busy", Throttled.class),
    FORCED("amqp:connection:forced", ConnectionFailed.class);

    private final String condition;
    private final Class<? extends QueueRuntimeException> told;

    Refusal(String condition, Class<? extends QueueRuntimeException> told) {
      this.condition = condition;
      this.told = told;
    }

    /** Says which it was, that it may pass, when to try again, and what the SDK has said. */
    void isToldBy(Throwable failure) {
      assertThat(failure).isInstanceOf(told).hasRootCauseInstanceOf(Exception.class);
      assertThat(((QueueRuntimeException) failure).isTransient()).isTrue();
      if (failure instanceof Throttled throttled) {
        assertThat(throttled.retryAfter()).contains(Duration.ofSeconds(4));
      }
    }
  }

  /** Where a message comes from. */
  enum From {
    QUEUE,
    SESSION
  }

  private QueueName queueWithOneMessage(From from) {
    QueueName queue = from == From.QUEUE ? queue() : sessionQueue();
    if (from == From.QUEUE) {
      send(queue, "a");
    } else {
      send(queue, S, "a");
    }
    return queue;
  }

  private QueueReceiver open(From from, QueueName queue) {
    return from == From.QUEUE ? receiver(queue) : accept(queue, S);
  }

  private void nothingIsLeftOf(QueueName queue) {
    assertThat(provider().admin().statistics(queue).active()).isZero();
    assertThat(locked(queue)).isZero();
  }

  // Settlements

  private static List<Arguments> settlements() {
    return Stream.of(From.values())
        .flatMap(
            from ->
                Stream.of(
                        Settlement.complete(),
                        Settlement.abandon(),
                        Settlement.release(),
                        Settlement.defer())
                    .map(settlement -> Arguments.of(from, settlement)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("settlements")
  void aSettlementThatIsRefusedForNowCanBeMadeAgain(From from, Settlement settlement) {
    QueueName queue = queueWithOneMessage(from);
    QueueReceiver receiver = open(from, queue);
    ReceivedMessage<byte[]> message = take(receiver);
    Fault busy = faults().queue(queue.value()).times(2).rejectSettles(Refusal.BUSY.condition);

    Refusal.BUSY.isToldBy(failure(receiver.settle(message, settlement)));
    Refusal.BUSY.isToldBy(failure(receiver.settle(message, settlement)));
    assertThat(busy.used()).isEqualTo(2);
    assertThat(locked(queue)).isEqualTo(1);
    receiver.settle(message, settlement).join();

    if (settlement instanceof Settlement.Abandon || settlement instanceof Settlement.Release) {
      ReceivedMessage<byte[]> again = take(receiver);
      assertThat(text(again)).isEqualTo("a");
      assertThat(again.deliveryCount()).isEqualTo(settlement instanceof Settlement.Abandon ? 2 : 1);
    } else if (settlement instanceof Settlement.Defer) {
      assertThat(locked(queue)).isZero();
      assertThat(receiver.receiveDeferred(List.of(message.sequenceNumber())).join())
          .extracting(FaultCase::text)
          .containsExactly("a");
    } else {
      nothingIsLeftOf(queue);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMessageWhoseCompletionIsRefusedForNowCanBeDeadLettered(From from) {
    QueueName queue = queueWithOneMessage(from);
    QueueReceiver receiver = open(from, queue);
    ReceivedMessage<byte[]> message = take(receiver);
    faults().queue(queue.value()).times(1).rejectSettles(Refusal.BUSY.condition);
    Refusal.BUSY.isToldBy(failure(receiver.settle(message, Settlement.complete())));

    receiver.settle(message, Settlement.deadLetter("reason", "description")).join();

    nothingIsLeftOf(queue);
    ReceivedMessage<byte[]> letter = take(provider().receiver(queue, SubQueue.DEAD_LETTER));
    assertThat(text(letter)).isEqualTo("a");
    assertThat(letter.deadLetter().orElseThrow().reason()).isEqualTo("reason");
  }

  private long locked(QueueName queue) {
    return emulated.emulator.namespace().statistics(queue.value()).locked();
  }

  @Test
  void aSettlementGoesAroundAConnectionThatWasClosed() {
    QueueName queue = queueWithOneMessage(From.QUEUE);
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    faults().closeConnections(Refusal.FORCED.condition);
    untilItWorks(() -> send(queue, "b"));
    untilItWorks(() -> receiver.settle(message, Settlement.complete()).join());

    assertThat(text(take(receiver))).isEqualTo("b");
  }

  @Test
  void aSettlementInASessionEndsWithItsConnection() {
    QueueName queue = queueWithOneMessage(From.SESSION);
    SessionReceiver session = accept(queue, S);
    ReceivedMessage<byte[]> message = take(session);

    faults().closeConnections(Refusal.FORCED.condition);

    assertThat(failure(session.receive(1, PATIENCE))).isInstanceOf(SessionLockLost.class);
    assertThat(failure(session.settle(message, Settlement.complete())))
        .isInstanceOf(SessionLockLost.class);
    untilItWorks(
        () -> {
          ReceivedMessage<byte[]> again = take(accept(queue, S));
          assertThat(text(again)).isEqualTo("a");
        });
  }

  // Renewals

  @ParameterizedTest
  @EnumSource
  void aRenewalThatIsRefusedForNowLosesNoLock(From from) {
    QueueName queue = queueWithOneMessage(from);
    QueueReceiver receiver = open(from, queue);
    ReceivedMessage<byte[]> message = take(receiver);
    Instant first = message.lockedUntil().orElseThrow();
    Fault busy = faults().queue(queue.value()).times(1).rejectRequests(Refusal.BUSY.condition);

    Refusal.BUSY.isToldBy(failure(receiver.renewLock(message)));
    assertThat(busy.used()).isEqualTo(1);
    emulated.advance(Duration.ofSeconds(10));
    Instant renewed = receiver.renewLock(message).join();

    assertThat(renewed).isAfter(first);
    receiver.settle(message, Settlement.complete()).join();
    nothingIsLeftOf(queue);
  }

  @Test
  void aLockIsRenewedOverANewConnection() {
    QueueName queue = queueWithOneMessage(From.QUEUE);
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    faults().closeConnections(Refusal.FORCED.condition);
    untilItWorks(() -> receiver.renewLock(message).join());
    emulated.advance(Duration.ofSeconds(50));
    untilItWorks(() -> receiver.renewLock(message).join());
    emulated.advance(Duration.ofSeconds(50));

    receiver.settle(message, Settlement.complete()).join();
    nothingIsLeftOf(queue);
  }

  @Test
  void theLockOfASessionEndsWithItsConnection() {
    QueueName queue = queueWithOneMessage(From.SESSION);
    SessionReceiver session = accept(queue, S);

    faults().closeConnections(Refusal.FORCED.condition);

    assertThat(failure(session.receive(1, PATIENCE))).isInstanceOf(SessionLockLost.class);
    assertThat(failure(session.renewSessionLock())).isInstanceOf(SessionLockLost.class);
  }

  @Test
  void aStateThatIsRefusedForNowIsThereAfterwards() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, S);
    session.setState(new byte[] {1}).join();
    faults().queue(queue.value()).times(2).rejectRequests(Refusal.BUSY.condition);

    Refusal.BUSY.isToldBy(failure(session.setState(new byte[] {2})));
    Refusal.BUSY.isToldBy(failure(session.state()));

    assertThat(session.state().join()).contains(new byte[] {1});
  }

  @ParameterizedTest
  @EnumSource
  void aLookThatIsRefusedForNowCanBeTakenAgain(Refusal refusal) {
    QueueName queue = queueWithOneMessage(From.QUEUE);
    QueueReceiver receiver = receiver(queue);
    faults().queue(queue.value()).times(1).rejectRequests(refusal.condition);

    refusal.isToldBy(failure(receiver.peek(SequenceNumber.START, 10)));

    assertThat(receiver.peek(SequenceNumber.START, 10).join()).hasSize(1);
  }

  // Accepts

  @ParameterizedTest
  @EnumSource
  void aSessionThatIsRefusedForNowCanBeAcceptedAgain(Refusal refusal) {
    QueueName queue = queueWithOneMessage(From.SESSION);
    Fault refused = faults().queue(queue.value()).times(1).refuseAttaches(refusal.condition);

    refusal.isToldBy(failure(provider().acceptSession(queue, S, PATIENCE)));
    assertThat(refused.used()).isEqualTo(1);

    assertThat(text(take(accept(queue, S)))).isEqualTo("a");
  }

  @ParameterizedTest
  @EnumSource
  void aNextSessionThatIsRefusedForNowCanBeAcceptedAgain(Refusal refusal) {
    QueueName queue = queueWithOneMessage(From.SESSION);
    Fault refused = faults().queue(queue.value()).times(1).refuseAttaches(refusal.condition);

    refusal.isToldBy(failure(provider().acceptNextSession(queue, PATIENCE)));
    assertThat(refused.used()).isEqualTo(1);

    assertThat(text(take(acceptNext(queue)))).isEqualTo("a");
  }

  @Test
  void aWaitingAcceptIsToldThatItsConnectionWasClosed() {
    QueueName queue = sessionQueue();
    send(queue, S, "a");
    SessionReceiver held = acceptNext(queue);
    var waiting = provider().acceptNextSession(queue, PATIENCE);
    while (emulated.emulator.links(queue.value()) < 3) {
      Thread.onSpinWait(); // sender, held session, and the one that is waited for
    }

    faults().closeConnections(Refusal.FORCED.condition);

    Throwable told = failure(waiting);
    if (told != null) { // it may also have got the session that became free
      assertThat(told).isInstanceOf(QueueRuntimeException.class);
      assertThat(((QueueRuntimeException) told).isTransient()).isTrue();
    }
    assertThat(failure(held.renewSessionLock())).isInstanceOf(SessionLockLost.class);
  }

  // Receives

  @ParameterizedTest
  @EnumSource
  void aReceiveOutlivesALinkThatIsRefusedForNow(Refusal refusal) {
    QueueName queue = queueWithOneMessage(From.QUEUE);
    Fault refused = faults().queue(queue.value()).times(2).refuseAttaches(refusal.condition);

    ReceivedMessage<byte[]> message = take(receiver(queue));

    assertThat(text(message)).isEqualTo("a");
    assertThat(message.deliveryCount()).isEqualTo(1);
    assertThat(refused.used()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void aReceiveIsToldWhenALinkIsRefusedAgainAndAgain(Refusal refusal) {
    QueueName queue = queueWithOneMessage(From.QUEUE);
    QueueReceiver receiver = receiver(queue);
    Fault refused = faults().queue(queue.value()).refuseAttaches(refusal.condition);

    refusal.isToldBy(failure(receiver.receive(1, PATIENCE)));
    assertThat(refused.used()).as("one, and its retries").isEqualTo(4);
    refused.lift();

    assertThat(text(take(receiver))).isEqualTo("a");
  }

  @Test
  void aWaitingReceiveOutlivesAConnectionThatIsClosed() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    send(queue, "first");
    receiver.settle(take(receiver), Settlement.complete()).join();
    CompletableFuture<List<ReceivedMessage<byte[]>>> waiting = receiver.receive(1, PATIENCE);

    faults().closeConnections(Refusal.FORCED.condition);
    untilItWorks(() -> send(queue, "second"));

    assertThat(waiting.join()).extracting(FaultCase::text).containsExactly("second");
  }

  // Sends

  @Test
  void aSendGoesOnOverANewConnection() {
    QueueName queue = queue();
    send(queue, "a");

    faults().closeConnections(Refusal.FORCED.condition);
    untilItWorks(() -> send(queue, "b"));

    assertThat(receiver(queue).peek(SequenceNumber.START, 10).join())
        .extracting(FaultCase::text)
        .containsExactly("a", "b");
  }

  @Test
  void aSendWaitsForCredit() {
    QueueName queue = queue();
    Fault withheld = faults().queue(queue.value()).withholdCredit();
    CompletableFuture<SendReceipt> send = provider().sender(queue).send(message("a").build());
    while (emulated.emulator.links(queue.value()) == 0) {
      Thread.onSpinWait(); // until there is a link that is given none
    }
    assertThat(receiver(queue).peek(SequenceNumber.START, 1).join()).isEmpty();
    assertThat(send).isNotDone();

    withheld.lift();

    send.join();
    assertThat(receiver(queue).peek(SequenceNumber.START, 10).join()).hasSize(1);
  }

  @Test
  void aSendThatGetsNoCreditEndsAndIsNotMadeLater() {
    QueueName queue = queue();
    try (ServiceBusQueueProvider sending =
        emulated.provider(
            emulated
                .options()
                .withRetry(new ServiceBusRetry(0, Duration.ofMillis(1), Duration.ofSeconds(1))))) {
      Fault withheld = faults().queue(queue.value()).withholdCredit();

      assertThat(failure(sending.sender(queue).send(message("a").build())))
          .isInstanceOf(OperationTimedOut.class)
          .hasRootCauseInstanceOf(Exception.class);
      untilLinks(queue, 0); // until then the SDK would make use of credit
      withheld.lift();
      untilItWorks(() -> sending.sender(queue).send(message("b").build()).join());
    }

    assertThat(receiver(queue).peek(SequenceNumber.START, 10).join())
        .extracting(FaultCase::text)
        .containsExactly("b");
  }

  @Test
  void whatIsSlowToBeAttachedServesAllTheSame() {
    Fault slow = faults().delayAttaches(Duration.ofMillis(200));
    QueueName queue = queueWithOneMessage(From.QUEUE);
    QueueName sessions = queueWithOneMessage(From.SESSION);

    QueueReceiver receiver = receiver(queue);
    receiver.settle(take(receiver), Settlement.complete()).join();
    SessionReceiver next = acceptNext(sessions);
    next.settle(take(next), Settlement.complete()).join();
    next.close();
    SessionReceiver named = accept(sessions, S);

    assertThat(receive(named, GLANCE)).isEmpty();
    assertThat(slow.used()).as("senders, receiver and sessions").isGreaterThanOrEqualTo(5);
    nothingIsLeftOf(queue);
    nothingIsLeftOf(sessions);
  }
}
