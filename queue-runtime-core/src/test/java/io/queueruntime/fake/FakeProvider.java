package io.queueruntime.fake;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Server;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Queues in memory whose time moves only when a test says so. Everything that happens is written
 * down as a line of text, and can be waited for.
 *
 * <p>Thread-safe: one mutex; futures complete on the thread that caused it, after the mutex is
 * free.
 */
public final class FakeProvider implements QueueProvider {

  public enum Operation {
    SEND,
    RECEIVE,
    SETTLE,
    RENEW,
    ACCEPT
  }

  public static final Duration LONGEST_TEST_WAIT = Duration.ofSeconds(20);

  final Object mutex = new Object();
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private volatile boolean silent;
  private volatile int looks;
  private final Map<QueueName, FakeQueue> queues = new TreeMap<>();
  private final Map<Operation, Deque<RuntimeException>> failures = new EnumMap<>(Operation.class);
  private final List<String> events = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private Set<Capability> features = EnumSet.allOf(Capability.class);
  private boolean holdSettlements;
  private volatile boolean laterRenewals;
  private boolean closed;

  public FakeProvider create(String name, QueueOptions options) {
    admin().create(QueueName.of(name), options);
    return this;
  }

  /** From now on, whether a session waits right now is not answered. */
  public FakeProvider silentAboutSessions() {
    silent = true;
    return this;
  }

  /** How often that was asked meanwhile. */
  public int looksForSessions() {
    return looks;
  }

  public FakeProvider without(Capability... missing) {
    EnumSet<Capability> left = EnumSet.allOf(Capability.class);
    for (Capability capability : missing) {
      left.remove(capability);
    }
    features = left;
    return this;
  }

  /** Moves time, and everything that happens by time. */
  public void advance(Duration duration) {
    List<Runnable> after = new ArrayList<>();
    synchronized (mutex) {
      now = now.plus(duration);
      queues.values().forEach(queue -> queue.serve(after));
      mutex.notifyAll();
    }
    after.forEach(Runnable::run);
  }

  /** The next calls of that kind fail so, one each. */
  public void failNext(Operation operation, RuntimeException... with) {
    synchronized (mutex) {
      failures.computeIfAbsent(operation, any -> new ArrayDeque<>()).addAll(List.of(with));
    }
  }

  /**
   * Settlements take effect, but their futures do not complete until {@link #answerSettlements}.
   */
  public void holdSettlements() {
    synchronized (mutex) {
      holdSettlements = true;
    }
  }

  /** Renewals are answered a little later, on another thread. */
  public void answerRenewalsLater() {
    laterRenewals = true;
  }

  <T> CompletableFuture<T> answerRenewal(CompletableFuture<T> answer) {
    return laterRenewals
        ? new CompletableFuture<Void>()
            .completeOnTimeout(null, 20, TimeUnit.MILLISECONDS)
            .thenCompose(then -> answer)
        : answer;
  }

  public void answerSettlements() {
    List<Runnable> after;
    synchronized (mutex) {
      holdSettlements = false;
      after = new ArrayList<>(held);
      held.clear();
    }
    after.forEach(Runnable::run);
  }

  /**
   * Lines such as {@code complete m1}, {@code abandon(PT1S) m1}, {@code accept s1}, {@code close
   * s1}, {@code renew m1}.
   */
  public List<String> events() {
    synchronized (mutex) {
      return List.copyOf(events);
    }
  }

  public List<String> events(Predicate<String> which) {
    return events().stream().filter(which).toList();
  }

  public void awaitEvent(String line) {
    await("event '" + line + "'", () -> events.contains(line));
  }

  public void awaitEvents(String line, int times) {
    await(times + " x '" + line + "'", () -> events.stream().filter(line::equals).count() >= times);
  }

  /** Waits until that many receives, or accepts, are waiting on the queue. */
  public void awaitWaiting(String queue, int waiting) {
    await(waiting + " waiting on " + queue, () -> queue(QueueName.of(queue)).waiting() == waiting);
  }

  public void awaitEmpty(String queue) {
    await(queue + " to be empty", () -> queue(QueueName.of(queue)).messages.isEmpty());
  }

