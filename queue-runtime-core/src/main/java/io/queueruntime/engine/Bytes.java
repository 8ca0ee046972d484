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

  /** Puts what was written so far there; returns where to go on. */
  int copyTo(byte[] to, int at) {
    System.arraycopy(array, 0, to, at, length);
    return at + length;
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
    length = put(array, length, value);
    return this;
  }

  Bytes i64(long value) {
    room(8);
    length = put(array, length, value);
    return this;
  }

  Bytes bytes(byte @Nullable [] value) {
    if (value == null) {
      return i32(-1);
    }
    i32(value.length);
    return raw(value);
  }

  Bytes raw(byte[] value) {
    room(value.length);
    System.arraycopy(value, 0, array, length, value.length);
    length += value.length;
    return this;
  }

  Bytes text(@Nullable String value) {
    room(sizeOfText(value));
    length = put(array, length, value);
    return this;
  }

  // ---- the same into an array that is large enough, for those who know the size before: these
  // return where to go on

  static int put(byte[] to, int at, int value) {
    to[at] = (byte) (value >>> 24);
    to[at + 1] = (byte) (value >>> 16);
    to[at + 2] = (byte) (value >>> 8);
    to[at + 3] = (byte) value;
    return at + 4;
  }

  static int put(byte[] to, int at, long value) {
    return put(to, put(to, at, (int) (value >>> 32)), (int) value);
  }

  static int put(byte[] to, int at, byte[] value) {
    int start = put(to, at, value.length);
    System.arraycopy(value, 0, to, start, value.length);
    return start + value.length;
  }

  static int put(byte[] to, int at, @Nullable String value) {
    if (value == null) {
      return put(to, at, -1);
    }
    int size = sizeOf(value);
    if (size != value.length()) {
      return put(to, at, value.getBytes(StandardCharsets.UTF_8));
    }
    // One byte for each character: ASCII, or half of a pair, which UTF-8 has no bytes for.
    int next = put(to, at, size);
    for (int i = 0; i < size; i++) {
      char c = value.charAt(i);
      to[next++] = (byte) (c < 0x80 ? c : '?');
    }
    return next;
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
