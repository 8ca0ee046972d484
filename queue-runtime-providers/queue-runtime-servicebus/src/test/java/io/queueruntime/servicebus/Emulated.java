package io.queueruntime.servicebus;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.http.AdminServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** An emulator, and providers whose time is moved together with its. Used by one thread. */
final class Emulated implements AutoCloseable {

  private final EmulatorOptions started;
  private final int adminPort;
  private AdminServer admin;
  private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
  private final List<ProviderTime> times = new ArrayList<>();
  ServiceBusEmulator emulator;

  Emulated() {
    this(EmulatorOptions.DEFAULTS);
  }

  Emulated(EmulatorOptions options) {
    this.emulator = ServiceBusEmulator.start(options);
    this.started = options.withPort(emulator.port());
    this.admin = admin(emulator, 0);
    this.adminPort = admin.port();
  }

  private static AdminServer admin(ServiceBusEmulator emulator, int port) {
    try {
      return AdminServer.start(
          emulator.namespace(),
          SharedAccessKey.DEVELOPMENT,
          new InetSocketAddress("127.0.0.1", port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the emulator and starts it again on the same ports. */
  void restart() {
    close();
    emulator = ServiceBusEmulator.start(started);
    admin = admin(emulator, adminPort);
  }

  /** Options for a client of the emulator, with retries and time-outs short enough for tests. */
  ServiceBusOptions options() {
    return ServiceBusOptions.connectionString(emulator.connectionString())
        .withManagementEndpoint(URI.create("http://localhost:" + adminPort))
        .withRetry(new ServiceBusRetry(3, Duration.ofMillis(100), Duration.ofSeconds(5)));
  }

  ServiceBusQueueProvider provider() {
    return provider(options());
  }

  ServiceBusQueueProvider provider(ServiceBusOptions options) {
    ProviderTime time =
        new ProviderTime(() -> System.nanoTime() + moved.get().toNanos(), moved::get);
    synchronized (times) {
      times.add(time);
    }
    return new ServiceBusQueueProvider(options, time);
  }

  Instant now() {
    return Instant.now().plus(moved.get());
  }

  void advance(Duration duration) {
    moved.updateAndGet(before -> before.plus(duration));
    emulator.advance(duration);
    synchronized (times) {
      times.forEach(ProviderTime::jumped);
    }
  }

  @Override
  public void close() {
    admin.close();
    emulator.close();
  }
}
