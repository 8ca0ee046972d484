package io.queueruntime.servicebus.emulator.message;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Encoded AMQP values, written one after another into an array that grows.
 *
 * <p>Writes only what a broker says of a message; what clients said is copied with {@link #raw}.
 * Confined to one call.
 */
final class AmqpWriter {

  private byte[] bytes;
  private int size;

  AmqpWriter(int expected) {
    bytes = new byte[Math.max(64, expected)];
  }

  int size() {
    return size;
  }

  byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  AmqpWriter raw(byte[] from, int start, int end) {
    room(end - start);
    System.arraycopy(from, start, bytes, size, end - start);
    size += end - start;
    return this;
  }

  AmqpWriter raw(byte[] from) {
    return raw(from, 0, from.length);
  }

  AmqpWriter u8(int value) {
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  AmqpWriter i32(int value) {
    return u8(value >>> 24).u8(value >>> 16).u8(value >>> 8).u8(value);
  }

  AmqpWriter i64(long value) {
    return i32((int) (value >>> 32)).i32((int) value);
  }

  /** The constructor of a section; what follows is its value. */
  AmqpWriter section(int descriptor) {
    return u8(AmqpBytes.DESCRIBED).u8(0x53).u8(descriptor);
  }

  AmqpWriter nil() {
    return u8(AmqpBytes.NULL);
  }

  AmqpWriter bool(boolean value) {
    return u8(value ? 0x41 : 0x42);
  }

  AmqpWriter ubyte(int value) {
    return u8(0x50).u8(value);
  }

  AmqpWriter uint(long value) {
    return value == 0 ? u8(0x43) : u8(0x70).i32((int) value);
  }

  AmqpWriter int32(int value) {
    return u8(0x71).i32(value);
  }

  /** Always eight bytes: clients tell small longs apart from others. */
  AmqpWriter int64(long value) {
    return u8(0x81).i64(value);
  }

  AmqpWriter timestamp(Instant value) {
    return u8(0x83).i64(value.toEpochMilli());
  }

  AmqpWriter string(String value) {
    return variable(0xa1, value.getBytes(StandardCharsets.UTF_8));
  }

  AmqpWriter symbol(String value) {
    return variable(0xa3, value.getBytes(StandardCharsets.US_ASCII));
  }

  private AmqpWriter variable(int shortCode, byte[] content) {
    if (content.length <= 255) {
      u8(shortCode).u8(content.length);
    } else {
      u8(shortCode + 0x10).i32(content.length);
    }
    return raw(content);
  }

  /** Opens a list or map of unknown length; what comes back goes to {@link #close}. */
  int open(int code32) {
    u8(code32);
    int sizeAt = size;
    i32(0).i32(0);
    return sizeAt;
  }

  /** Ends what was opened there, with that many items, or keys and values. */
  AmqpWriter close(int sizeAt, int items) {
    int end = size;
    size = sizeAt;
    i32(end - sizeAt - 4).i32(items);
    size = end;
    return this;
  }

  private void room(int more) {
    if (more > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
