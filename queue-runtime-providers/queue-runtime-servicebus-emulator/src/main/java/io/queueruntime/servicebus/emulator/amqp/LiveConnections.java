package io.queueruntime.servicebus.emulator.amqp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * The connections that clients have to one server now, and what is done to all of them: each on its
 * own loop, and done when a method returns.
 *
 * <p>Thread-safe; methods that wait are not for a loop's thread.
 */
public final class LiveConnections {

  /** How long clients get to answer a detach before a caller goes on. */
  private static final Duration SETTLING = Duration.ofSeconds(1);

  /** How long loops get to do what they were told: a guard, they take moments. */
  private static final Duration DOING = Duration.ofSeconds(30);

  private final Set<AmqpConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean frozen;

  LiveConnections() {}

  /** Takes in a connection that begins; on its loop. */
  void add(AmqpConnection connection) {
    connections.add(connection);
    if (frozen) {
      connection.freeze(true);
    }
  }

  /** Forgets a connection that has gone. */
  void remove(AmqpConnection connection) {
    connections.remove(connection);
    if (connections.isEmpty()) {
      synchronized (connections) {
        connections.notifyAll();
      }
    }
  }

  /** How many clients are connected. */
  public int count() {
    return connections.size();
  }

  /**
   * How many links to the queue are attached, or to all queues: those of senders, of receivers and
   * of requests.
   */
  public int links(@Nullable String queue) {
    AtomicInteger links = new AtomicInteger();
    await(
        eachRole(
            queue,
            role -> {
              links.incrementAndGet();
              return CompletableFuture.completedFuture(null);
            }),
        DOING);
    return links.get();
  }

  /** Ends live links to the queue, or all of them, with an error; see {@link #settle}. */
  public void detachLinks(@Nullable String queue, @Nullable String condition, String text) {
    settle(
        eachRole(
            queue,
            role -> {
              role.detach(
                  condition == null ? null : new ErrorCondition(Symbol.valueOf(condition), text));
              return CompletableFuture.completedFuture(null);
            }));
  }

  /** Has links look again at what they rest on; see {@link #settle}. */
  public void recheck(@Nullable String queue) {
    settle(recheckSoon(queue));
  }

  /** The same for a thread that must not wait. */
  CompletableFuture<Void> recheckSoon(@Nullable String queue) {
    return eachRole(queue, LinkRole::recheck);
  }

  /** Closes every connection with an error. */
  public void close(String condition, String text) {
    ErrorCondition why = new ErrorCondition(Symbol.valueOf(condition), text);
    await(eachOf(connection -> connection.close(why)), DOING);
  }

  /** Drops every socket without a word. */
  public void cut() {
    await(eachOf(AmqpConnection::cut), DOING);
  }

  /** Stops reading and writing on every connection, also later ones, and keeps the sockets. */
  public void freeze(boolean freeze) {
    frozen = freeze;
    await(eachOf(connection -> connection.freeze(freeze)), DOING);
  }

  /** Tells every client why it ends and waits so long for them to go; then drops their sockets. */
  void end(ErrorCondition why, Duration patience) {
    eachOf(
        connection -> {
          connection.freeze(false);
          connection.close(why);
        });
    awaitNone(patience);
    eachOf(AmqpConnection::cut);
  }

  private void awaitNone(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    boolean interrupted = false;
    synchronized (connections) {
      for (long left = patience.toNanos();
          left > 0 && !connections.isEmpty();
          left = end - System.nanoTime()) {
        try {
          TimeUnit.NANOSECONDS.timedWait(connections, Math.max(left, 1_000_000));
        } catch (InterruptedException e) {
          interrupted = true;
          break;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until it is done and, for a second at most, until clients have answered the detaches that
   * came of it: what a client does afterwards does not cross with them.
   */
  private void settle(CompletableFuture<Void> done) {
    await(done, DOING);
    await(each(AmqpConnection::answered), SETTLING);
  }

  /** What the caller does next comes after it, unless it takes longer than that. */
  private static void await(CompletableFuture<Void> done, Duration atMost) {
    try {
      done.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException notDone) {
      // The connection that it failed on is closed already; one that is stuck is waited for no
      // longer.
    }
  }

  /** Runs the work on each connection's loop; completes when all of it has, also when it failed. */
  CompletableFuture<Void> each(Function<AmqpConnection, CompletableFuture<?>> work) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (AmqpConnection connection : connections) {
      CompletableFuture<Object> done = new CompletableFuture<>();
      all.add(done);
      connection.onLoop(
          () -> {
            try {
              work.apply(connection).whenComplete((value, failure) -> done.complete(done));
            } catch (RuntimeException | Error failed) {
              done.complete(done);
              throw failed;
            }
          });
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> eachOf(Consumer<AmqpConnection> work) {
    return each(
        connection -> {
          work.accept(connection);
          return CompletableFuture.completedFuture(null);
        });
  }

  private CompletableFuture<Void> eachRole(
      @Nullable String queue, Function<LinkRole, CompletableFuture<?>> work) {
    return each(
        connection -> {
          List<CompletableFuture<?>> all = new ArrayList<>();
          for (LinkRole role : connection.roles()) {
            if (queue == null || role.serves(queue)) {
              all.add(work.apply(role));
            }
          }
          return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
        });
  }
}
