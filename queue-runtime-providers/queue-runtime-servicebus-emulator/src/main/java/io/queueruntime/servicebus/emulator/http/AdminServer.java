package io.queueruntime.servicebus.emulator.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Serves the management API over plain HTTP until closed, with up to 16 threads, 256 waiting
 * requests and bodies of up to 64 KB. A client that has not sent its request, or read its answer,
 * half a minute after it began loses its connection, and so gives back the thread.
 *
 * <p>Thread-safe.
 */
public final class AdminServer implements AutoCloseable {

  private static final int THREADS = 16;
  private static final int WAITING = 256;
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final AtomicInteger STARTED = new AtomicInteger();

  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final TimeLimits limits;

  private AdminServer(HttpServer server, ThreadPoolExecutor threads, TimeLimits limits) {
    this.server = server;
    this.threads = threads;
    this.limits = limits;
  }

  /**
   * Listens on that address; port 0 takes a free one.
   *
   * @throws IOException when the address cannot be listened on, e.g. because the port is in use
   */
  public static AdminServer start(
      Namespace namespace, SharedAccessKey key, InetSocketAddress address) throws IOException {
    return start(namespace, key, address, PATIENCE);
  }

  /**
   * The same with less patience.
   *
   * @param patience how long an exchange may take, by the machine's clock
   */
  static AdminServer start(
      Namespace namespace, SharedAccessKey key, InetSocketAddress address, Duration patience)
      throws IOException {
    HttpServer server = HttpServer.create(address, WAITING);
    String name = "servicebus-emulator-http-" + STARTED.incrementAndGet() + "-";
    AtomicInteger made = new AtomicInteger();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(task, name + made.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    AdminApi api = new AdminApi(namespace, key);
    server.createContext("/", exchange -> serve(api, exchange));
    TimeLimits limits = new TimeLimits(name + "limits", patience);
    server.setExecutor(exchange -> threads.execute(limits.on(exchange)));
    AdminServer started = new AdminServer(server, threads, limits);
    try {
      server.start();
      return started;
    } catch (RuntimeException | Error failed) {
      started.close();
      throw failed;
    }
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Stops listening and ends requests that are under way. Idempotent. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    limits.close();
  }

  private static void serve(AdminApi api, HttpExchange exchange) throws IOException {
    try (exchange) {
      AdminResponse response;
      byte[] body;
      try (InputStream in = exchange.getRequestBody()) {
        body = in.readNBytes(MAX_BODY_BYTES + 1);
      }
      if (body.length > MAX_BODY_BYTES) {
        response =
            AdminResponse.error(
                413, 41300, "The body has more than %d bytes.".formatted(MAX_BODY_BYTES));
      } else {
        response = answer(api, exchange, body);
      }
      exchange.getResponseHeaders().set("Content-Type", response.contentType());
      int length = response.body().length;
      exchange.sendResponseHeaders(response.status(), length == 0 ? -1 : length);
      if (length > 0) {
        exchange.getResponseBody().write(response.body());
      }
    }
  }

  private static AdminResponse answer(AdminApi api, HttpExchange exchange, byte[] body) {
    Headers headers = exchange.getRequestHeaders();
    String path;
    try {
      path = PercentCode.decode(exchange.getRequestURI().getRawPath());
    } catch (IllegalArgumentException unreadable) {
      return AdminResponse.error(400, 40000, "Bad Request. " + unreadable.getMessage());
    }
    return api.answer(
        new AdminRequest(
            exchange.getRequestMethod(),
            path.startsWith("/") ? path.substring(1) : path,
            Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse(""),
            authority(headers, exchange.getLocalAddress()),
            Optional.ofNullable(headers.getFirst("If-Match")),
            Optional.ofNullable(headers.getFirst("Authorization")),
            body));
  }

  private static String authority(Headers headers, InetSocketAddress local) {
    String host = headers.getFirst("Host");
    return host != null && host.matches("[A-Za-z0-9.:\\[\\]-]{1,260}")
        ? host
        : "localhost:" + local.getPort();
  }
}
