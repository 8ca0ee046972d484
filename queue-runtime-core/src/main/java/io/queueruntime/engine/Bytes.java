package io.queueruntime.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A growing array to write numbers and strings to, and the matching reads. Strings are UTF-8 behind
 * their length; an absent one has the length -1.
 *
 * <p>Not thread-safe.
 */
final class Bytes {

  private byte[] array;
  private int length;
  private @Nullable ByteBuffer view;

  Bytes(int capacity) {
    this.array = new byte[capacity];
  }

  Bytes clear() {
    length = 0;
    return this;
  }

  int length() {
    return length;
  }

  /** What was written so far: the array itself when it is full, so nothing must be written then. */
  byte[] toArray() {
    return length == array.length ? array : Arrays.copyOf(array, length);
  }

  /** What was written so far, without a copy: valid until the next write, or the next view. */
  ByteBuffer view() {
    ByteBuffer last = view;
    if (last == null) {
      last = ByteBuffer.wrap(array);
      view = last;
    }
    return last.limit(length).position(0);
  }

  Bytes u8(int value) {
    room(1);
    array[length++] = (byte) value;
    return this;
  }

  Bytes bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  Bytes i32(int value) {
    room(4);
    array[length++] = (byte) (value >>> 24);
    array[length++] = (byte) (value >>> 16);
    array[length++] = (byte) (value >>> 8);
    array[length++] = (byte) value;
    return this;
  }

  Bytes i64(long value) {
    return i32((int) (value >>> 32)).i32((int) value);
  }

  Bytes bytes(byte @Nullable [] value) {
    if (value == null) {
      return i32(-1);
    }
    i32(value.length);
    return raw(value);
  }

  /** Leaves so many zeros; only right after it was made. */
  Bytes skip(int count) {
    room(count);
    length += count;
    return this;
  }

  Bytes raw(byte[] value) {
    room(value.length);
    System.arraycopy(value, 0, array, length, value.length);
    length += value.length;
    return this;
  }

  Bytes text(@Nullable String value) {
    if (value == null) {
      return i32(-1);
    }
    int size = sizeOf(value);
    if (size != value.length()) {
      return bytes(value.getBytes(StandardCharsets.UTF_8));
    }
    // One byte for each character: ASCII, or half of a pair, which UTF-8 has no bytes for.
    i32(size).room(size);
    for (int i = 0; i < size; i++) {
      char c = value.charAt(i);
      array[length++] = (byte) (c < 0x80 ? c : '?');
    }
    return this;
  }

  /** How many bytes {@link #text} writes. */
  static int sizeOfText(@Nullable String value) {
    return value == null ? 4 : 4 + sizeOf(value);
  }

  private static int sizeOf(String value) {
    int size = value.length();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c >= 0x80) {
        if (c < 0x800) {
          size++;
        } else if (!Character.isSurrogate(c)) {
          size += 2;
        } else if (Character.isHighSurrogate(c)
            && i + 1 < value.length()
            && Character.isLowSurrogate(value.charAt(i + 1))) {
          size += 2;
          i++;
        }
      }
    }
    return size;
  }

  static boolean readBool(ByteBuffer from) {
    return from.get() != 0;
  }

  static byte @Nullable [] readBytes(ByteBuffer from) {
    int size = from.getInt();
    if (size == -1) {
      return null;
    }
    if (size < 0 || size > from.remaining()) {
      throw new MalformedRecord(
          "a field of " + size + " bytes where " + from.remaining() + " are left");
    }
    byte[] value = new byte[size];
    from.get(value);
    return value;
  }

  static @Nullable String readText(ByteBuffer from) {
    byte[] value = readBytes(from);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  static String requireText(ByteBuffer from) {
    String value = readText(from);
    if (value == null) {
      throw new MalformedRecord("a missing text");
    }
    return value;
  }

  private void room(int more) {
    if (array.length - length < more) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, length + more));
      view = null;
    }
  }
}
