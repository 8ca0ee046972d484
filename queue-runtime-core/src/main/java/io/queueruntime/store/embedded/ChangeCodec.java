package io.queueruntime.store.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.IdHash;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.embedded.Change.IdForgotten;
import io.queueruntime.store.embedded.Change.IdTaken;
import io.queueruntime.store.embedded.Change.MessageHeld;
import io.queueruntime.store.embedded.Change.MessagePut;
import io.queueruntime.store.embedded.Change.MessageRemoved;
import io.queueruntime.store.embedded.Change.QueueForgotten;
import io.queueruntime.store.embedded.Change.Shelf;
import io.queueruntime.store.embedded.Change.StateSet;
import io.queueruntime.store.embedded.Change.UnitTaken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Changes as bytes: a version, a kind, the queue, then what the kind has, in the order of its
 * fields. Texts are kept as their characters, so that every one comes back as it was.
 */
final class ChangeCodec {

  private static final int VERSION = 1;
  private static final int MAX_TEXT = 64 * 1024;

  private ChangeCodec() {}

  static byte[] encode(Change change) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeByte(kind(change));
      text(out, change.queue().value());
      body(out, change);
    } catch (IOException e) {
      throw new UncheckedIOException("An array takes whatever is written to it.", e);
    }
    return bytes.toByteArray();
  }

  private static int kind(Change change) {
    if (change instanceof IdTaken) {
      return 1;
    } else if (change instanceof IdForgotten) {
      return 2;
    } else if (change instanceof UnitTaken) {
      return 3;
    } else if (change instanceof StateSet) {
      return 4;
    } else if (change instanceof MessagePut) {
      return 5;
    } else if (change instanceof MessageHeld) {
      return 6;
    } else if (change instanceof MessageRemoved) {
      return 7;
    }
    return 8;
  }

  private static void body(DataOutputStream out, Change change) throws IOException {
    if (change instanceof IdTaken taken) {
      text(out, taken.id().hex());
      uuid(out, taken.copy().value());
      out.writeBoolean(taken.confirmed());
      out.writeLong(taken.until());
    } else if (change instanceof IdForgotten forgotten) {
      text(out, forgotten.id().hex());
    } else if (change instanceof UnitTaken taken) {
      text(out, taken.unit());
      out.writeLong(taken.epoch());
    } else if (change instanceof StateSet set) {
      text(out, set.session().hex());
      bytes(out, set.state());
    } else if (change instanceof MessagePut put) {
      StoredMessage message = put.message();
      out.writeByte(put.shelf().ordinal());
      out.writeLong(message.number().value());
      text(out, message.messageId());
      Instant due = message.dueAt();
      out.writeLong(due == null ? Long.MAX_VALUE : due.toEpochMilli());
      bytes(out, message.content());
    } else if (change instanceof MessageHeld held) {
      out.writeByte(held.shelf().ordinal());
      out.writeLong(held.number());
      out.writeBoolean(held.token() != null);
      if (held.token() != null) {
        uuid(out, held.token());
      }
      out.writeLong(held.until());
      out.writeInt(held.count());
    } else if (change instanceof MessageRemoved removed) {
      out.writeByte(removed.shelf().ordinal());
      out.writeLong(removed.number());
    }
  }

  /** Throws a {@code RuntimeException} where the bytes are none that this version writes. */
  static Change decode(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new IllegalArgumentException("version " + version + " of an entry");
      }
      int kind = in.readUnsignedByte();
      Change change = body(in, kind, QueueName.of(text(in)));
      if (in.available() > 0) {
        throw new IllegalArgumentException(in.available() + " bytes too many");
      }
      return change;
    } catch (IOException e) {
      throw new IllegalArgumentException("an entry that ends early", e);
    }
  }

  private static Change body(DataInputStream in, int kind, QueueName queue) throws IOException {
    return switch (kind) {
      case 1 ->
          new IdTaken(
              queue, new IdHash(text(in)), new CopyId(uuid(in)), in.readBoolean(), in.readLong());
      case 2 -> new IdForgotten(queue, new IdHash(text(in)));
      case 3 -> new UnitTaken(queue, text(in), in.readLong());
      case 4 -> new StateSet(queue, new IdHash(text(in)), bytes(in));
      case 5 -> put(in, queue);
      case 6 ->
          new MessageHeld(
              shelf(in),
              queue,
              in.readLong(),
              in.readBoolean() ? uuid(in) : null,
              in.readLong(),
              in.readInt());
      case 7 -> new MessageRemoved(shelf(in), queue, in.readLong());
      case 8 -> new QueueForgotten(queue);
      default -> throw new IllegalArgumentException("an entry of kind " + kind);
    };
  }

  private static Change put(DataInputStream in, QueueName queue) throws IOException {
    Shelf shelf = shelf(in);
    SequenceNumber number = SequenceNumber.of(in.readLong());
    String messageId = text(in);
    long due = in.readLong();
    byte[] content = bytes(in);
    return new MessagePut(
        shelf,
        new StoredMessage(
            queue,
            number,
            messageId,
            due == Long.MAX_VALUE ? null : Instant.ofEpochMilli(due),
            content == null ? new byte[0] : content));
  }

  private static Shelf shelf(DataInputStream in) throws IOException {
    return Shelf.values()[in.readUnsignedByte()];
  }

  private static void text(DataOutputStream out, String value) throws IOException {
    out.writeInt(value.length());
    out.writeChars(value);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_TEXT) {
      throw new IllegalArgumentException("a text of " + length + " characters");
    }
    StringBuilder value = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      value.append(in.readChar());
    }
    return value.toString();
  }

  private static void uuid(DataOutputStream out, UUID value) throws IOException {
    out.writeLong(value.getMostSignificantBits());
    out.writeLong(value.getLeastSignificantBits());
  }

  private static UUID uuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  private static void bytes(DataOutputStream out, byte @Nullable [] value) throws IOException {
    out.writeInt(value == null ? -1 : value.length);
    if (value != null) {
      out.write(value);
    }
  }

  private static byte @Nullable [] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length == -1) {
      return null;
    }
    if (length < 0 || length > in.available()) {
      throw new IllegalArgumentException(
          "a field of " + length + " bytes where " + in.available() + " are left");
    }
    return in.readNBytes(length);
  }
}
