package io.queueruntime.servicebus.emulator;

import io.queueruntime.servicebus.emulator.amqp.AmqpLimits;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
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
 * @param limits of queues
 * @param messages limits of messages; a queue's own size goes before theirs
 * @param amqp limits of connections and links
 * @param threads that serve connections, at least 1
 * @param key what clients' tokens are signed with
 * @param tokensRequired whether a client needs a valid token for each queue, as in the cloud, and
 *     loses its links when that runs out; otherwise a token that is put is checked, and none is
 *     needed, so that a client whose authentication is broken is served all the same
 */
public record EmulatorOptions(
    String host,
    int port,
    int managementPort,
    @Nullable Path data,
    EntityLimits limits,
    MessageLimits messages,
    AmqpLimits amqp,
    int threads,
    SharedAccessKey key,
    boolean tokensRequired) {

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
          MessageLimits.STANDARD,
          AmqpLimits.STANDARD,
          2,
          SharedAccessKey.DEVELOPMENT,
          false);

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
    return new EmulatorOptions(
        value, port, managementPort, data, limits, messages, amqp, threads, key, tokensRequired);
  }

  public EmulatorOptions withPort(int value) {
    return new EmulatorOptions(
        host, value, managementPort, data, limits, messages, amqp, threads, key, tokensRequired);
  }

  public EmulatorOptions withManagementPort(int value) {
    return new EmulatorOptions(
        host, port, value, data, limits, messages, amqp, threads, key, tokensRequired);
  }

  public EmulatorOptions withData(@Nullable Path value) {
    return new EmulatorOptions(
        host, port, managementPort, value, limits, messages, amqp, threads, key, tokensRequired);
  }

  public EmulatorOptions withLimits(EntityLimits value) {
    return new EmulatorOptions(
        host, port, managementPort, data, value, messages, amqp, threads, key, tokensRequired);
  }

  public EmulatorOptions withMessages(MessageLimits value) {
    return new EmulatorOptions(
        host, port, managementPort, data, limits, value, amqp, threads, key, tokensRequired);
  }

  public EmulatorOptions withAmqp(AmqpLimits value) {
    return new EmulatorOptions(
        host, port, managementPort, data, limits, messages, value, threads, key, tokensRequired);
  }

  public EmulatorOptions withThreads(int value) {
    return new EmulatorOptions(
        host, port, managementPort, data, limits, messages, amqp, value, key, tokensRequired);
  }

  public EmulatorOptions withKey(SharedAccessKey value) {
    return new EmulatorOptions(
        host, port, managementPort, data, limits, messages, amqp, threads, value, tokensRequired);
  }

  public EmulatorOptions withTokensRequired(boolean value) {
    return new EmulatorOptions(
        host, port, managementPort, data, limits, messages, amqp, threads, key, value);
  }
}
