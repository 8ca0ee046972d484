package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityListener;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for clients and serves them: a few loops, among which connections are dealt out in turn.
 *
 * <p>Thread-safe.
 */
public final class AmqpServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AmqpServer.class);

  /** How long clients get to hear that the server closes. */
  private static final long CLOSING_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long clients get to answer a detach before a caller goes on. */
  private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long loops get to do what they were told: a guard, they take moments. */
  private static final long DOING_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);
  private static final int BACKLOG = 1024;

  private final Served served;
  private final List<SelectorLoop> loops = new ArrayList<>();
  private final ServerSocketChannel listening;
  private final Set<AmqpConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger admitted = new AtomicInteger();
  private int next;
  private volatile boolean frozen;
  private volatile boolean closed;

  /**
   * Binds and serves.
   *
   * @param key what tokens are signed with
   * @param address where to listen; port 0: any
   * @param threads loops, at least 1
   * @throws UncheckedIOException when the address cannot be bound
   */
  public AmqpServer(
      Namespace namespace,
      SharedAccessKey key,
      AmqpLimits limits,
      FaultPoints faults,
      InetSocketAddress address,
      int threads) {
    this.served = new Served(namespace, key, limits, faults);
    this.listening = bound(address);
    for (int i = 0; i < threads; i++) {
      loops.add(new SelectorLoop("servicebus-emulator-amqp-" + port() + "-" + (i + 1)));
    }
    listen();
    loops.forEach(SelectorLoop::start);
    namespace.addListener(new Changes());
  }

  private static ServerSocketChannel bound(InetSocketAddress address) {
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.bind(address, BACKLOG);
        channel.configureBlocking(false);
        return channel;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot listen for AMQP on %s: %s. Choose another port, or 0 for any."
              .formatted(address, e.getMessage()),
          e);
    }
  }

  /** The port that clients connect to. */
  public int port() {
    return listening.socket().getLocalPort();
  }

  /** How many clients are connected. */
  public int connections() {
    return connections.size();
  }

  /**
   * How many links to the queue are attached, or to all queues: those of senders, of receivers and
   * of requests.
   */
  public int links(@Nullable String queue) {
    AtomicInteger links = new AtomicInteger();
    await(
        eachOf(
            connection ->
                connection
                    .roles()
                    .forEach(
                        role -> {
                          if (queue == null || role.serves(queue)) {
                            links.incrementAndGet();
                          }
                        })));
    return links.get();
  }

  /** Ends live links to the queue, or all of them, with an error; see {@link #settle}. */
  public void detachLinks(@Nullable String queue, String condition, String text) {
    settle(
        eachRole(
            queue,
            role -> {
              role.detach(new ErrorCondition(Symbol.valueOf(condition), text));
              return CompletableFuture.completedFuture(null);
            }));
  }

  /** Takes away every lock that clients hold on the queue, or on all; see {@link #settle}. */
  public void loseLocks(@Nullable String queue) {
    settle(
        eachRole(
            queue,
            role -> {
              role.loseLocks();
              return CompletableFuture.completedFuture(null);
            }));
  }

  /** Has links look again at what they rest on; see {@link #settle}. */
  public void recheck(@Nullable String queue) {
    settle(eachRole(queue, LinkRole::recheck));
  }

  /**
   * Waits until it is done and, for a second at most, until clients have answered the detaches that
   * came of it: what a client does afterwards does not cross with them.
   */
  private void settle(CompletableFuture<Void> done) {
    await(done);
    long end = System.nanoTime() + SETTLING_NANOS;
    boolean settled = false;
    while (!settled && System.nanoTime() < end) {
      LockSupport.parkNanos(200_000);
      AtomicBoolean answered = new AtomicBoolean(true);
      CompletableFuture<Void> asked =
          each(
              connection -> {
                if (!connection.hasAnswers()) {
                  answered.set(false);
                }
                return CompletableFuture.completedFuture(null);
              });
      settled = isDoneBy(asked, end) && answered.get();
    }
  }

  /** Waits until every loop has done it: what the caller does next comes after it. */
  private static void await(CompletableFuture<Void> done) {
    isDoneBy(done, System.nanoTime() + DOING_NANOS);
  }

  private static boolean isDoneBy(CompletableFuture<Void> asked, long end) {
    while (!asked.isDone() && System.nanoTime() < end) {
      LockSupport.parkNanos(100_000);
    }
    return asked.isDone();
  }

  /** Closes every connection with an error. */
  public void closeConnections(String condition, String text) {
    await(
        eachOf(
            connection -> connection.close(new ErrorCondition(Symbol.valueOf(condition), text))));
  }

  /** Drops every socket without a word. */
  public void cutConnections() {
    await(eachOf(AmqpConnection::cut));
  }

  /** Stops reading and writing on every connection, also later ones, and keeps the sockets. */
  public void freeze(boolean freeze) {
    frozen = freeze;
    await(eachOf(connection -> connection.freeze(freeze)));
  }

  /** Tells clients, closes their connections and stops listening. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      listening.close();
    } catch (IOException e) {
      log.debug("Closing the listening socket failed.", e);
    }
    loops.get(0).execute(() -> {});
    eachOf(
        connection -> {
          connection.freeze(false);
          connection.close(
              AmqpErrors.of(AmqpErrors.FORCED, "The connection was closed: the server stops."));
        });
    long end = System.nanoTime() + CLOSING_NANOS;
    while (!connections.isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    eachOf(AmqpConnection::cut);
    loops.forEach(SelectorLoop::close);
  }

  /** Runs the work on each connection's loop; completes when all of it has. */
  private CompletableFuture<Void> each(Function<AmqpConnection, CompletableFuture<?>> work) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (AmqpConnection connection : connections) {
      CompletableFuture<Object> done = new CompletableFuture<>();
      all.add(done);
      connection.onLoop(
          () -> work.apply(connection).whenComplete((value, failure) -> done.complete(done)));
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

  /** Comes before the loops start: afterwards {@link #close} may have closed the socket already. */
  private void listen() {
    SelectorLoop.Ready accept = key -> accept();
    try {
      listening.register(loops.get(0).selector(), SelectionKey.OP_ACCEPT, accept);
    } catch (ClosedChannelException e) {
      throw new IllegalStateException("A socket that nobody knows yet was closed.", e);
    }
  }

  private void accept() {
    try {
      SocketChannel channel = listening.accept();
      while (channel != null) {
        admit(channel);
        channel = listening.accept();
      }
    } catch (IOException e) {
      if (!closed) {
        log.warn("A client could not be accepted; others are again in a moment.", e);
        pauseAccepting();
      }
    }
  }

  /** Without a pause a lack of file descriptors would keep the loop busy with nothing else. */
  private void pauseAccepting() {
    SelectorLoop loop = loops.get(0);
    SelectionKey key = listening.keyFor(loop.selector());
    if (key != null && key.isValid()) {
      key.interestOps(0);
      loop.after(
          ACCEPT_PAUSE,
          () -> {
            if (key.isValid()) {
              key.interestOps(SelectionKey.OP_ACCEPT);
            }
          });
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    if (closed || admitted.get() >= served.limits().maxConnections()) {
      log.warn("A client was turned away: {} are connected, the limit.", admitted.get());
      channel.close();
      return;
    }
    admitted.incrementAndGet();
    SelectorLoop loop = loops.get(next++ % loops.size());
    loop.execute(() -> serve(loop, channel));
  }

  private void serve(SelectorLoop loop, SocketChannel channel) {
    try {
      if (closed) {
        channel.close();
        admitted.decrementAndGet();
        return;
      }
      AmqpConnection connection = new AmqpConnection(loop, channel, served, this::gone);
      connections.add(connection);
      connection.start();
      if (frozen) {
        connection.freeze(true);
      }
    } catch (IOException e) {
      admitted.decrementAndGet();
      log.debug("A client went away while it was accepted.", e);
    }
  }

  private void gone(AmqpConnection connection) {
    if (connections.remove(connection)) {
      admitted.decrementAndGet();
    }
  }

  private final class Changes implements EntityListener {
    @Override
    public void changed(Entity before, Entity after) {
      eachRole(after.queue().value(), LinkRole::recheck);
    }

    @Override
    public void deleted(Entity gone) {
      eachRole(gone.queue().value(), LinkRole::recheck);
    }
  }
}
