package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Which links to the broker are open, counted at the broker: those in use, however many came and
 * went.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceBusLinksTests {

  private static final int ROUNDS = 8;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration LONG = Duration.ofHours(1);

  private final Emulated emulated = new Emulated();
  private final List<ServiceBusQueueProvider> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(ServiceBusQueueProvider::close);
    emulated.close();
  }

  private ServiceBusQueueProvider provider(ServiceBusOptions options) {
    ServiceBusQueueProvider provider = emulated.provider(options);
    opened.add(provider);
    return provider;
  }

  private static QueueName queue(ServiceBusQueueProvider provider, String name, boolean sessions) {
    QueueName queue = QueueName.of(name);
    provider.admin().create(queue, QueueOptions.DEFAULTS.withSessions(sessions));
    return queue;
  }

  private int links(QueueName queue) {
    return emulated.emulator.links(queue.value());
  }

  /** The broker gives no signal when a client has detached a link, so it is looked at. */
  private static void until(String what, BooleanSupplier reached) {
    long end = System.nanoTime() + SOON.toNanos();
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private void untilLinksAre(int expected, QueueName queue) {
    until(
        "%d links to '%s', found %d".formatted(expected, queue, links(queue)),
        () -> links(queue) == expected);
  }

  private static void send(ServiceBusQueueProvider provider, QueueName queue, String session) {
    OutgoingMessage.Builder message = OutgoingMessage.of(new byte[] {1});
    provider
        .sender(queue)
        .send((session.isEmpty() ? message : message.sessionId(SessionId.of(session))).build())
        .join();
  }

  private static void take(QueueReceiver receiver, Settlement settlement) {
    List<ReceivedMessage<byte[]>> messages = receiver.receive(1, SOON).join();
    assertThat(messages).hasSize(1);
    receiver.settle(messages.get(0), settlement).join();
  }

  /** Sends, receives, gives up a receive, settles and renews on links that all share. */
  private static void useReceivers(ServiceBusQueueProvider provider, QueueName queue) {
    try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN);
        QueueReceiver dead = provider.receiver(queue, SubQueue.DEAD_LETTER)) {
      receiver.receive(1, LONG).cancel(false);
      send(provider, queue, "");
      take(receiver, Settlement.deadLetter("bad", "worse"));
      take(dead, Settlement.complete());
      CompletableFuture<List<ReceivedMessage<byte[]>>> pending = receiver.receive(1, LONG);
      receiver.close();
      assertThat(pending.join()).isEmpty();
    }
  }

  @Test
  void receiversAndSendersLeaveNoLinksBehind() {
    ServiceBusQueueProvider provider = provider(emulated.options());
    QueueName queue = queue(provider, "plain", false);
    useReceivers(provider, queue);
    int inUse = links(queue);
    assertThat(inUse).as("a sender, a receiver of messages and one of dead letters").isPositive();

    for (int i = 0; i < ROUNDS; i++) {
      useReceivers(provider, queue);
    }

    assertThat(links(queue)).isEqualTo(inUse);
    provider.close();
    untilLinksAre(0, queue);
    until("no connection", () -> emulated.emulator.connections() == 0);
  }

  @Test
  void sessionsLeaveNoLinksBehindHoweverTheyEnd() {
    ServiceBusQueueProvider provider = provider(emulated.options());
    ServiceBusQueueProvider other = provider(emulated.options());
    QueueName queue = queue(provider, "sessions", true);
    for (int i = 0; i < ROUNDS; i++) {
      String id = "s" + i;
      send(provider, queue, id);
      SessionReceiver held = provider.acceptSession(queue, SessionId.of(id), SOON).join();
      take(held, Settlement.complete());
      assertThatThrownBy(
              () -> other.acceptSession(queue, SessionId.of(id), Duration.ofMillis(300)).join())
          .hasCauseInstanceOf(SessionLocked.class);
      provider.acceptNextSession(queue, LONG).cancel(false);
      send(provider, queue, id);
      held.closeAsync().join();
      Optional<SessionReceiver> next = provider.acceptNextSession(queue, SOON).join();
      take(next.orElseThrow(), Settlement.complete());
      next.orElseThrow().closeAsync().join();
    }

    // A sender, and two links for requests: none for a session that nobody holds.
    until("at most 3 links of each provider, found " + links(queue), () -> links(queue) <= 2 * 3);
    provider.close();
    other.close();
    untilLinksAre(0, queue);
  }

  @Test
  void linksThatFailedAreNotThereBesideThoseThatReplacedThem() {
    ServiceBusQueueProvider provider =
        provider(
            emulated
                .options()
                .withRetry(new ServiceBusRetry(3, Duration.ofMillis(50), Duration.ofSeconds(10))));
    QueueName queue = queue(provider, "failing", false);
    useReceivers(provider, queue);
    int inUse = links(queue);

    for (int i = 0; i < ROUNDS; i++) {
      emulated.emulator.faults().queue("failing").detachLinks("amqp:link:detach-forced");
      useReceivers(provider, queue);
    }

    until("at most %d links, found %d".formatted(inUse, links(queue)), () -> links(queue) <= inUse);
    provider.close();
    untilLinksAre(0, queue);
  }

  @Test
  void linksThatMakeRoomForOthersAreDetachedWhileAllWorkGoesOn() {
    int bound = 3;
    ServiceBusQueueProvider provider = provider(emulated.options().withCache(bound, LONG));
    List<QueueName> queues = new ArrayList<>();
    for (int i = 0; i < 4 * bound; i++) {
      queues.add(queue(provider, "q" + i, false));
    }

    for (int round = 0; round < 3; round++) {
      CompletableFuture<?>[] working =
          queues.stream()
              .map(
                  queue ->
                      CompletableFuture.runAsync(
                          () -> {
                            send(provider, queue, "");
                            try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN)) {
                              take(receiver, Settlement.complete());
                            }
                          },
                          work -> new Thread(work).start()))
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(working).join();
    }
    // All were in use at once and stayed; what is used next makes the idle ones go.
    QueueName last = queues.get(0);
    send(provider, last, "");
    try (QueueReceiver receiver = provider.receiver(last, SubQueue.MAIN)) {
      take(receiver, Settlement.complete());
    }

    // The SDK detaches the link of a closed sender with the connection only, so each queue has one.
    until(
        "a link to receive from few queues",
        () -> queues.stream().filter(queue -> links(queue) > 1).count() <= bound);
    assertThat(links(last)).isEqualTo(2);
  }

  @Test
  void queuesSpreadOverAsManyConnectionsAsAreAllowed() {
    ServiceBusQueueProvider provider = provider(emulated.options().withConnections(3));
    for (int i = 0; i < 9; i++) {
      useReceivers(provider, queue(provider, "q" + i, false));
    }

    assertThat(emulated.emulator.connections()).isEqualTo(3);
    provider.close();
    until("no connection", () -> emulated.emulator.connections() == 0);
  }

  private static final Duration LESS_THAN_A_LOCK = Duration.ofSeconds(30);

  private ReceivedMessage<byte[]> heldBeyondItsFirstLock(QueueReceiver receiver) {
    ReceivedMessage<byte[]> held = receiver.receive(1, SOON).join().get(0);
    for (int i = 0; i < 3; i++) {
      emulated.advance(LESS_THAN_A_LOCK);
      receiver.renewLock(held).join();
    }
    assertThat(held.lockedUntil().orElseThrow()).isBefore(emulated.now());
    return held;
  }

  @Test
  void aLinkStaysWhileAMessageIsHeldWithARenewedLock() {
    ServiceBusQueueProvider provider = provider(emulated.options().withCache(1, LONG));
    QueueName queue = queue(provider, "renewed", false);
    QueueName another = queue(provider, "another", false);
    send(provider, queue, "");
    try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN);
        QueueReceiver other = provider.receiver(another, SubQueue.MAIN)) {
      ReceivedMessage<byte[]> held = heldBeyondItsFirstLock(receiver);

      assertThat(other.receive(1, Duration.ofMillis(1)).join()).isEmpty();

      receiver.settle(held, Settlement.complete()).join();
    }
  }

  @Test
  void aMessageThatIsHeldWithARenewedLockIsGivenBackByAClosingProvider() {
    ServiceBusQueueProvider provider = provider(emulated.options());
    ServiceBusQueueProvider next = provider(emulated.options());
    QueueName queue = queue(provider, "renewed", false);
    send(provider, queue, "");
    ReceivedMessage<byte[]> held = heldBeyondItsFirstLock(provider.receiver(queue, SubQueue.MAIN));

    provider.close();

    assertThat(next.receiver(queue, SubQueue.MAIN).receive(1, SOON).join())
        .singleElement()
        .satisfies(
            again -> {
              assertThat(again.sequenceNumber()).isEqualTo(held.sequenceNumber());
              assertThat(again.deliveryCount()).isEqualTo(1);
            });
  }

  @Test
  void anAcceptThatNobodyWaitsForAnyMoreServesTheNextCallerHoweverLate() {
    Duration idle = Duration.ofMinutes(5);
    ServiceBusQueueProvider provider = provider(emulated.options().withCache(1_000, idle));
    QueueName queue = queue(provider, "quiet", true);
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(provider.acceptNextSession(queue, Duration.ofMillis(50)).join()).isEmpty();
      emulated.advance(idle.multipliedBy(2));
    }

    until("one link, found " + links(queue), () -> links(queue) == 1);
    send(provider, queue, "s");
    SessionReceiver session = provider.acceptNextSession(queue, SOON).join().orElseThrow();
    take(session, Settlement.complete());
    session.closeAsync().join();
  }
}
