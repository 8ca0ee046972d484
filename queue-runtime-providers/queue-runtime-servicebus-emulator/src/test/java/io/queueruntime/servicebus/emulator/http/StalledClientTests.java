package io.queueruntime.servicebus.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that begin a request and do not go on. */
@Timeout(300)
class StalledClientTests {

  /** More than there are threads. */
  private static final int STALLED = 20;

  private static final int PATIENCE_MILLIS = 60_000;

  @Test
  void stalledClientsGiveTheirThreadsBack() throws IOException {
    List<Socket> stalled = new ArrayList<>();
    try (Namespace namespace =
            Namespace.open(EngineOptions.inMemory(), EntityLimits.RELAXED, new VirtualTime());
        AdminServer server =
            AdminServer.start(
                namespace,
                SharedAccessKey.DEVELOPMENT,
                new InetSocketAddress("127.0.0.1", 0),
                Duration.ofMillis(200))) {
      for (int i = 0; i < STALLED; i++) {
        stalled.add(begun(server.port()));
      }

      for (Socket socket : stalled) {
        assertThat(hasEnded(socket)).isTrue();
      }
      // On a busy machine it may itself be too late, and is tried again.
      String answer = "";
      while (!answer.startsWith("HTTP/1.1 200")) {
        answer = health(server.port());
      }
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }
  }

  private static Socket begun(int port) throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    socket.getOutputStream().write("GET /health HT".getBytes(StandardCharsets.US_ASCII));
    return socket;
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

  private static String health(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException cut) {
      return "";
    }
  }
}
