package io.queueruntime.servicebus;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** An emulator, and providers whose time is moved together with its. Used by one thread. */
final class Emulated implements AutoCloseable {

  private final EmulatorOptions started;
  private final AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
  private final List<ProviderTime> times = new ArrayList<>();
  ServiceBusEmulator emulator;

  Emulated() {
    this(EmulatorOptions.DEFAULTS);
  }

  Emulated(EmulatorOptions options) {
    this.emulator = ServiceBusEmulator.start(options);
    this.started =
        options
            .withPort(emulator.port())
            .withManagementPort(emulator.managementEndpoint().getPort());
  }

  /** Ends the emulator and starts it again on the same ports. */
  void restart() {
    close();
    emulator = ServiceBusEmulator.start(started);
  }

  /**
   * Options for a client of the emulator, with pauses short enough for tests. A try may take long:
   * a second one because the machine was busy would be a second message.
   */
  ServiceBusOptions options() {
    return ServiceBusOptions.connectionString(emulator.connectionString())
        .withManagementEndpoint(emulator.managementEndpoint())
        .withRetry(new ServiceBusRetry(3, Duration.ofMillis(100), Duration.ofSeconds(30)));
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
    emulator.close();
  }
}
