package io.queueruntime.servicebus.emulator.message;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the sections of one encoded message begin and end. Every byte was walked over, so all of
 * them can be read, copied, and given to a decoder.
 *
 * <p>Sections stand in the order of AMQP 1.0, part 3, section 3.2; each at most once, but {@code
 * data} and {@code amqp-sequence}. A message without a body is taken: some clients send it.
 * Immutable.
 */
final class Sections {

  static final int HEADER = 0x70;
  static final int DELIVERY_ANNOTATIONS = 0x71;
  static final int MESSAGE_ANNOTATIONS = 0x72;
  static final int PROPERTIES = 0x73;
  static final int APPLICATION_PROPERTIES = 0x74;
  static final int DATA = 0x75;
  static final int SEQUENCE = 0x76;
  static final int VALUE = 0x77;
  static final int FOOTER = 0x78;

  private static final List<String> SYMBOLS =
      List.of(
          "amqp:header:list",
          "amqp:delivery-annotations:map",
          "amqp:message-annotations:map",
          "amqp:properties:list",
          "amqp:application-properties:map",
          "amqp:data:binary",
          "amqp:amqp-sequence:list",
          "amqp:amqp-value:*",
          "amqp:footer:map");

  /**
   * One section.
   *
   * @param descriptor which one
   * @param start where its constructor begins
   * @param value where its value begins
   * @param end where it ends
   */
  record Section(int descriptor, int start, int value, int end) {}

  final AmqpBytes amqp;
  final List<Section> all;

  private Sections(AmqpBytes amqp, List<Section> all) {
    this.amqp = amqp;
    this.all = all;
  }

  static Sections of(byte[] message) {
    AmqpBytes amqp = new AmqpBytes(message);
    List<Section> sections = new ArrayList<>(6);
    int last = 0;
    int at = 0;
    while (at < message.length) {
      Section section = section(amqp, at, message.length);
      int descriptor = section.descriptor;
      boolean repeats = descriptor == last && (descriptor == DATA || descriptor == SEQUENCE);
      boolean twoBodies = isBody(descriptor) && isBody(last) && descriptor != last;
      if (descriptor <= last && !repeats || twoBodies) {
        throw InvalidMessage.malformed(
            "section %s at byte %d comes after %s".formatted(nameOf(descriptor), at, nameOf(last)));
      }
      sections.add(section);
      last = descriptor;
      at = section.end;
    }
    if (sections.isEmpty()) {
      throw InvalidMessage.malformed("it has no sections");
    }
    return new Sections(amqp, sections);
  }

  /** The only section of that kind, or an empty one at the place where it would stand. */
  Section find(int descriptor) {
    int at = 0;
    for (Section section : all) {
      if (section.descriptor == descriptor) {
        return section;
      }
      if (section.descriptor > descriptor) {
        at = section.start;
        break;
      }
      at = section.end;
    }
    return new Section(descriptor, at, at, at);
  }

  private static Section section(AmqpBytes amqp, int at, int end) {
    if (amqp.code(at) != AmqpBytes.DESCRIBED) {
      throw InvalidMessage.malformed(
          "at byte %d stands type 0x%02x where a section begins".formatted(at, amqp.code(at)));
    }
    int stop = amqp.skip(at, end);
    int value = amqp.skip(at + 1, end);
    int descriptor = descriptor(amqp, at + 1);
    boolean fits =
        switch (descriptor) {
          case HEADER, PROPERTIES, SEQUENCE -> amqp.isList(value);
          case DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, APPLICATION_PROPERTIES, FOOTER ->
              amqp.isMap(value);
          case DATA -> amqp.isBinary(value);
          default -> true;
        };
    if (!fits) {
      throw InvalidMessage.malformed(
          "section %s at byte %d is of type 0x%02x"
              .formatted(nameOf(descriptor), at, amqp.code(value)));
    }
    return new Section(descriptor, at, value, stop);
  }

  private static int descriptor(AmqpBytes amqp, int at) {
    if (amqp.isUnsignedLong(at)) {
      Long code = amqp.integer(at);
      if (code != null && code >= HEADER && code <= FOOTER) {
        return code.intValue();
      }
      throw InvalidMessage.malformed(
          "no section has descriptor %s at byte %d"
              .formatted(code == null ? "" : "0x" + Long.toHexString(code), at));
    }
    int index = amqp.isSymbol(at) ? SYMBOLS.indexOf(amqp.text(at)) : -1;
    if (index < 0) {
      throw InvalidMessage.malformed("no section has the descriptor at byte %d".formatted(at));
    }
    return HEADER + index;
  }

  private static boolean isBody(int descriptor) {
    return descriptor == DATA || descriptor == SEQUENCE || descriptor == VALUE;
  }

  static String nameOf(int descriptor) {
    String symbol = SYMBOLS.get(descriptor - HEADER);
    return symbol.substring("amqp:".length(), symbol.lastIndexOf(':'));
  }
}
