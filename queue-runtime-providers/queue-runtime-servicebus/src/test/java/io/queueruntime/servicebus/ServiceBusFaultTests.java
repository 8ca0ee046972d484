package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.messaging.servicebus.ServiceBusException;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.servicebus.emulator.Fault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of messages, and how soon work goes on, when the broker or the network fails. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceBusFaultTests extends FaultCase {

  @Test
  void aLostSendAcknowledgementLeadsToOneMessageWhereDuplicatesAreDetected() {
    QueueName queue = queue();
    faults().queue(queue.value()).times(1).loseSendAcknowledgements();

    try (ServiceBusQueueProvider sending =
        emulated.provider(emulated.options().withRetry(IMPATIENT))) {
      untilItWorks(() -> sending.sender(queue).send(message("a").build()).join());
    }

    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    ReceivedMessage<byte[]> message = take(receiver);
    receiver.settle(message, Settlement.complete()).join();
    assertThat(receive(receiver, Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void aServerThatIsBusyForAMomentIsWaitedFor() {
    QueueName queue = queue();
    faults().queue(queue.value()).times(1).rejectSends("com.microsoft:server-busy");

    untilItWorks(() -> send(queue, "a"));

    assertThat(text(take(provider().receiver(queue, SubQueue.MAIN)))).isEqualTo("a");
  }

  @Test
  void aServerThatStaysBusyIsToldAsThrottlingWithItsWait() {
    QueueName queue = queue();
    faults().queue(queue.value()).rejectSends("com.microsoft:server-busy");

    Throwable failure = failure(provider().sender(queue).send(message("a").build()));

    assertThat(failure)
        .isInstanceOfSatisfying(
            Throttled.class, told -> assertThat(told.retryAfter()).contains(Duration.ofSeconds(4)));
    assertThat(failure).hasCauseInstanceOf(ServiceBusException.class);
  }

  @Test
  void aSettlementSurvivesTheEndOfItsLink() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    ReceivedMessage<byte[]> message = take(receiver);

    faults().queue(queue.value()).detachLinks("amqp:link:detach-forced");
    untilItWorks(() -> receiver.settle(message, Settlement.complete()).join());

    emulated.advance(QueueOptions.DEFAULTS.lockDuration().plusSeconds(1));
    assertThat(receive(receiver, Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void aLinkThatEndsWhileASettlementIsOnItsWayLeavesOneOutcome() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    ReceivedMessage<byte[]> message = take(receiver);
    Fault lost = faults().queue(queue.value()).times(1).loseSettleAcknowledgements();

    CompletableFuture<Void> settling = receiver.settle(message, Settlement.complete());
    while (lost.used() == 0) {
      Thread.onSpinWait(); // until the broker has carried it out
    }
    faults().queue(queue.value()).detachLinks("amqp:link:detach-forced");
    Throwable told = failure(settling.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS));

    assertThat(told).as("the answer never came").isInstanceOf(ConnectionFailed.class);
    assertThat(failure(receiver.settle(message, Settlement.complete())))
        .as("it was carried out")
        .isInstanceOf(LockLost.class);
    emulated.advance(QueueOptions.DEFAULTS.lockDuration().plusSeconds(1));
    assertThat(receive(receiver, Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void aLockThatIsLostWhileAHandlerRunsSettlesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    ReceivedMessage<byte[]> late = take(receiver);

    faults().queue(queue.value()).loseLocks();

    assertThat(failure(receiver.settle(late, Settlement.complete()))).isInstanceOf(LockLost.class);
    ReceivedMessage<byte[]> again = take(receiver);
    assertThat(text(again)).isEqualTo("a");
    assertThat(again.deliveryCount()).isEqualTo(2);
  }

  @Test
  void aSessionThatIsLostWhileAHandlerRunsCanBeAcceptedAnew() {
    QueueName queue = queue(QueueOptions.DEFAULTS.withSessions(true));
    SessionId s = SessionId.of("s");
    provider().sender(queue).send(message("a").sessionId(s).build()).join();
    SessionReceiver lost = provider().acceptSession(queue, s, PATIENCE).join();
    ReceivedMessage<byte[]> late = take(lost);

    faults().queue(queue.value()).loseLocks();

    assertThat(failure(lost.settle(late, Settlement.complete())))
        .isInstanceOf(SessionLockLost.class);
    SessionReceiver holder = provider().acceptSession(queue, s, PATIENCE).join();
    assertThat(text(take(holder))).isEqualTo("a");
    assertThat(failure(lost.renewSessionLock())).isInstanceOf(SessionLockLost.class);
  }

  @Test
  void anAcceptThatTheBrokerLeavesWithoutAnAnswerEnds() {
    QueueName queue = sessionQueue();
    faults().queue(queue.value()).delayAttaches(Duration.ofHours(1));
    ServiceBusRetry hasty = new ServiceBusRetry(0, Duration.ofMillis(100), Duration.ofSeconds(1));

    try (ServiceBusQueueProvider accepting =
        emulated.provider(emulated.options().withRetry(hasty))) {
      CompletableFuture<SessionReceiver> accept =
          accepting.acceptSession(queue, S, Duration.ofSeconds(1));

      assertThat(failure(accept.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)))
          .isInstanceOf(OperationTimedOut.class);
    }
  }

  @Test
  void eachCallerOfALostSessionIsToldByAnExceptionOfHisOwn() {
    QueueName queue = queue(QueueOptions.DEFAULTS.withSessions(true));
    SessionReceiver lost = provider().acceptSession(queue, SessionId.of("s"), PATIENCE).join();
    faults().queue(queue.value()).loseLocks();

    Throwable renewing = failure(lost.renewSessionLock());
    Throwable receiving = failure(lost.receive(1, PATIENCE));
    Throwable renewingAgain = failure(lost.renewSessionLock());

    assertThat(List.of(renewing, receiving, renewingAgain))
        .allSatisfy(told -> assertThat(told).isInstanceOf(SessionLockLost.class))
        .doesNotHaveDuplicates();
    assertThat(root(receiving)).as("what was learned first").isSameAs(root(renewingAgain));
  }

  private static Throwable root(Throwable failure) {
    return failure.getCause() == null ? failure : root(failure.getCause());
  }

  @Test
  void aWaitingReceiveOutlivesACutConnection() {
    QueueName queue = queue();
    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    send(queue, "first");
    receiver.settle(take(receiver), Settlement.complete()).join();
    CompletableFuture<List<ReceivedMessage<byte[]>>> waiting =
        receiver.receive(1, Duration.ofMinutes(1));

    faults().cutConnections();
    Duration healed = metronome.now();
    untilItWorks(() -> send(queue, "second"));

    assertThat(metronome.since(healed)).as("until sent").isLessThan(RECOVERY);
    assertThat(waiting.join()).extracting(ServiceBusFaultTests::text).containsExactly("second");
    assertThat(metronome.since(healed)).as("until received").isLessThan(RECOVERY);
  }

  @Test
  void aSessionOfACutConnectionIsAcceptedAgain() {
    QueueName queue = queue(QueueOptions.DEFAULTS.withSessions(true));
    SessionId s = SessionId.of("s");
    provider().sender(queue).send(message("a").sessionId(s).build()).join();
    SessionReceiver session = provider().acceptNextSession(queue, PATIENCE).join().orElseThrow();
    assertThat(text(take(session))).isEqualTo("a");

    faults().cutConnections();

    assertThat(failure(session.receive(1, PATIENCE))).isInstanceOf(SessionLockLost.class);
    Duration recovery =
        untilItWorks(
            () -> {
              SessionReceiver again =
                  provider().acceptSession(queue, s, Duration.ofSeconds(1)).join();
              assertThat(text(take(again))).isEqualTo("a");
            });
    assertThat(recovery).isLessThan(RECOVERY);
  }
}
