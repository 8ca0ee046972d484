package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What a closed provider leaves behind in the process: nothing. */
@Isolated("threads of the whole process are looked at")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ServiceBusCloseTests {

  /** A guard: closing takes well below a second. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final QueueName PLAIN = QueueName.of("plain");
  private static final QueueName SESSIONS = QueueName.of("sessions");

  private final Emulated emulated = new Emulated();

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
    assertThat(ownThreads()).isEmpty();
    while (emulated.emulator.connections() > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait(); // a foreign client gives no signal
    }
    assertThat(emulated.emulator.connections()).isZero();
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

  private static List<Thread> ownThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive())
        .filter(
            thread ->
                thread.getName().startsWith("queue-runtime-servicebus-")
                    || thread.getName().startsWith("reactor-executor"))
        .toList();
  }
}
