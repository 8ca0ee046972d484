package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SelectorLoopTests {

  private final CountDownLatch broken = new CountDownLatch(1);
  private final SelectorLoop loop = new SelectorLoop("loop-under-test");

  private Socket servedSocket() throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Socket client =
          new Socket(InetAddress.getLoopbackAddress(), listening.socket().getLocalPort());
      SocketChannel channel = listening.accept();
      channel.configureBlocking(false);
      channel.register(loop.selector(), SelectionKey.OP_READ);
      return client;
    }
  }

  @Test
  void anErrorOfTheJvmEndsTheLoopAndItsSocketsAndIsTold() throws Exception {
    try (Socket client = servedSocket()) {
      loop.start(broken::countDown);

      loop.execute(
          () -> {
            throw new OutOfMemoryError("planted");
          });

      broken.await();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      loop.close();
      assertThat(loop.selector().isOpen()).isFalse();
    }
  }

  @Test
  void whatElseFailsLeavesTheLoopRunning() throws Exception {
    loop.start(broken::countDown);
    loop.execute(
        () -> {
          throw new IllegalStateException("planted");
        });
    loop.execute(
        () -> {
          throw new StackOverflowError("planted");
        });
    CompletableFuture<Boolean> after = new CompletableFuture<>();
    loop.execute(() -> after.complete(true));

    assertThat(after.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(broken.getCount()).isEqualTo(1);
    loop.close();
  }

  @Test
  void noSocketOutlivesTheLoop() throws IOException {
    try (Socket client = servedSocket()) {
      loop.start(broken::countDown);

      loop.close();

      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }
}
