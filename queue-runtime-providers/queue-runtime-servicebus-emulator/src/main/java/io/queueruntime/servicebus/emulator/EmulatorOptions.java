package io.queueruntime.servicebus.emulator;

import io.queueruntime.servicebus.emulator.amqp.AmqpLimits;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How an emulator is started. Immutable.
 *
 * @param host address to listen on; loopback unless others shall reach it
 * @param port for AMQP, at most 65535; 0: any that is free
 * @param managementPort for the administration API over HTTP, at most 65535; 0: any that is free,
 *     {@value #NO_MANAGEMENT}: none
 * @param data directory in which queues and messages survive a restart; null: nothing does
 * @param limits of queues and messages
 * @param amqp limits of connections and links
 * @param threads that serve connections, at least 1
 * @param key what clients' tokens are signed with
 */
public record EmulatorOptions(
    String host,
    int port,
    int managementPort,
    @Nullable Path data,
    EntityLimits limits,
    AmqpLimits amqp,
    int threads,
    SharedAccessKey key) {

  /** A {@link #managementPort} that says: no administration API. */
  public static final int NO_MANAGEMENT = -1;

  private static final int MAX_PORT = 65535;

  /** On loopback, on any free ports, in memory, with the service's limits on messages. */
  public static final EmulatorOptions DEFAULTS =
      new EmulatorOptions(
          "127.0.0.1",
          0,
          0,
          null,
          EntityLimits.RELAXED,
          AmqpLimits.STANDARD,
          2,
          SharedAccessKey.DEVELOPMENT);

  public EmulatorOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("At least 1 thread serves connections, found " + threads);
    }
    requirePort("port", port, 0);
    requirePort("managementPort", managementPort, NO_MANAGEMENT);
  }

  private static void requirePort(String name, int value, int least) {
    if (value < least || value > MAX_PORT) {
      throw new IllegalArgumentException(
          "%s: allowed is %d to %d, found %d.".formatted(name, least, MAX_PORT, value));
    }
  }

  public EmulatorOptions withHost(String value) {
    return new EmulatorOptions(value, port, managementPort, data, limits, amqp, threads, key);
  }

  public EmulatorOptions withPort(int value) {
    return new EmulatorOptions(host, value, managementPort, data, limits, amqp, threads, key);
  }

  public EmulatorOptions withManagementPort(int value) {
    return new EmulatorOptions(host, port, value, data, limits, amqp, threads, key);
  }

  public EmulatorOptions withData(@Nullable Path value) {
    return new EmulatorOptions(host, port, managementPort, value, limits, amqp, threads, key);
  }

  public EmulatorOptions withLimits(EntityLimits value) {
    return new EmulatorOptions(host, port, managementPort, data, value, amqp, threads, key);
  }

  public EmulatorOptions withAmqp(AmqpLimits value) {
    return new EmulatorOptions(host, port, managementPort, data, limits, value, threads, key);
  }

  public EmulatorOptions withThreads(int value) {
    return new EmulatorOptions(host, port, managementPort, data, limits, amqp, value, key);
  }

  public EmulatorOptions withKey(SharedAccessKey value) {
    return new EmulatorOptions(host, port, managementPort, data, limits, amqp, threads, value);
  }
}
