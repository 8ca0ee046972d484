package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What grows with the number of sessions. Stateless. */
final class ManySessions {

  private static final int STATE = 16;
  private static final int IN_FLIGHT = 2_000;

  private ManySessions() {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    int sessions = settings.many();
    Path directory = settings.newDirectory("sessions");
    try {
      acceptNext(settings, directory, sessions, found);
    } finally {
      Directories.delete(directory);
    }
    directory = settings.newDirectory("sessions");
    try {
      idle(settings, directory, sessions / 4, found);
    } finally {
      Directories.delete(directory);
    }
  }

  private static void acceptNext(
      ScaleSettings settings, Path directory, int sessions, Consumer<Finding> found)
      throws Exception {
    long empty = Stock.heap();
    try (EmbeddedQueueProvider provider = open(settings, directory)) {
      byte[] body = Stock.body(Stock.BODY);
      Stock.fill(
          provider.sender(Embedded.QUEUE),
          sessions,
          number -> OutgoingMessage.of(body).sessionId(id(number)).build());
    }
    try (EmbeddedQueueProvider provider = open(settings, directory)) {
      found.accept(
          Finding.of(
              "heap for each of %,d sessions with a waiting message".formatted(sessions),
              "%.1f bytes".formatted((double) (Stock.heap() - empty) / sessions)));
      for (int callers : new int[] {1, 8}) {
        Cell cell =
            new Cell(
                callers,
                Stock.BODY,
                settings.durability(),
                settings.time(),
                settings.time().multipliedBy(2),
                directory);
        Outcome accepted =
            Callers.measure(
                cell,
                caller ->
                    () -> {
                      SessionReceiver session =
                          provider
                              .acceptNextSession(Embedded.QUEUE, Duration.ofSeconds(5))
                              .join()
                              .orElse(null);
                      if (session == null) {
                        return false;
                      }
                      var received = session.receive(1, Duration.ZERO).join();
                      session.settle(received.get(0), Settlement.complete());
                      session.closeAsync();
                      return true;
                    });
        String what =
            "sessions accepted, received from and completed by %d, of %,d"
                .formatted(callers, sessions);
        found.accept(
            callers == 1
                ? Finding.of(what, "%,.0f /s".formatted(accepted.perSecond()))
                : Finding.atLeast(what, accepted.perSecond(), 5_000, "/s"));
      }
    }
  }

  /** Sessions without messages are there only as far as something is stored with them. */
  private static void idle(
      ScaleSettings settings, Path directory, int sessions, Consumer<Finding> found)
      throws Exception {
    long empty = Stock.heap();
    try (EmbeddedQueueProvider provider = open(settings, directory)) {
      Semaphore room = new Semaphore(IN_FLIGHT);
      byte[] state = Stock.body(STATE);
      for (int i = 0; i < sessions; i++) {
        room.acquire();
        provider
            .acceptSession(Embedded.QUEUE, id(i), Duration.ZERO)
            .thenCompose(
                session -> session.setState(state).thenCompose(nothing -> session.closeAsync()))
            .whenComplete((nothing, failure) -> room.release());
      }
      if (!room.tryAcquire(IN_FLIGHT, 1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("Sessions were not given back within a minute.");
      }
    }
    try (EmbeddedQueueProvider provider = open(settings, directory)) {
      found.accept(
          Finding.atMost(
              "heap for each of %,d idle sessions with a state of %d bytes"
                  .formatted(sessions, STATE),
              (double) (Stock.heap() - empty) / sessions,
              200,
              "bytes"));
      long kept = provider.admin().statistics(Embedded.QUEUE).sessions();
      if (kept != sessions) {
        throw new IllegalStateException(
            "Of %,d sessions %,d are there after a restart.".formatted(sessions, kept));
      }
    }
  }

  private static EmbeddedQueueProvider open(ScaleSettings settings, Path directory) {
    EmbeddedQueueProvider provider = new EmbeddedQueueProvider(settings.options(directory));
    if (!List.copyOf(provider.admin().list()).contains(Embedded.QUEUE)) {
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS.withSessions(true));
    }
    return provider;
  }

  private static SessionId id(int number) {
    return SessionId.of("session-%07d".formatted(number));
  }
}
