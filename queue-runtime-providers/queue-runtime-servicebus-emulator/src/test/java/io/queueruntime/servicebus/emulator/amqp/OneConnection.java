package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One connection of a server, seen from both ends: bytes there, and what they come to here. */
final class OneConnection implements AutoCloseable {

  private static final int MOST_SEEN = 64 * 1024 * 1024;

  final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.RELAXED, new VirtualTime());
  private final SelectorLoop loop = new SelectorLoop("one-connection");
  private final StringBuilder seen = new StringBuilder();
  private final Socket client;
  private final AmqpConnection server;

  OneConnection(AmqpLimits limits) {
    Served served =
        new Served(
            namespace,
            new AmqpSettings(limits, MessageLimits.STANDARD, SharedAccessKey.DEVELOPMENT, false),
            new FaultPoints());
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      client = new Socket(InetAddress.getLoopbackAddress(), listening.socket().getLocalPort());
      client.setSoTimeout(20_000);
      SocketChannel channel = listening.accept();
      loop.start(() -> {});
      CompletableFuture<AmqpConnection> started = new CompletableFuture<>();
      loop.execute(() -> started.complete(start(served, channel)));
      server = started.get(60, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private AmqpConnection start(Served served, SocketChannel channel) {
    try {
      AmqpConnection connection = new AmqpConnection(loop, channel, served, gone -> {});
      connection.start();
      return connection;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends it all, unless the server ends the stream before: what it said can still be read. */
  void write(byte[]... parts) {
    try {
      for (byte[] part : parts) {
        client.getOutputStream().write(part);
      }
    } catch (IOException endedMeanwhile) {
      seen.append("<cut>");
    }
  }

  /** Everything that has come once the server has ended the stream. */
  String readToTheEnd() {
    while (readMore()) {}
    return seen.toString();
  }

  /** Reads until that has come. */
  void readUntil(String expected) {
    int from = 0;
    while (seen.indexOf(expected, from) < 0) {
      from = Math.max(0, seen.length() - expected.length());
      if (!readMore() || seen.length() > MOST_SEEN) {
        throw new AssertionError(
            "'%s' is not among the %d bytes that came.".formatted(expected, seen.length()));
      }
    }
  }

  private boolean readMore() {
    try {
      byte[] bytes = new byte[64 * 1024];
      int count = client.getInputStream().read(bytes);
      seen.append(new String(bytes, 0, Math.max(0, count), ISO_8859_1));
      return count >= 0;
    } catch (SocketTimeoutException silent) {
      throw new AssertionError("Nothing comes any more after: " + seen, silent);
    } catch (IOException reset) {
      return false;
    }
  }

  /** Something about the server's end. */
  <T> T server(Function<AmqpConnection, T> what) {
    CompletableFuture<T> found = new CompletableFuture<>();
    loop.execute(() -> found.complete(what.apply(server)));
    return found.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    loop.close();
    namespace.close();
  }
}
