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

/** An emulator, and providers whose time is moved together with its. Thread-safe. */
final class Emulated implements AutoCloseable {

  final ServiceBusEmulator emulator;
  private final AdminServer admin;
  private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
  private final List<ProviderTime> times = new ArrayList<>();

  Emulated() {
    this(EmulatorOptions.DEFAULTS);
  }

  Emulated(EmulatorOptions options) {
    this.emulator = ServiceBusEmulator.start(options);
    try {
      this.admin =
          AdminServer.start(
              emulator.namespace(),
              new SharedAccessKey("RootManageSharedAccessKey", "SAS_KEY_VALUE"),
              new InetSocketAddress("127.0.0.1", 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Options for a client of the emulator, with retries and time-outs short enough for tests. */
  ServiceBusOptions options() {
    return ServiceBusOptions.connectionString(emulator.connectionString())
        .withManagementEndpoint(URI.create("http://localhost:" + admin.port()))
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
