package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityListener;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import java.io.Closeable;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
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
  private static final Duration CLOSING = Duration.ofSeconds(2);

  private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);
  private static final int BACKLOG = 1024;

  private final Served served;
  private final ServerSocketChannel listening;
  private final int port;
  private final List<SelectorLoop> loops = new ArrayList<>();
  private final LiveConnections live = new LiveConnections();

  /** From the accept on until they are closed, so that none is forgotten on its way to a loop. */
  private final Set<SocketChannel> admitted = ConcurrentHashMap.newKeySet();

  private final ReentrantLock closing = new ReentrantLock();
  private final CountDownLatch broken = new CountDownLatch(1);
  private int next;
  private volatile boolean closed;

  /**
   * Binds and serves.
   *
   * @param settings what clients are held to
   * @param address where to listen; port 0: any
   * @param threads loops, at least 1
   * @throws UncheckedIOException when the address cannot be bound
   */
  public AmqpServer(
      Namespace namespace,
      AmqpSettings settings,
      FaultPoints faults,
      InetSocketAddress address,
      int threads) {
    this(
        new Served(namespace, settings, faults),
        namespace,
        bound(address),
        SelectorLoop::new,
        threads);
  }

  /** Serves on a socket that is bound, and closes it again when that fails. */
  AmqpServer(
      Served served,
      Namespace namespace,
      ServerSocketChannel listening,
      Function<String, SelectorLoop> loop,
      int threads) {
    this.served = served;
    this.listening = listening;
    this.port = listening.socket().getLocalPort();
    try {
      for (int i = 0; i < threads; i++) {
        loops.add(loop.apply("servicebus-emulator-amqp-" + port + "-" + (i + 1)));
      }
      listen();
      closeWhenBroken();
      loops.forEach(each -> each.start(broken::countDown));
      namespace.addListener(new Changes());
    } catch (RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  private static ServerSocketChannel bound(InetSocketAddress address) {
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.bind(address, BACKLOG);
        channel.configureBlocking(false);
        return channel;
      } catch (IOException | RuntimeException | Error e) {
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
    return port;
  }

  /** The clients that are connected. */
  public LiveConnections live() {
    return live;
  }

  /** The sockets that were accepted and are not closed; never more than the limit. */
  Set<SocketChannel> admitted() {
    return Set.copyOf(admitted);
  }

  /**
   * Tells clients, closes their connections and stops listening; every socket is closed when it
   * returns, also to a caller that comes second. Idempotent.
   */
  @Override
  public void close() {
    closing.lock();
    try {
      if (!closed) {
        closed = true;
        end();
      }
    } finally {
      closing.unlock();
      broken.countDown();
    }
  }

  /**
   * One loop may break: a server of which a part is dead is worse than none. The thread that closes
   * the others is there before, as what breaks a loop is mostly a lack of memory.
   */
  private void closeWhenBroken() {
    Thread thread =
        new Thread(
            () -> {
              try {
                broken.await();
                close();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "servicebus-emulator-amqp-" + port + "-closing");
    thread.setDaemon(true);
    thread.start();
  }

  private void end() {
    closeSocket(listening);
    // The selector lets go of a closed socket when it looks again.
    loops.forEach(loop -> loop.execute(() -> {}));
    live.end(
        AmqpErrors.of(AmqpErrors.FORCED, "The connection was closed: the server stops."), CLOSING);
    loops.forEach(SelectorLoop::close);
    admitted.forEach(AmqpServer::closeSocket);
    admitted.clear();
  }

  private static void closeSocket(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("Closing a socket failed.", e);
    }
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

  private void admit(SocketChannel channel) {
    if (closed) {
      closeSocket(channel);
    } else if (admitted.size() >= served.limits().maxConnections()) {
      log.warn("A client was turned away: {} are connected, the limit.", admitted.size());
      closeSocket(channel);
    } else {
      admitted.add(channel);
      SelectorLoop loop = loops.get(next++ % loops.size());
      loop.execute(() -> serve(loop, channel));
    }
  }

  private void serve(SelectorLoop loop, SocketChannel channel) {
    try {
      AmqpConnection connection =
          new AmqpConnection(
              loop,
              channel,
              served,
              gone -> {
                live.remove(gone);
                admitted.remove(channel);
              });
      connection.start();
      live.add(connection);
      if (closed) {
        // Whoever closes may have looked through the connections before this one was among them.
        connection.cut();
      }
    } catch (IOException e) {
      discard(channel);
      log.debug("A client went away while it was accepted.", e);
    } catch (RuntimeException | Error failed) {
      discard(channel);
      throw failed;
    }
  }

  private void discard(SocketChannel channel) {
    closeSocket(channel);
    admitted.remove(channel);
  }

  private final class Changes implements EntityListener {
    @Override
    public void changed(Entity before, Entity after) {
      live.recheckSoon(after.queue().value());
    }

    @Override
    public void deleted(Entity gone) {
      live.recheckSoon(gone.queue().value());
    }
  }
}
