package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * As many callers send, one by one, as receive and complete; a receiver takes a few messages at
 * once and completes each, and goes on when all of that is durable. With sessions it takes hold of
 * whichever has waited longest, receives in order, which is checked, and lets go when the session
 * has no more. Immutable.
 *
 * @param sessions over which the messages are spread; 0: a plain queue
 */
record SessionTraffic(int sessions) implements Subject {

  private static final int AT_ONCE = 10;
  private static final Duration WAIT = Duration.ofMillis(100);

  /** Enough for more than one message in each session; the same for all that are compared. */
  private static final int IN_FLIGHT = 20_000;

  @Override
  public String name() {
    return sessions == 0 ? "plain queue" : "%,d sessions".formatted(sessions);
  }

  @Override
  public Outcome measure(Cell cell) throws Exception {
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(Embedded.options(cell))) {
      provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS.withSessions(sessions > 0));
      return new Run(cell, provider, sessions).measure();
    }
  }

  /** One measurement. Thread-safe. */
  private static final class Run {
    private final Cell cell;
    private final EmbeddedQueueProvider provider;
    private final SessionId[] ids;
    private final AtomicLongArray expected;
    private final Semaphore room = new Semaphore(IN_FLIGHT);
    private final Callers.Hops hops;

    Run(Cell cell, EmbeddedQueueProvider provider, int sessions) {
      this.cell = cell;
      this.provider = provider;
      this.ids = new SessionId[sessions];
      for (int i = 0; i < sessions; i++) {
        ids[i] = SessionId.of(Integer.toString(i));
      }
      this.expected = new AtomicLongArray(sessions);
      this.hops = new Callers.Hops(cell);
    }

    Outcome measure() throws Exception {
      ExecutorService threads = Executors.newCachedThreadPool();
      try {
        List<Future<?>> running = new ArrayList<>();
        running.addAll(Callers.keepGoing(threads, cell.callers(), this::sending));
        running.addAll(Callers.keepGoing(threads, cell.callers(), this::receiving));
        Outcome outcome = hops.await();
        for (Future<?> loop : running) {
          loop.get();
        }
        return outcome;
      } finally {
        threads.shutdownNow();
      }
    }

    /** Each sender has sessions of its own, so that the order in each of them is known. */
    private Callers.Call sending(int caller) {
      QueueSender sender = provider.sender(Embedded.QUEUE);
      int own = ids.length / cell.callers();
      long[] sent = {0};
      return () -> {
        if (room.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
          byte[] body = Embedded.stamped(cell.body());
          OutgoingMessage.Builder message = OutgoingMessage.of(body);
          if (own > 0) {
            int session = caller + cell.callers() * (int) (sent[0] % own);
            ByteBuffer.wrap(body).putLong(8, sent[0] / own);
            message = OutgoingMessage.of(body).sessionId(ids[session]);
          }
          sent[0]++;
          sender.send(message.build()).join();
        }
        return !hops.over();
      };
    }

    private Callers.Call receiving(int caller) {
      if (ids.length == 0) {
        QueueReceiver receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
        return () -> {
          completeAll(receiver, receiver.receive(AT_ONCE, WAIT).join());
          return !hops.over();
        };
      }
      Duration linger = ids.length <= cell.callers() ? WAIT : Duration.ZERO;
      return () -> {
        Optional<SessionReceiver> held = provider.acceptNextSession(Embedded.QUEUE, WAIT).join();
        if (held.isPresent()) {
          SessionReceiver session = held.get();
          int id = Integer.parseInt(session.sessionId().value());
          List<ReceivedMessage<byte[]>> received;
          do {
            received = session.receive(AT_ONCE, linger).join();
            received.forEach(message -> check(id, message));
            completeAll(session, received);
          } while (!hops.over() && received.size() == AT_ONCE
              || !linger.isZero() && !received.isEmpty());
          session.closeAsync();
        }
        return !hops.over();
      };
    }

    private void check(int session, ReceivedMessage<byte[]> message) {
      long number = ByteBuffer.wrap(message.body()).getLong(8);
      if (number != expected.getAndIncrement(session)) {
        throw new IllegalStateException(
            "Session %d delivered its message %d out of order.".formatted(session, number));
      }
    }

    private void completeAll(QueueReceiver receiver, List<ReceivedMessage<byte[]>> received) {
      long arrivedAt = System.nanoTime();
      CompletableFuture<?>[] settled = new CompletableFuture<?>[received.size()];
      for (int i = 0; i < settled.length; i++) {
        settled[i] = receiver.settle(received.get(i), Settlement.complete());
      }
      CompletableFuture.allOf(settled).join();
      for (ReceivedMessage<byte[]> message : received) {
        hops.arrived(Embedded.stamp(message.body()), arrivedAt);
        room.release();
      }
    }
  }
}
