package io.queueruntime.autoconfigure.servicebus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * TLS in front of a port that has none, with a certificate for {@code localhost} of its own, and a
 * record of what clients sent. Thread-safe.
 */
final class TlsFront implements AutoCloseable {

  private static final String PASSWORD = "front-of-a-test";
  private static final int RECORDED_MAX = 1 << 20;

  private final Path trusted;
  private final SSLServerSocket server;
  private final int behind;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  /**
   * @param directory where its certificate goes
   * @param behind the port on loopback that is spoken to in plain
   */
  TlsFront(Path directory, int behind) throws IOException, GeneralSecurityException {
    this.behind = behind;
    Path keys = directory.resolve("keys.p12");
    Path certificate = directory.resolve("certificate.pem");
    this.trusted = directory.resolve("trusted.p12");
    keytool(
        keys,
        List.of("-genkeypair", "-keyalg", "RSA", "-dname", "CN=localhost", "-validity", "2"),
        List.of("-ext", "san=dns:localhost,ip:127.0.0.1"));
    keytool(keys, List.of("-exportcert", "-rfc"), List.of("-file", certificate.toString()));
    keytool(trusted, List.of("-importcert", "-noprompt"), List.of("-file", certificate.toString()));
    KeyStore store = KeyStore.getInstance(keys.toFile(), PASSWORD.toCharArray());
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    this.server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  private static void keytool(Path store, List<String> command, List<String> more)
      throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(command);
    line.addAll(List.of("-alias", "front", "-keystore", store.toString()));
    line.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    line.addAll(more);
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException("keytool failed: " + printed);
    }
  }

  int port() {
    return server.getLocalPort();
  }

  /** What a JVM needs to trust it. */
  List<String> trust() {
    return List.of(
        "-Djavax.net.ssl.trustStore=" + trusted, "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
  }

  /** Whether clients have sent that text, in plain, behind the TLS. */
  boolean hasSeen(String text) {
    synchronized (sent) {
      return sent.toString(StandardCharsets.ISO_8859_1).contains(text);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        // Closed, or a client that does not speak TLS: the next one may.
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), behind)) {
      threads.execute(() -> copy(plain, client, false));
      copy(client, plain, true);
    } catch (IOException e) {
      // One side is gone, and with it the connection.
    }
  }

  private void copy(Socket from, Socket to, boolean recorded) {
    byte[] buffer = new byte[16 * 1024];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        synchronized (sent) {
          if (recorded && sent.size() < RECORDED_MAX) {
            sent.write(buffer, 0, count);
          }
        }
        out.write(buffer, 0, count);
        out.flush();
      }
    } catch (IOException e) {
      // One side is gone; closing the streams takes the other one along.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
    try {
      threads.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(trusted);
  }
}
