package io.queueruntime.servicebus.emulator.message;

/**
 * How large a message may be. Immutable.
 *
 * @param maxMessageBytes all sections of one message, as sent
 * @param maxPropertiesBytes the whole section of application properties
 * @param maxPropertyBytes one application property: its name and its value
 * @param maxIdLength message id, session id and partition key, in characters; at most 128
 */
public record MessageLimits(
    int maxMessageBytes, int maxPropertiesBytes, int maxPropertyBytes, int maxIdLength) {

  /** Those of the Standard tier: 256 KB, of it 64 KB of properties, 32 KB for each. */
  public static final MessageLimits STANDARD =
      new MessageLimits(256 * 1024, 64 * 1024, 32 * 1024, 128);

  public MessageLimits withMaxMessageBytes(int value) {
    return new MessageLimits(value, maxPropertiesBytes, maxPropertyBytes, maxIdLength);
  }
}
