package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.servicebus.emulator.message.Sections.Section;
import java.util.HexFormat;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The properties section of a message, field by field, as encoded. Fields are changed one at a time
 * and the others stay as their sender wrote them, byte for byte. Immutable.
 */
final class Fields {

  static final int MESSAGE_ID = 0;
  static final int ABSOLUTE_EXPIRY_TIME = 8;
  static final int GROUP_ID = 10;
  private static final int COUNT = 13;

  private final AmqpBytes amqp;

  /** Where each field begins; one more than there are fields. */
  private final int[] at;

  private Fields(AmqpBytes amqp, int[] at) {
    this.amqp = amqp;
    this.at = at;
  }

  /** Reads the section, which may be an empty one. */
  static Fields read(AmqpBytes amqp, Section section) {
    if (section.start() == section.end()) {
      return new Fields(amqp, new int[] {section.start()});
    }
    int items = amqp.items(section.value());
    if (items > COUNT) {
      throw InvalidMessage.malformed("properties of %d fields".formatted(items));
    }
    int[] at = new int[items + 1];
    at[0] = amqp.firstItem(section.value());
    for (int i = 0; i < items; i++) {
      at[i + 1] = amqp.skip(at[i], section.end());
    }
    return new Fields(amqp, at);
  }

  boolean has(int field) {
    return field < at.length - 1 && !amqp.isNull(at[field]);
  }

  /**
   * The message id as text, whatever its type: two ids that read the same are the same to duplicate
   * detection. Null without one, and for an empty one.
   */
  @Nullable String messageId() {
    if (!has(MESSAGE_ID)) {
      return null;
    }
    int start = at[MESSAGE_ID];
    UUID uuid = amqp.uuid(start);
    String id;
    if (amqp.isString(start)) {
      id = amqp.text(start);
    } else if (amqp.isUnsignedLong(start)) {
      id = Long.toUnsignedString(Objects.requireNonNull(amqp.integer(start)));
    } else if (amqp.isBinary(start)) {
      id = HexFormat.of().formatHex(amqp.content(start));
    } else if (uuid != null) {
      id = uuid.toString();
    } else {
      throw wrongType("message-id", start);
    }
    return id.isEmpty() ? null : id;
  }

  /** The session, for queues that have sessions; null without one, and for an empty one. */
  @Nullable String groupId() {
    if (!has(GROUP_ID)) {
      return null;
    }
    int start = at[GROUP_ID];
    if (!amqp.isString(start)) {
      throw wrongType("group-id", start);
    }
    String id = amqp.text(start);
    return id.isEmpty() ? null : id;
  }

  /** Writes the section with one field replaced by an encoded value. */
  void writeWith(int field, byte[] value, AmqpWriter out) {
    int count = at.length - 1;
    int list = out.section(Sections.PROPERTIES).open(AmqpBytes.LIST32);
    int before = Math.min(field, count);
    out.raw(amqp.bytes, at[0], at[before]);
    for (int i = before; i < field; i++) {
      out.nil();
    }
    out.raw(value);
    if (field + 1 < count) {
      out.raw(amqp.bytes, at[field + 1], at[count]);
    }
    out.close(list, Math.max(count, field + 1));
  }

  private InvalidMessage wrongType(String field, int start) {
    return InvalidMessage.malformed(
        "property %s is of type 0x%02x".formatted(field, amqp.code(start)));
  }
}
