package io.queueruntime.servicebus.emulator.amqp;

/**
 * What one client may take up. Immutable.
 *
 * @param maxConnections sockets served at the same time; more are closed at once
 * @param sessionsPerConnection AMQP sessions of one connection
 * @param linksPerConnection links of one connection
 * @param unsettledPerLink messages a receiver may hold unsettled
 * @param creditPerSender messages a sender may have unanswered
 * @param maxFrameSize bytes of one frame, in both directions
 */
public record AmqpLimits(
    int maxConnections,
    int sessionsPerConnection,
    int linksPerConnection,
    int unsettledPerLink,
    int creditPerSender,
    int maxFrameSize) {

  /** 5,000 connections and 64 KB frames, as the service has them. */
  public static final AmqpLimits STANDARD =
      new AmqpLimits(5_000, 5_000, 5_000, 10_000, 1_000, 64 * 1024);

  public AmqpLimits withMaxConnections(int value) {
    return new AmqpLimits(
        value,
        sessionsPerConnection,
        linksPerConnection,
        unsettledPerLink,
        creditPerSender,
        maxFrameSize);
  }

  public AmqpLimits withLinksPerConnection(int value) {
    return new AmqpLimits(
        maxConnections,
        sessionsPerConnection,
        value,
        unsettledPerLink,
        creditPerSender,
        maxFrameSize);
  }
}
