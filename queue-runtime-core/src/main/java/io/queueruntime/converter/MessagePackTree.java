package io.queueruntime.converter;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.CodingErrorAction;
import java.util.Map;
import org.msgpack.core.ExtensionTypeHeader;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessageFormatException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.POJONode;

/**
 * A tree of Jackson's as MessagePack and back, after the MessagePack specification: bytes stay
 * bytes, the timestamp extension becomes text in ISO 8601, keys of maps have to be text, and other
 * extensions are refused. Numbers that need more than 64 bits travel as text or as double, which is
 * what the specification has for them.
 *
 * <p>Stateless. What is read is bounded by the length of its bytes and by {@value #MAX_DEPTH}
 * levels; an announced length is never believed.
 */
final class MessagePackTree {

  /** Deepest nesting that is read, like that of Jackson's own readers. */
  static final int MAX_DEPTH = 500;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private MessagePackTree() {}

  static byte[] write(JsonNode tree) throws IOException {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      write(tree, packer);
      return packer.toByteArray();
    }
  }

  private static void write(JsonNode node, MessageBufferPacker to) throws IOException {
    switch (node.getNodeType()) {
      case OBJECT -> {
        to.packMapHeader(node.size());
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
          to.packString(entry.getKey());
          write(entry.getValue(), to);
        }
      }
      case ARRAY -> {
        to.packArrayHeader(node.size());
        for (JsonNode element : node) {
          write(element, to);
        }
      }
      case STRING -> to.packString(node.stringValue());
      case BOOLEAN -> to.packBoolean(node.booleanValue());
      case NUMBER -> writeNumber(node, to);
      case BINARY -> writeBytes(node.binaryValue(), to);
      case NULL, MISSING -> to.packNil();
      case POJO -> {
        // so Jackson keeps what a serializer hands over as it is, bytes among it
        if (!(((POJONode) node).getPojo() instanceof byte[] bytes)) {
          throw new IOException("A tree with an object in it that Jackson did not take apart.");
        }
        writeBytes(bytes, to);
      }
    }
  }

  private static void writeBytes(byte[] bytes, MessageBufferPacker to) throws IOException {
    to.packBinaryHeader(bytes.length);
    to.writePayload(bytes);
  }

  private static void writeNumber(JsonNode node, MessageBufferPacker to) throws IOException {
    if (node.isFloat()) {
      to.packFloat(node.floatValue());
    } else if (node.isDouble()) {
      to.packDouble(node.doubleValue());
    } else if (node.isBigDecimal()) {
      to.packString(node.decimalValue().toString());
    } else if (node.isBigInteger()) {
      BigInteger value = node.bigIntegerValue();
      if (value.bitLength() <= Long.SIZE
          && (value.signum() >= 0 || value.bitLength() < Long.SIZE)) {
        to.packBigInteger(value);
      } else {
        to.packString(value.toString());
      }
    } else {
      to.packLong(node.longValue());
    }
  }

  /**
   * @throws IOException when the bytes end too early
   * @throws org.msgpack.core.MessagePackException when they are no MessagePack, or something that
   *     is not taken
   */
  static JsonNode read(byte[] bytes) throws IOException {
    MessagePack.UnpackerConfig strict =
        new MessagePack.UnpackerConfig()
            .withActionOnMalformedString(CodingErrorAction.REPORT)
            .withActionOnUnmappableString(CodingErrorAction.REPORT)
            .withStringSizeLimit(bytes.length);
    try (MessageUnpacker unpacker = strict.newUnpacker(bytes)) {
      JsonNode tree = read(unpacker, bytes.length, 0);
      if (unpacker.hasNext()) {
        throw new MessageFormatException("There is more behind the value.");
      }
      return tree;
    }
  }

  private static JsonNode read(MessageUnpacker from, int length, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new MessageFormatException("More than %d levels.".formatted(MAX_DEPTH));
    }
    return switch (from.getNextFormat().getValueType()) {
      case NIL -> {
        from.unpackNil();
        yield NODES.nullNode();
      }
      case BOOLEAN -> NODES.booleanNode(from.unpackBoolean());
      case INTEGER -> {
        BigInteger value = from.unpackBigInteger();
        if (value.bitLength() < Integer.SIZE) {
          yield NODES.numberNode(value.intValue());
        }
        yield value.bitLength() < Long.SIZE
            ? NODES.numberNode(value.longValue())
            : NODES.numberNode(value);
      }
      case FLOAT -> NODES.numberNode(from.unpackDouble());
      case STRING -> NODES.stringNode(from.unpackString());
      case BINARY ->
          NODES.binaryNode(from.readPayload(believable(from.unpackBinaryHeader(), length)));
      case ARRAY -> {
        int size = believable(from.unpackArrayHeader(), length);
        ArrayNode array = NODES.arrayNode();
        for (int i = 0; i < size; i++) {
          array.add(read(from, length, depth + 1));
        }
        yield array;
      }
      case MAP -> {
        int size = believable(from.unpackMapHeader(), length);
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < size; i++) {
          object.set(from.unpackString(), read(from, length, depth + 1));
        }
        yield object;
      }
      case EXTENSION -> {
        ExtensionTypeHeader header = from.unpackExtensionTypeHeader();
        if (!header.isTimestampType()) {
          throw new MessageFormatException("Extension type %d.".formatted(header.getType()));
        }
        yield NODES.stringNode(from.unpackTimestamp(header).toString());
      }
    };
  }

  /** Each element takes a byte at least, so a larger number is a lie. */
  private static int believable(int announced, int length) {
    if (announced < 0 || announced > length) {
      throw new MessageFormatException("A length of %d in %d bytes.".formatted(announced, length));
    }
    return announced;
  }
}
