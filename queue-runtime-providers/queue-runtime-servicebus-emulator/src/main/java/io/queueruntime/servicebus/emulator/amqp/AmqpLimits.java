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

  /** The least that a peer must be able to take, AMQP 1.0 part 2, section 2.4.1. */
  private static final int FRAME_SIZE_MIN = 512;

  /** 5,000 connections and 64 KB frames, as the service has them. */
  public static final AmqpLimits STANDARD =
      new AmqpLimits(5_000, 5_000, 5_000, 10_000, 1_000, 64 * 1024);

  /**
   * @throws IllegalArgumentException when anything is below 1, or a frame below AMQP's 512 bytes
   */
  public AmqpLimits {
    atLeast(1, maxConnections, "maxConnections");
    atLeast(1, sessionsPerConnection, "sessionsPerConnection");
    atLeast(1, linksPerConnection, "linksPerConnection");
    atLeast(1, unsettledPerLink, "unsettledPerLink");
    atLeast(1, creditPerSender, "creditPerSender");
    atLeast(FRAME_SIZE_MIN, maxFrameSize, "maxFrameSize");
  }

  private static void atLeast(int least, int found, String name) {
    if (found < least) {
      throw new IllegalArgumentException(
          "%s is at least %d, found %d.".formatted(name, least, found));
    }
  }

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
