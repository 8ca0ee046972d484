package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.servicebus.emulator.message.Sections.Section;
import java.nio.ByteBuffer;

/**
 * A message as the engine keeps it: what its sender said, and where in it to find what the broker
 * adds to on delivery.
 *
 * <pre>
 * u8  format = 1
 * u8  1 when durable, else 0
 * u8  priority
 * i64 time to live in ms as sent, -1 without one
 * i32 bytes of the message annotations, 0 without any
 * i32 bytes of the properties
 * i32 bytes of the application properties, 0 without any
 * the message from its message annotations on, as it was sent
 * </pre>
 *
 * <p>Immutable.
 *
 * @param amqp all of the array, its first {@link #PREFIX} bytes being what stands above
 */
record StoredBody(
    AmqpBytes amqp,
    Header header,
    Section annotations,
    Section properties,
    Section applicationProperties) {

  static final int FORMAT = 1;
  static final int PREFIX = 3 + 8 + 3 * 4;

  /** Starts an array for a message; its sections follow. */
  static AmqpWriter write(
      Header header, int annotations, int properties, int applicationProperties, int expected) {
    Long timeToLive = header.timeToLive();
    return new AmqpWriter(PREFIX + expected)
        .u8(FORMAT)
        .u8(header.durable() ? 1 : 0)
        .u8(header.priority())
        .i64(timeToLive == null ? -1 : timeToLive)
        .i32(annotations)
        .i32(properties)
        .i32(applicationProperties);
  }

  static StoredBody read(byte[] body) {
    if (body.length < PREFIX || body[0] != FORMAT) {
      throw new IllegalStateException(
          "A stored message of %d bytes begins with %s where format %d is known; it was not stored by this emulator."
              .formatted(body.length, body.length == 0 ? "nothing" : body[0], FORMAT));
    }
    ByteBuffer prefix = ByteBuffer.wrap(body, 1, PREFIX - 1);
    boolean durable = prefix.get() == 1;
    int priority = prefix.get() & 0xff;
    long timeToLive = prefix.getLong();
    AmqpBytes amqp = new AmqpBytes(body);
    Section annotations = section(amqp, Sections.MESSAGE_ANNOTATIONS, PREFIX, prefix.getInt());
    Section properties = section(amqp, Sections.PROPERTIES, annotations.end(), prefix.getInt());
    Section applicationProperties =
        section(amqp, Sections.APPLICATION_PROPERTIES, properties.end(), prefix.getInt());
    return new StoredBody(
        amqp,
        new Header(durable, priority, timeToLive < 0 ? null : timeToLive),
        annotations,
        properties,
        applicationProperties);
  }

  private static Section section(AmqpBytes amqp, int descriptor, int start, int length) {
    int end = start + length;
    int value = length == 0 ? start : amqp.skip(start + 1, end);
    return new Section(descriptor, start, value, end);
  }
}
