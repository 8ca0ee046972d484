package io.queueruntime.servicebus.emulator.message;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Encoded AMQP values that somebody else wrote, read where they stand.
 *
 * <p>{@link #skip} is what makes the rest safe: it walks over a value and all that is in it, trusts
 * no length and no count, and throws {@link InvalidMessage} naming what it found. Whatever it
 * walked over can be read, copied as it is, or given to a decoder that recurses and allocates as
 * the bytes tell it to. Immutable as long as nobody changes the array.
 *
 * <p>Source: OASIS AMQP 1.0, part 1, section 1.2 and 1.6.
 */
final class AmqpBytes {

  /** Deepest nesting of lists, maps, arrays and descriptions. */
  static final int MAX_DEPTH = 32;

  /** Most elements of an array whose elements take no bytes. */
  private static final int MAX_EMPTY_ELEMENTS = 1024;

  static final int DESCRIBED = 0x00;
  static final int NULL = 0x40;
  static final int LIST0 = 0x45;
  static final int LIST8 = 0xc0;
  static final int MAP8 = 0xc1;
  static final int LIST32 = 0xd0;
  static final int MAP32 = 0xd1;
  static final int ARRAY8 = 0xe0;
  static final int ARRAY32 = 0xf0;

  final byte[] bytes;

  AmqpBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The code at that place. */
  int code(int at) {
    return bytes[at] & 0xff;
  }

  /** Where the value that begins at {@code at} ends; it must do so at {@code end} at the latest. */
  int skip(int at, int end) {
    return skip(at, end, MAX_DEPTH);
  }

  private int skip(int at, int end, int depth) {
    need(at, 1, end);
    int code = code(at);
    if (code == DESCRIBED) {
      deeper(at, depth);
      int value = skip(at + 1, end, depth - 1);
      need(value, 1, end);
      return skip(value, end, depth - 1);
    }
    return skipBody(code, at, at + 1, end, depth);
  }

  /** What follows a constructor with that code; {@code at} is where the value began. */
  private int skipBody(int code, int at, int from, int end, int depth) {
    return switch (code >> 4) {
      case 0x4 -> known(code, 0x40, 0x45, at, from);
      case 0x5 -> fixed(code, 0x50, 0x56, at, from, 1, end);
      case 0x6 -> fixed(code, 0x60, 0x61, at, from, 2, end);
      case 0x7 -> fixed(code, 0x70, 0x74, at, from, 4, end);
      case 0x8 -> fixed(code, 0x80, 0x84, at, from, 8, end);
      case 0x9 -> {
        if (code != 0x94 && code != 0x98) {
          throw unknown(code, at);
        }
        need(from, 16, end);
        yield from + 16;
      }
      case 0xa, 0xb -> {
        if ((code & 0xf) != 0 && (code & 0xf) != 1 && (code & 0xf) != 3) {
          throw unknown(code, at);
        }
        int width = width(code);
        int length = length(from, width, end);
        yield from + width + length;
      }
      case 0xc, 0xd -> {
        if ((code & 0xf) > 1) {
          throw unknown(code, at);
        }
        yield compound(code, at, from, end, depth);
      }
      case 0xe, 0xf -> {
        if ((code & 0xf) != 0) {
          throw unknown(code, at);
        }
        yield array(code, at, from, end, depth);
      }
      default -> throw unknown(code, at);
    };
  }

  private int compound(int code, int at, int from, int end, int depth) {
    deeper(at, depth);
    int width = width(code);
    int size = length(from, width, end);
    int stop = from + width + size;
    int count = count(from + width, width, stop);
    boolean map = (code & 0xf) == 1;
    if (map && count % 2 != 0) {
      throw InvalidMessage.malformed(
          "a map at byte %d has %d keys and values".formatted(at, count));
    }
    int item = from + width + width;
    for (int i = 0; i < count; i++) {
      item = skip(item, stop, depth - 1);
    }
    exactly(item, stop, at);
    return stop;
  }

  private int array(int code, int at, int from, int end, int depth) {
    deeper(at, depth);
    int width = width(code);
    int size = length(from, width, end);
    int stop = from + width + size;
    int count = count(from + width, width, stop);
    int constructor = from + width + width;
    int left = depth - 1;
    need(constructor, 1, stop);
    while (code(constructor) == DESCRIBED) {
      deeper(at, left--);
      constructor = skip(constructor + 1, stop, left);
      need(constructor, 1, stop);
    }
    int elements = code(constructor);
    int item = constructor + 1;
    if (elements >> 4 == 0x4) {
      known(elements, 0x40, 0x45, at, item);
      if (count > MAX_EMPTY_ELEMENTS) {
        throw InvalidMessage.malformed(
            "an array at byte %d claims %d elements in %d bytes".formatted(at, count, size));
      }
    } else {
      for (int i = 0; i < count; i++) {
        item = skipBody(elements, at, item, stop, left);
      }
    }
    exactly(item, stop, at);
    return stop;
  }

  private int known(int code, int first, int last, int at, int next) {
    if (code < first || code > last) {
      throw unknown(code, at);
    }
    return next;
  }

  private int fixed(int code, int first, int last, int at, int from, int size, int end) {
    known(code, first, last, at, from);
    need(from, size, end);
    return from + size;
  }

  /** Whether the value's code says four bytes for its length. */
  private static int width(int code) {
    return (code & 0x10) == 0 ? 1 : 4;
  }

  private int length(int from, int width, int end) {
    need(from, width, end);
    int length = number(from, width);
    if (length < 0 || length > end - from - width) {
      throw InvalidMessage.malformed(
          "a value at byte %d claims %d bytes where %d are left"
              .formatted(from - 1, Integer.toUnsignedLong(length), end - from - width));
    }
    return length;
  }

  private int count(int from, int width, int end) {
    need(from, width, end);
    int count = number(from, width);
    if (count < 0) {
      throw InvalidMessage.malformed(
          "a value before byte %d claims %d elements"
              .formatted(from, Integer.toUnsignedLong(count)));
    }
    return count;
  }

  private int number(int from, int width) {
    return width == 1 ? bytes[from] & 0xff : int32(from);
  }

  private static void need(int at, int size, int end) {
    if (size > end - at) {
      throw InvalidMessage.malformed(
          "it ends at byte %d inside a value that needs %d more".formatted(end, size - (end - at)));
    }
  }

  private static void exactly(int item, int stop, int at) {
    if (item != stop) {
      throw InvalidMessage.malformed(
          "what is in the value at byte %d ends at byte %d, not at %d".formatted(at, item, stop));
    }
  }

  private static void deeper(int at, int depth) {
    if (depth <= 0) {
      throw InvalidMessage.malformed(
          "at byte %d values are nested deeper than %d".formatted(at, MAX_DEPTH));
    }
  }

  private static InvalidMessage unknown(int code, int at) {
    return InvalidMessage.malformed("at byte %d stands no type but 0x%02x".formatted(at, code));
  }

  /** Number of items of the list, or of keys and values of the map, that begins there. */
  int items(int at) {
    int code = code(at);
    if (code == LIST0) {
      return 0;
    }
    int width = width(code);
    return number(at + 1 + width, width);
  }

  /** Where the first item of the list or map stands that begins there. */
  int firstItem(int at) {
    int code = code(at);
    return code == LIST0 ? at + 1 : at + 1 + 2 * width(code);
  }

  boolean isList(int at) {
    int code = code(at);
    return code == LIST0 || code == LIST8 || code == LIST32;
  }

  boolean isMap(int at) {
    return code(at) == MAP8 || code(at) == MAP32;
  }

  boolean isNull(int at) {
    return code(at) == NULL;
  }

  boolean isString(int at) {
    return code(at) == 0xa1 || code(at) == 0xb1;
  }

  boolean isSymbol(int at) {
    return code(at) == 0xa3 || code(at) == 0xb3;
  }

  boolean isBinary(int at) {
    return code(at) == 0xa0 || code(at) == 0xb0;
  }

  boolean isUnsignedLong(int at) {
    return code(at) == 0x80 || code(at) == 0x53 || code(at) == 0x44;
  }

  /** Where the content of the binary, string or symbol stands that begins there. */
  int contentStart(int at) {
    return at + 1 + width(code(at));
  }

  int contentLength(int at) {
    return number(at + 1, width(code(at)));
  }

  /** The text of a string or symbol. */
  String text(int at) {
    int from = contentStart(at);
    int length = contentLength(at);
    if (isSymbol(at)) {
      return new String(bytes, from, length, StandardCharsets.US_ASCII);
    }
    try {
      CharBuffer text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
      return text.toString();
    } catch (CharacterCodingException notUtf8) {
      throw InvalidMessage.malformed("the string at byte %d is not UTF-8".formatted(at));
    }
  }

  byte[] content(int at) {
    byte[] content = new byte[contentLength(at)];
    System.arraycopy(bytes, contentStart(at), content, 0, content.length);
    return content;
  }

  /** An integer of any width and sign, or a timestamp; null when it is something else. */
  @Nullable Long integer(int at) {
    return switch (code(at)) {
      case 0x43, 0x44 -> 0L;
      case 0x50, 0x52, 0x53 -> (long) (bytes[at + 1] & 0xff);
      case 0x51, 0x54, 0x55 -> (long) bytes[at + 1];
      case 0x60 -> (long) ((bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff);
      case 0x61 -> (long) (short) ((bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff);
      case 0x70 -> Integer.toUnsignedLong(int32(at + 1));
      case 0x71 -> (long) int32(at + 1);
      case 0x80, 0x81, 0x83 -> int64(at + 1);
      default -> null;
    };
  }

  @Nullable Boolean bool(int at) {
    return switch (code(at)) {
      case 0x41 -> true;
      case 0x42 -> false;
      case 0x56 -> bytes[at + 1] != 0;
      default -> null;
    };
  }

  @Nullable UUID uuid(int at) {
    return code(at) == 0x98 ? new UUID(int64(at + 1), int64(at + 9)) : null;
  }

  private int int32(int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | bytes[at + 3] & 0xff;
  }

  private long int64(int at) {
    return (long) int32(at) << 32 | Integer.toUnsignedLong(int32(at + 4));
  }
}