  private void await(String what, java.util.function.BooleanSupplier condition) {
    long deadline = System.nanoTime() + LONGEST_TEST_WAIT.toNanos();
    synchronized (mutex) {
      while (!condition.getAsBoolean()) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new AssertionError("Waited in vain for " + what + "; so far: " + events);
        }
        try {
          mutex.wait(left);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  void record(String event) {
    events.add(event);
    mutex.notifyAll();
  }

  /** Called with the mutex held. */
  void check(Operation operation) {
    if (closed) {
      throw new Closed(null, "The fake provider is closed.");
    }
    Deque<RuntimeException> planned = failures.get(operation);
    if (planned != null && !planned.isEmpty()) {
      RuntimeException failure = planned.removeFirst();
      record(operation + " failed");
      throw failure;
    }
  }

  /** Called with the mutex held. */
  void answerSettlement(CompletableFuture<Void> future, List<Runnable> after) {
    if (holdSettlements) {
      held.add(() -> future.complete(null));
    } else {
      after.add(() -> future.complete(null));
    }
  }

  FakeQueue queue(QueueName name) {
    FakeQueue queue = queues.get(name);
    if (queue == null) {
      throw new QueueNotFound(name.value(), "There is no queue '" + name + "'.");
    }
    return queue;
  }

  /** Runs with the mutex held, then serves whoever waits. */
  <T> CompletableFuture<T> change(
      QueueName name,
      java.util.function.BiFunction<FakeQueue, List<Runnable>, CompletableFuture<T>> action) {
    List<Runnable> after = new ArrayList<>();
    CompletableFuture<T> result;
    synchronized (mutex) {
      try {
        FakeQueue queue = queue(name);
        result = action.apply(queue, after);
        queue.serve(after);
      } catch (QueueRuntimeException e) {
        result = CompletableFuture.failedFuture(e);
      } catch (RuntimeException e) {
        result = CompletableFuture.failedFuture(e);
      }
      mutex.notifyAll();
    }
    after.forEach(Runnable::run);
    return result;
  }

  public int size(String queue) {
    synchronized (mutex) {
      return queue(QueueName.of(queue)).messages.size();
    }
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public Capabilities capabilities() {
    Set<Capability> missing = EnumSet.allOf(Capability.class);
    missing.removeAll(features);
    return Capabilities.all(Server.of("fake"), new Limits(1 << 20, 100, 1 << 20, null))
        .without(missing, "It is missing on purpose.");
  }

  @Override
  public QueueSender sender(QueueName queue) {
    return new FakeSender(this, queue);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return new FakeReceiver(this, queue, subQueue);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return this.change(
        queue,
        (found, after) -> {
          check(Operation.ACCEPT);
          return found.accept(sessionId, maxWait);
        });
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    if (silent && maxWait.isZero()) {
      looks = looks + 1;
      return new CompletableFuture<>();
    }
    return this.change(
        queue,
        (found, after) -> {
          check(Operation.ACCEPT);
          return found.acceptNext(maxWait);
        });
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return new FakeDeadLetters(this, queue);
  }

  @Override
  public QueueAdmin admin() {
    return new QueueAdmin() {
      @Override
      public boolean create(QueueName queue, QueueOptions options) {
        synchronized (mutex) {
          return queues.putIfAbsent(queue, new FakeQueue(FakeProvider.this, queue, options))
              == null;
        }
      }

      @Override
      public void update(QueueName queue, QueueOptions options) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean delete(QueueName queue) {
        List<Runnable> after = new ArrayList<>();
        synchronized (mutex) {
          FakeQueue gone = queues.remove(queue);
          if (gone != null) {
            gone.end(new QueueNotFound(queue.value(), "There is no queue '" + queue + "'."), after);
          }
          mutex.notifyAll();
          after.forEach(Runnable::run);
          return gone != null;
        }
      }

      @Override
      public boolean exists(QueueName queue) {
        synchronized (mutex) {
          return queues.containsKey(queue);
        }
      }

      @Override
      public Optional<QueueDescription> describe(QueueName queue) {
        synchronized (mutex) {
          return Optional.ofNullable(queues.get(queue))
              .map(q -> new QueueDescription(queue, q.options, now));
        }
      }

      @Override
      public QueueStatistics statistics(QueueName queue) {
        throw new UnsupportedOperationException();
      }

      @Override
      public long purge(QueueName queue) {
        throw new UnsupportedOperationException();
      }

      @Override
      public List<QueueName> list() {
        synchronized (mutex) {
          return List.copyOf(queues.keySet());
        }
      }
    };
  }

  @Override
  public void close() {
    List<Runnable> after = new ArrayList<>();
    synchronized (mutex) {
      closed = true;
      queues.values().forEach(queue -> queue.end(null, after));
      mutex.notifyAll();
    }
    after.forEach(Runnable::run);
  }
}
