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
 * @param maxMessageSize bytes of one message or batch
 */
public record AmqpLimits(
    int maxConnections,
    int sessionsPerConnection,
    int linksPerConnection,
    int unsettledPerLink,
    int creditPerSender,
    int maxFrameSize,
    int maxMessageSize) {

  /** 5,000 connections, 256 KB messages and 64 KB frames, as the service has them. */
  public static final AmqpLimits STANDARD =
      new AmqpLimits(5_000, 5_000, 5_000, 10_000, 1_000, 64 * 1024, 256 * 1024);

  public AmqpLimits withMaxConnections(int value) {
    return new AmqpLimits(
        value,
        sessionsPerConnection,
        linksPerConnection,
        unsettledPerLink,
        creditPerSender,
        maxFrameSize,
        maxMessageSize);
  }

  public AmqpLimits withLinksPerConnection(int value) {
    return new AmqpLimits(
        maxConnections,
        sessionsPerConnection,
        value,
        unsettledPerLink,
        creditPerSender,
        maxFrameSize,
        maxMessageSize);
  }

  public AmqpLimits withMaxMessageSize(int value) {
    return new AmqpLimits(
        maxConnections,
        sessionsPerConnection,
        linksPerConnection,
        unsettledPerLink,
        creditPerSender,
        maxFrameSize,
        value);
  }
}
