package io.queueruntime.provider.front;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * Values of headers in the {@linkplain StoredForm stored form}, each with its type. Thread-safe.
 */
final class HeaderForm {

  private static final int TEXT = 1;
  private static final int BOOL = 2;
  private static final int INT8 = 3;
  private static final int INT16 = 4;
  private static final int INT32 = 5;
  private static final int INT64 = 6;
  private static final int FLOAT = 7;
  private static final int DOUBLE = 8;
  private static final int TIME = 9;
  private static final int ID = 10;
  private static final int BINARY = 11;

  private HeaderForm() {}

  static void write(DataOutputStream out, Object value) throws IOException {
    if (value instanceof Boolean bool) {
      out.writeByte(BOOL);
      out.writeBoolean(bool);
    } else if (value instanceof Byte number) {
      out.writeByte(INT8);
      out.writeByte(number);
    } else if (value instanceof Short number) {
      out.writeByte(INT16);
      out.writeShort(number);
    } else if (value instanceof Integer number) {
      out.writeByte(INT32);
      out.writeInt(number);
    } else if (value instanceof Long number) {
      out.writeByte(INT64);
      out.writeLong(number);
    } else if (value instanceof Float number) {
      out.writeByte(FLOAT);
      out.writeInt(Float.floatToRawIntBits(number));
    } else if (value instanceof Double number) {
      out.writeByte(DOUBLE);
      out.writeLong(Double.doubleToRawLongBits(number));
    } else if (value instanceof Instant time) {
      out.writeByte(TIME);
      out.writeLong(time.getEpochSecond());
      out.writeInt(time.getNano());
    } else if (value instanceof UUID id) {
      out.writeByte(ID);
      out.writeLong(id.getMostSignificantBits());
      out.writeLong(id.getLeastSignificantBits());
    } else if (value instanceof byte[] bytes) {
      out.writeByte(BINARY);
      StoredForm.bytes(out, bytes);
    } else {
      out.writeByte(TEXT);
      StoredForm.text(out, value.toString());
    }
  }

  static Object read(DataInputStream in) throws IOException {
    int type = in.readUnsignedByte();
    Object value =
        switch (type) {
          case TEXT -> StoredForm.text(in);
          case BOOL -> in.readBoolean();
          case INT8 -> in.readByte();
          case INT16 -> in.readShort();
          case INT32 -> in.readInt();
          case INT64 -> in.readLong();
          case FLOAT -> Float.intBitsToFloat(in.readInt());
          case DOUBLE -> Double.longBitsToDouble(in.readLong());
          case TIME -> Instant.ofEpochSecond(in.readLong(), in.readInt());
          case ID -> new UUID(in.readLong(), in.readLong());
          case BINARY -> StoredForm.bytes(in);
          default -> null;
        };
    if (value == null) {
      throw new IOException("a header of type " + type + " without a value that is known");
    }
    return value;
  }
}
