package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.azure.messaging.servicebus.ServiceBusException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.Fault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of messages, and how soon work goes on, when the broker or the network fails. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceBusFaultTests {

  /** How soon work has to go on once a fault is healed, by the {@link Metronome}. */
  private static final Duration RECOVERY = Duration.ofSeconds(5);

  /** A guard against waiting for ever, for what has no bound of its own. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How long a half-open connection stays that way: longer than the client's idle time-out. */
  private static final Duration HALF_OPEN = Duration.ofSeconds(32);

  /** For who has to notice that an answer does not come. */
  private static final ServiceBusRetry IMPATIENT =
      new ServiceBusRetry(3, Duration.ofMillis(100), Duration.ofSeconds(5));

  @TempDir Path data;

  private final Metronome metronome = new Metronome();
  private Emulated emulated = new Emulated();
  private @Nullable ServiceBusQueueProvider opened;

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
    emulated.close();
    metronome.close();
  }

  private ServiceBusQueueProvider provider() {
    if (opened == null) {
      opened = emulated.provider();
    }
    return opened;
  }

  private QueueName queue(QueueOptions options) {
    QueueName queue = QueueName.of("faults-" + UUID.randomUUID());
    assertThat(provider().admin().create(queue, options)).isTrue();
    return queue;
  }

  private QueueName queue() {
    return queue(QueueOptions.DEFAULTS);
  }

  private static OutgoingMessage.Builder message(String text) {
    return OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8)).messageId("id-" + text);
  }

  private void send(QueueName queue, String text) {
    provider().sender(queue).send(message(text).build()).join();
  }

  private static List<ReceivedMessage<byte[]>> receive(QueueReceiver receiver, Duration wait) {
    return receiver.receive(10, wait).join();
  }

  private static ReceivedMessage<byte[]> take(QueueReceiver receiver) {
    List<ReceivedMessage<byte[]>> messages = receive(receiver, PATIENCE);
    assertThat(messages).hasSize(1);
    return messages.get(0);
  }

  private static String text(ReceivedMessage<byte[]> message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  private static Throwable failure(CompletableFuture<?> future) {
    Throwable thrown = catchThrowable(future::join);
    return thrown instanceof CompletionException && thrown.getCause() != null
        ? thrown.getCause()
        : thrown;
  }

  /** Tries until it works, as the runtime's callers do, and says how long that took. */
  private Duration untilItWorks(Runnable work) {
    Duration begun = metronome.now();
    while (true) {
      try {
        work.run();
        return metronome.since(begun);
      } catch (CompletionException e) {
        boolean passing =
            e.getCause() instanceof QueueRuntimeException failure && failure.isTransient();
        assertThat(passing).as("a failure that may pass: %s", e.getCause()).isTrue();
        assertThat(metronome.since(begun)).as("still failing").isLessThan(PATIENCE);
      }
    }
  }

  @Test
  void aLostSendAcknowledgementLeadsToOneMessageWhereDuplicatesAreDetected() {
    QueueName queue = queue();
    emulated.emulator.faults().queue(queue.value()).times(1).loseSendAcknowledgements();

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
    emulated
        .emulator
        .faults()
        .queue(queue.value())
        .times(1)
        .rejectSends("com.microsoft:server-busy");

    untilItWorks(() -> send(queue, "a"));

    assertThat(text(take(provider().receiver(queue, SubQueue.MAIN)))).isEqualTo("a");
  }

  @Test
  void aServerThatStaysBusyIsToldAsThrottlingWithItsWait() {
    QueueName queue = queue();
    emulated.emulator.faults().queue(queue.value()).rejectSends("com.microsoft:server-busy");

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

    emulated.emulator.faults().queue(queue.value()).detachLinks("amqp:link:detach-forced");
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
    Fault lost =
        emulated.emulator.faults().queue(queue.value()).times(1).loseSettleAcknowledgements();

    CompletableFuture<Void> settling = receiver.settle(message, Settlement.complete());
    while (lost.used() == 0) {
      Thread.onSpinWait(); // until the broker has carried it out
    }
    emulated.emulator.faults().queue(queue.value()).detachLinks("amqp:link:detach-forced");
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

    emulated.emulator.faults().queue(queue.value()).loseLocks();

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

    emulated.emulator.faults().queue(queue.value()).loseLocks();

    assertThat(failure(lost.settle(late, Settlement.complete())))
        .isInstanceOf(SessionLockLost.class);
    SessionReceiver holder = provider().acceptSession(queue, s, PATIENCE).join();
    assertThat(text(take(holder))).isEqualTo("a");
    assertThat(failure(lost.renewSessionLock())).isInstanceOf(SessionLockLost.class);
  }

  @Test
  void eachCallerOfALostSessionIsToldByAnExceptionOfHisOwn() {
    QueueName queue = queue(QueueOptions.DEFAULTS.withSessions(true));
    SessionReceiver lost = provider().acceptSession(queue, SessionId.of("s"), PATIENCE).join();
    emulated.emulator.faults().queue(queue.value()).loseLocks();

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

    emulated.emulator.faults().cutConnections();
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

    emulated.emulator.faults().cutConnections();

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

  @Test
  void workGoesOnSoonAfterAConnectionThatWasDeadForHalfAMinute() {
    QueueName queue = queue();
    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    send(queue, "before");
    receiver.settle(take(receiver), Settlement.complete()).join();

    var frozen = emulated.emulator.faults().freezeConnections();
    CompletableFuture<?> during = provider().sender(queue).send(message("during").build());
    assertThat(failure(during.orTimeout(HALF_OPEN.toSeconds(), TimeUnit.SECONDS))).isNotNull();
    new CompletableFuture<>()
        .completeOnTimeout("dead for so long", HALF_OPEN.toSeconds(), TimeUnit.SECONDS)
        .join();
    frozen.lift();
    Duration healed = metronome.now();

    untilItWorks(() -> send(queue, "after"));
    assertThat(metronome.since(healed)).as("until sent").isLessThan(RECOVERY);
    untilItWorks(() -> assertThat(receive(receiver, PATIENCE)).isNotEmpty());
    assertThat(metronome.since(healed)).as("until received").isLessThan(RECOVERY);
  }

  @Test
  void workGoesOnSoonAfterARestartOnTheSamePort() {
    emulated.close();
    emulated = new Emulated(EmulatorOptions.DEFAULTS.withData(data));
    QueueName queue = queue();
    QueueReceiver receiver = provider().receiver(queue, SubQueue.MAIN);
    send(queue, "before");

    emulated.restart();
    Duration healed = metronome.now();

    untilItWorks(() -> send(queue, "after"));
    assertThat(metronome.since(healed)).as("until sent").isLessThan(RECOVERY);
    untilItWorks(
        () ->
            assertThat(receive(receiver, PATIENCE))
                .extracting(ServiceBusFaultTests::text)
                .contains("before"));
    assertThat(metronome.since(healed)).as("until received").isLessThan(RECOVERY);
  }
}
