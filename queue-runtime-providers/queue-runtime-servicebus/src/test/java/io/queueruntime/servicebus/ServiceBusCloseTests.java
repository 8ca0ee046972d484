package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** What a closed provider leaves behind in the process: nothing. */
@Isolated("threads of the whole process are looked at")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ServiceBusCloseTests {

  /** A guard: closing takes well below a second. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final QueueName PLAIN = QueueName.of("plain");
  private static final QueueName SESSIONS = QueueName.of("sessions");

  private static final SessionId HELD = SessionId.of("held");
  private static final SessionId PASSING = SessionId.of("passing");
  private static final int CUTS = 10;
  private static final int RESTARTS = 5;

  /** A sender for each queue, who receives from one, and who accepts sessions of the other. */
  private static final int CLIENTS = 4;

  @TempDir Path data;

  /**
   * Threads of other tests' clients, which the SDK lets wait for an answer as long as their options
   * say: up to ten minutes.
   */
  private final Set<Thread> ofOthers = Set.copyOf(allThreads());

  private Emulated emulated = new Emulated();

  @AfterEach
  void close() {
    emulated.close();
  }

  @Test
  void aClosedProviderLeavesNoConnectionAndNoThread() throws InterruptedException {
    ServiceBusQueueProvider provider = emulated.provider();
    provider.admin().create(PLAIN, QueueOptions.DEFAULTS);
    provider.admin().create(SESSIONS, QueueOptions.DEFAULTS.withSessions(true));
    provider.sender(PLAIN).send(OutgoingMessage.of(new byte[1]).build()).join();
    provider.receiver(PLAIN, SubQueue.MAIN).receive(1, PATIENCE).join();
    provider.acceptSession(SESSIONS, SessionId.of("s"), PATIENCE).join();
    provider.acceptNextSession(SESSIONS, Duration.ZERO).join();
    emulated.emulator.faults().cutConnections();
    untilItWorks(() -> provider.sender(PLAIN).send(OutgoingMessage.of(new byte[1]).build()).join());
    assertThat(ownThreads()).isNotEmpty();

    provider.close();

    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (Thread thread : ownThreads()) {
      thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
    }
    assertThat(ownThreads()).as(this::whereTheyAre).isEmpty();
    while (emulated.emulator.connections() > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait(); // a foreign client gives no signal
    }
    assertThat(emulated.emulator.connections()).isZero();
  }

  @Test
  void fifteenFaultsLeaveNoMoreBehindThanEachClientNeeds() {
    emulated.close();
    emulated = new Emulated(EmulatorOptions.DEFAULTS.withData(data));
    ServiceBusQueueProvider provider = emulated.provider();
    provider.admin().create(PLAIN, QueueOptions.DEFAULTS);
    provider.admin().create(SESSIONS, QueueOptions.DEFAULTS.withSessions(true));
    useAll(provider, 0);

    Footprint early = null;
    for (int round = 1; round <= CUTS; round++) {
      emulated.emulator.faults().cutConnections();
      useAll(provider, round);
      early = round == 2 ? footprint() : early;
    }
    becomes(early.spread());
    for (int round = 1; round <= RESTARTS; round++) {
      emulated.restart();
      useAll(provider, CUTS + round);
    }
    becomes(early.spread());

    provider.close();
    becomes(new Footprint(0, 0, 0, 0));
  }

  /** What there is of a provider in the process and at the broker. */
  private record Footprint(int connections, int plainLinks, int sessionLinks, int threads) {

    /**
     * The same when each client has come to a connection of its own, as a sender does that found
     * the one it was on dead: with a thread for each, and a pair of links for requests.
     */
    Footprint spread() {
      return new Footprint(
          CLIENTS, plainLinks + 2 * CLIENTS, sessionLinks + 2 * CLIENTS, threads + CLIENTS);
    }

    boolean isWithin(Footprint other) {
      return connections <= other.connections
          && plainLinks <= other.plainLinks
          && sessionLinks <= other.sessionLinks
          && threads <= other.threads;
    }
  }

  private Footprint footprint() {
    return new Footprint(
        emulated.emulator.connections(),
        emulated.emulator.links(PLAIN.value()),
        emulated.emulator.links(SESSIONS.value()),
        ownThreads().size());
  }

  /** What is being closed goes in its own time, and a foreign client gives no signal of it. */
  private void becomes(Footprint most) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Footprint found = footprint();
    while (!found.isWithin(most) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(10_000_000);
      found = footprint();
    }
    assertThat(found)
        .as(this::whereTheyAre)
        .matches(last -> last.isWithin(most), "is no more than " + most);
  }

  /** Sends, receives, keeps a session, and takes another one and gives it back. */
  private static void useAll(ServiceBusQueueProvider provider, int round) {
    String text = "round " + round;
    send(provider, PLAIN, null, text);
    take(text, () -> provider.receiver(PLAIN, SubQueue.MAIN));
    send(provider, SESSIONS, HELD, text);
    take(text, () -> provider.acceptSession(SESSIONS, HELD, PATIENCE).join());
    send(provider, SESSIONS, PASSING, text);
    take(text, () -> provider.acceptNextSession(SESSIONS, PATIENCE).join().orElseThrow()).close();
  }

  private static void send(
      ServiceBusQueueProvider provider, QueueName queue, @Nullable SessionId session, String text) {
    OutgoingMessage.Builder message =
        OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8)).messageId(text);
    OutgoingMessage built =
        session == null
            ? message.build()
            : message.messageId(text + session).sessionId(session).build();
    untilItWorks(() -> provider.sender(queue).send(built).join());
  }

  /** Settles the messages up to that one: a settlement may have been lost with its connection. */
  private static QueueReceiver take(String last, Supplier<QueueReceiver> open) {
    AtomicReference<QueueReceiver> receiver = new AtomicReference<>();
    AtomicBoolean taken = new AtomicBoolean();
    while (!taken.get()) {
      untilItWorks(
          () -> {
            receiver.set(open.get());
            ReceivedMessage<byte[]> message = receiver.get().receive(1, PATIENCE).join().get(0);
            receiver.get().settle(message, Settlement.complete()).join();
            taken.set(new String(message.body(), StandardCharsets.UTF_8).equals(last));
          });
    }
    return receiver.get();
  }

  /** Tries until it works, as the runtime's callers do. */
  private static void untilItWorks(Runnable work) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    boolean worked = false;
    while (!worked) {
      try {
        work.run();
        worked = true;
      } catch (CompletionException e) {
        assertThat(System.nanoTime()).as("still failing: %s", e.getCause()).isLessThan(deadline);
      }
    }
  }

  private List<Thread> ownThreads() {
    return allThreads().stream().filter(thread -> !ofOthers.contains(thread)).toList();
  }

  private static List<Thread> allThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .filter(
            thread ->
                thread.getName().startsWith("queue-runtime-servicebus-")
                    || thread.getName().startsWith("reactor-executor"))
        .toList();
  }

  private String whereTheyAre() {
    return ownThreads().stream()
        .map(thread -> thread + " at " + Arrays.toString(thread.getStackTrace()))
        .collect(Collectors.joining("; "));
  }
}
