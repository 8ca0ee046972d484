package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.servicebus.emulator.message.InvalidMessage.Reason;
import io.queueruntime.servicebus.emulator.message.Sections.Section;
import java.util.LinkedHashMap;
import java.util.Map;

/** The application properties of a message as encoded: names are strings, values anything. */
final class ApplicationProperties {

  private ApplicationProperties() {}

  static void check(AmqpBytes amqp, Section section, MessageLimits limits) {
    if (section.start() == section.end()) {
      return;
    }
    if (section.end() - section.start() > limits.maxPropertiesBytes()) {
      throw new InvalidMessage(
          Reason.PROPERTIES_TOO_LARGE,
          "The application properties of the message have %d bytes; at most %d are taken."
              .formatted(section.end() - section.start(), limits.maxPropertiesBytes()));
    }
    int items = amqp.items(section.value());
    int at = amqp.firstItem(section.value());
    for (int i = 0; i < items; i += 2) {
      if (!amqp.isString(at)) {
        throw InvalidMessage.malformed(
            "the name of an application property at byte %d is of type 0x%02x"
                .formatted(at, amqp.code(at)));
      }
      int next = amqp.skip(amqp.skip(at, section.end()), section.end());
      if (next - at > limits.maxPropertyBytes()) {
        throw new InvalidMessage(
            Reason.PROPERTIES_TOO_LARGE,
            "Application property '%s' has %d bytes; at most %d are taken."
                .formatted(cut(amqp.text(at)), next - at, limits.maxPropertyBytes()));
      }
      at = next;
    }
  }

  /** Writes the section with some properties set; the others stay as they were encoded. */
  static void writeWith(
      AmqpBytes amqp, Section section, Map<String, byte[]> edits, AmqpWriter out) {
    Map<String, byte[]> left = new LinkedHashMap<>(edits);
    int map = out.section(Sections.APPLICATION_PROPERTIES).open(AmqpBytes.MAP32);
    int written = 0;
    if (section.start() != section.end()) {
      int items = amqp.items(section.value());
      int at = amqp.firstItem(section.value());
      for (int i = 0; i < items; i += 2) {
        int value = amqp.skip(at, section.end());
        int next = amqp.skip(value, section.end());
        byte[] edit = left.remove(amqp.text(at));
        if (edit == null) {
          out.raw(amqp.bytes, at, next);
        } else {
          out.raw(amqp.bytes, at, value).raw(edit);
        }
        written += 2;
        at = next;
      }
    }
    for (Map.Entry<String, byte[]> edit : left.entrySet()) {
      out.string(edit.getKey()).raw(edit.getValue());
      written += 2;
    }
    out.close(map, written);
  }

  private static String cut(String name) {
    return name.length() > 60 ? name.substring(0, 60) + "…" : name;
  }
}
