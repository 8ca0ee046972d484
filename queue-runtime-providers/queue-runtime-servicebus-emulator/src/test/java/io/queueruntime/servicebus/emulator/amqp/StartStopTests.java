package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server begins whole or not at all, and leaves nothing open when it ends. */
@Timeout(300)
class StartStopTests {

  private static final long STRESS_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final int STRESS_ROUNDS = 40;
  private static final int PATIENCE_MILLIS = 60_000;

  private final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.RELAXED, new VirtualTime());
  private final List<SelectorLoop> loops = new CopyOnWriteArrayList<>();
  private final CountDownLatch goOn = new CountDownLatch(1);

  @AfterEach
  void close() {
    goOn.countDown();
    namespace.close();
  }

  private static ServerSocketChannel listening() throws IOException {
    ServerSocketChannel listening = ServerSocketChannel.open();
    listening.bind(new InetSocketAddress("127.0.0.1", 0));
    listening.configureBlocking(false);
    return listening;
  }

  private AmqpServer server(
      ServerSocketChannel listening, Function<String, SelectorLoop> loop, int threads) {
    AmqpSettings settings =
        new AmqpSettings(
            AmqpLimits.STANDARD, MessageLimits.STANDARD, SharedAccessKey.DEVELOPMENT, false);
    Served served = new Served(namespace, settings, new FaultPoints());
    return new AmqpServer(served, namespace, listening, loop, threads);
  }

  private AmqpServer server() throws IOException {
    return server(listening(), this::loop, 2);
  }

  private SelectorLoop loop(String name) {
    SelectorLoop loop = new SelectorLoop(name);
    loops.add(loop);
    return loop;
  }

  /** Keeps a loop from doing anything until {@link #goOn}. */
  private void block(SelectorLoop loop) throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    loop.execute(
        () -> {
          blocked.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    blocked.await();
  }

  private boolean areLoopsEnded() {
    return loops.stream().noneMatch(loop -> loop.selector().isOpen());
  }

  private static void assertNothingIsOpen(AmqpServer server) {
    assertThat(server.live().count()).as("connections").isZero();
    assertThat(server.admitted()).as("sockets").isEmpty();
  }

  @Test
  void aSocketThatIsOnItsWayToALoopWhileTheServerClosesIsClosed() throws Exception {
    AmqpServer server = server();
    WireClient first = WireClient.connect(server.port());
    block(loops.get(1));
    try (Socket second = new Socket("127.0.0.1", server.port())) {
      first.until(() -> server.admitted().size() == 2);
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
      // The first has heard of the end: whoever closes has looked through the connections.
      while (!first.isCut()) {
        first.pump();
      }

      goOn.countDown();
      closed.join();

      assertNothingIsOpen(server);
      assertThat(hasEnded(second)).isTrue();
    }
  }

  private static boolean hasEnded(Socket socket) {
    try {
      socket.setSoTimeout(PATIENCE_MILLIS);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Test
  void aSocketThatCannotBeServedIsNotCounted() throws Exception {
    AmqpServer server = server();
    WireClient first = WireClient.connect(server.port());
    block(loops.get(1));
    try (Socket second = new Socket("127.0.0.1", server.port())) {
      first.until(() -> server.admitted().size() == 2);
      for (var channel : server.admitted()) {
        if (channel.socket().getPort() == second.getLocalPort()) {
          channel.close();
        }
      }

      goOn.countDown();

      first.until(() -> server.admitted().size() == 1);
    }
    first.close();
    server.close();
  }

  @Test
  void startingAndStoppingUnderClientsLeavesNothingOpen() throws Exception {
    long end = System.nanoTime() + STRESS_NANOS;
    for (int round = 0; round < STRESS_ROUNDS && System.nanoTime() < end; round++) {
      AmqpServer server = server();
      List<Socket> sockets = new CopyOnWriteArrayList<>();
      CountDownLatch some = new CountDownLatch(1 + round % 3);
      AtomicBoolean stop = new AtomicBoolean();
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Thread client = new Thread(() -> connectUntilRefused(server.port(), sockets, some, stop));
        client.start();
        clients.add(client);
      }
      some.await();

      server.close();

      assertNothingIsOpen(server);
      assertThat(areLoopsEnded()).as("loops").isTrue();
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void connectUntilRefused(
      int port, List<Socket> sockets, CountDownLatch some, AtomicBoolean stop) {
    try {
      for (int i = 0; i < 40 && !stop.get(); i++) {
        sockets.add(new Socket("127.0.0.1", port));
        some.countDown();
      }
    } catch (IOException refused) {
      // The server is closed.
    }
  }

  @Test
  void aBrokenLoopEndsTheServerByAThreadThatWasThereBefore() throws Exception {
    AmqpServer server = server();
    String name = "servicebus-emulator-amqp-" + server.port() + "-closing";
    List<Thread> closing =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals(name))
            .toList();
    assertThat(closing).hasSize(1);

    loops
        .get(0)
        .execute(
            () -> {
              throw new OutOfMemoryError("planted");
            });
    closing.get(0).join();

    assertNothingIsOpen(server);
    assertThat(areLoopsEnded()).as("loops").isTrue();
  }

  @Test
  void aServerThatIsClosedLeavesNoThreadThatWaitsForABrokenLoop() throws Exception {
    AmqpServer server = server();
    String name = "servicebus-emulator-amqp-" + server.port() + "-closing";
    List<Thread> closing =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals(name))
            .toList();

    server.close();

    for (Thread thread : closing) {
      thread.join();
    }
    assertThat(closing).hasSize(1);
  }

  @Test
  void whoClosesSecondReturnsWhenAllIsClosed() throws Exception {
    AmqpServer server = server();
    block(loops.get(1));
    Thread first = new Thread(server::close);
    first.start();
    awaitRest(first);
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Thread second =
        new Thread(
            () -> {
              server.close();
              ended.complete(areLoopsEnded());
            });
    second.start();
    awaitRest(second);

    goOn.countDown();

    assertThat(ended.join()).isTrue();
    first.join();
  }

  /** Waits until the thread waits for something, or has ended. */
  private static void awaitRest(Thread thread) {
    while (thread.getState() == Thread.State.NEW || thread.getState() == Thread.State.RUNNABLE) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aServerThatCannotBeginGivesBackWhatItHad() throws Exception {
    ServerSocketChannel listening = listening();
    Function<String, SelectorLoop> one =
        name -> {
          if (!loops.isEmpty()) {
            throw new IllegalStateException("no second loop");
          }
          return loop(name);
        };

    assertThatThrownBy(() -> server(listening, one, 2)).hasMessage("no second loop");

    assertThat(listening.isOpen()).isFalse();
    assertThat(areLoopsEnded()).isTrue();
  }

  @Test
  void workThatFailsOnAConnectionIsDone() throws Exception {
    AmqpServer server = server();
    try (WireClient client = WireClient.connect(server.port())) {
      CompletableFuture<Void> done =
          server
              .live()
              .each(
                  connection -> {
                    throw new IllegalStateException("a mistake");
                  });

      done.get(60, TimeUnit.SECONDS);

      assertThat(client.isCut()).isFalse();
    }
    server.close();
  }
}
