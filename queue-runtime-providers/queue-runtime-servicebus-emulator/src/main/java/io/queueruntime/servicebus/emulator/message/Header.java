package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.servicebus.emulator.message.Sections.Section;
import org.jspecify.annotations.Nullable;

/**
 * What a sender said in the header of its message. Immutable.
 *
 * @param priority 0 to 255; 4 unless it was said
 * @param timeToLive milliseconds, at most 2^32 - 1; null when it was not said
 */
record Header(boolean durable, int priority, @Nullable Long timeToLive) {

  private static final int DEFAULT_PRIORITY = 4;
  private static final int FIELDS = 5;

  /** Reads the section, which may be an empty one. */
  static Header read(AmqpBytes amqp, Section section) {
    boolean durable = false;
    int priority = DEFAULT_PRIORITY;
    Long timeToLive = null;
    if (section.start() == section.end()) {
      return new Header(durable, priority, timeToLive);
    }
    int items = amqp.items(section.value());
    if (items > FIELDS) {
      throw InvalidMessage.malformed("a header of %d fields".formatted(items));
    }
    int at = amqp.firstItem(section.value());
    for (int field = 0; field < items; field++) {
      if (!amqp.isNull(at)) {
        switch (field) {
          case 0 -> durable = bool(amqp, at);
          case 1 -> priority = (int) number(amqp, at, "priority", 255);
          case 2 -> timeToLive = number(amqp, at, "ttl", 0xffff_ffffL);
          default -> {}
        }
      }
      at = amqp.skip(at, section.end());
    }
    return new Header(durable, priority, timeToLive);
  }

  private static boolean bool(AmqpBytes amqp, int at) {
    Boolean value = amqp.bool(at);
    if (value == null) {
      throw InvalidMessage.malformed(
          "header field durable is of type 0x%02x".formatted(amqp.code(at)));
    }
    return value;
  }

  private static long number(AmqpBytes amqp, int at, String field, long most) {
    Long value = amqp.integer(at);
    if (value == null || value < 0 || value > most) {
      throw InvalidMessage.malformed(
          value == null
              ? "header field %s is of type 0x%02x".formatted(field, amqp.code(at))
              : "header field %s is %d".formatted(field, value));
    }
    return value;
  }
}
