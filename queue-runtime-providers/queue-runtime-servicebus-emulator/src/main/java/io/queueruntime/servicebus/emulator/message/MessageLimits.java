package io.queueruntime.servicebus.emulator.message;

/**
 * How large a message may be. Immutable.
 *
 * @param maxMessageBytes all sections of one message or batch, as sent; a queue may have its own
 * @param maxPropertiesBytes the whole section of application properties
 * @param maxPropertyBytes one application property: its name and its value
 * @param maxIdLength message id, session id and partition key, in characters; at most {@value
 *     #LONGEST_ID}
 */
public record MessageLimits(
    int maxMessageBytes, int maxPropertiesBytes, int maxPropertyBytes, int maxIdLength) {

  /** What queues can keep. */
  private static final int LONGEST_ID = 128;

  /** What the largest message of the premium tier has. */
  private static final int LARGEST_MESSAGE = 100 * 1024 * 1024;

  /** Those of the Standard tier: 256 KB, of it 64 KB of properties, 32 KB for each. */
  public static final MessageLimits STANDARD =
      new MessageLimits(256 * 1024, 64 * 1024, 32 * 1024, 128);

  public MessageLimits {
    require("maxMessageBytes", maxMessageBytes, LARGEST_MESSAGE);
    require("maxPropertiesBytes", maxPropertiesBytes, LARGEST_MESSAGE);
    require("maxPropertyBytes", maxPropertyBytes, LARGEST_MESSAGE);
    require("maxIdLength", maxIdLength, LONGEST_ID);
  }

  private static void require(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "%s: allowed is 1 to %d, found %d.".formatted(name, most, value));
    }
  }

  public MessageLimits withMaxMessageBytes(int value) {
    return new MessageLimits(value, maxPropertiesBytes, maxPropertyBytes, maxIdLength);
  }

  public MessageLimits withMaxPropertiesBytes(int value) {
    return new MessageLimits(maxMessageBytes, value, maxPropertyBytes, maxIdLength);
  }

  public MessageLimits withMaxPropertyBytes(int value) {
    return new MessageLimits(maxMessageBytes, maxPropertiesBytes, value, maxIdLength);
  }

  public MessageLimits withMaxIdLength(int value) {
    return new MessageLimits(maxMessageBytes, maxPropertiesBytes, maxPropertyBytes, value);
  }
}
