package io.queueruntime.servicebus.emulator.message;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Decimal128;
import org.apache.qpid.proton.amqp.DescribedType;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.Footer;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Properties;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.EncoderImpl;

/** Messages encoded and decoded by proton-j: an encoder that is not the one under test. */
final class ProtonMessages {

  private ProtonMessages() {}

  /** The sections as bytes, one after another. */
  static byte[] encode(Object... sections) {
    try {
      return encode(1 << 14, sections);
    } catch (BufferOverflowException | IndexOutOfBoundsException large) {
      return encode(1 << 20, sections);
    }
  }

  private static byte[] encode(int most, Object... sections) {
    DecoderImpl decoder = new DecoderImpl();
    EncoderImpl encoder = new EncoderImpl(decoder);
    AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    ByteBuffer buffer = ByteBuffer.allocate(most);
    encoder.setByteBuffer(buffer);
    for (Object section : sections) {
      encoder.writeObject(section);
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** The sections that the bytes hold. */
  static List<Object> decode(byte[] bytes) {
    DecoderImpl decoder = new DecoderImpl();
    EncoderImpl encoder = new EncoderImpl(decoder);
    AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    decoder.setByteBuffer(buffer);
    List<Object> sections = new ArrayList<>();
    while (buffer.hasRemaining()) {
      sections.add(decoder.readObject());
    }
    return sections;
  }

  static <T> T section(byte[] bytes, Class<T> type) {
    return decode(bytes).stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + type.getSimpleName()));
  }

  static Properties properties(String messageId, String groupId) {
    Properties properties = new Properties();
    properties.setMessageId(messageId);
    properties.setGroupId(groupId);
    return properties;
  }

  static Header header(Long ttl) {
    Header header = new Header();
    header.setTtl(ttl == null ? null : UnsignedInteger.valueOf(ttl));
    return header;
  }

  static MessageAnnotations annotations(Object... namesAndValues) {
    Map<Symbol, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(Symbol.valueOf((String) namesAndValues[i]), namesAndValues[i + 1]);
    }
    return new MessageAnnotations(map);
  }

  static ApplicationProperties applicationProperties(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return new ApplicationProperties(map);
  }

  static Data data(String text) {
    return new Data(new Binary(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Any message a sender may send, its sections in order. */
  static List<Object> random(Random random) {
    List<Object> sections = new ArrayList<>();
    if (random.nextBoolean()) {
      Header header = new Header();
      header.setDurable(random.nextBoolean());
      header.setPriority(UnsignedByte.valueOf((byte) random.nextInt(10)));
      if (random.nextBoolean()) {
        header.setTtl(UnsignedInteger.valueOf(random.nextInt()));
      }
      sections.add(header);
    }
    if (random.nextBoolean()) {
      sections.add(annotations("x-opt-partition-key", text(random, 20), "mine", value(random, 3)));
    }
    if (random.nextInt(5) > 0) {
      sections.add(properties(random));
    }
    if (random.nextBoolean()) {
      Map<String, Object> map = new LinkedHashMap<>();
      for (int i = random.nextInt(8); i > 0; i--) {
        map.put(text(random, 12), value(random, 0));
      }
      sections.add(new ApplicationProperties(map));
    }
    switch (random.nextInt(5)) {
      case 0 -> sections.add(new AmqpValue(value(random, 3)));
      case 1 -> sections.add(new AmqpSequence(list(random, 3)));
      case 2 -> {
        sections.add(new Data(binary(random, 40)));
        sections.add(new Data(binary(random, 400)));
      }
      case 3 -> sections.add(new AmqpValue(null));
      default -> sections.add(new Data(binary(random, 2000)));
    }
    if (random.nextInt(4) == 0) {
      sections.add(new Footer(Map.of(Symbol.valueOf("crc"), random.nextInt())));
    }
    return sections;
  }

  private static Properties properties(Random random) {
    Properties properties = new Properties();
    Object[] ids = {
      "id-" + random.nextInt(),
      new UUID(random.nextLong(), random.nextLong()),
      UnsignedLong.valueOf(random.nextLong() >>> 1),
      binary(random, 10),
      null
    };
    properties.setMessageId(ids[random.nextInt(ids.length)]);
    if (random.nextBoolean()) {
      properties.setTo("to");
      properties.setSubject(text(random, 300));
      properties.setCorrelationId("c");
      properties.setContentType(Symbol.valueOf("text/plain"));
      properties.setCreationTime(new Date(random.nextLong() >>> 20));
      properties.setAbsoluteExpiryTime(new Date(random.nextLong() >>> 20));
    }
    if (random.nextBoolean()) {
      properties.setGroupId("g" + random.nextInt());
      properties.setGroupSequence(UnsignedInteger.valueOf(random.nextInt()));
      properties.setReplyToGroupId("r");
    }
    return properties;
  }

  private static Object value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 24 : 20)) {
      case 0 -> text(random, 300);
      case 1 -> random.nextInt();
      case 2 -> random.nextLong();
      case 3 -> (long) random.nextInt(100);
      case 4 -> random.nextBoolean();
      case 5 -> random.nextDouble();
      case 6 -> random.nextFloat();
      case 7 -> (byte) random.nextInt();
      case 8 -> (short) random.nextInt();
      case 9 -> UnsignedByte.valueOf((byte) random.nextInt());
      case 10 -> UnsignedShort.valueOf((short) random.nextInt());
      case 11 -> UnsignedInteger.valueOf(random.nextInt());
      case 12 -> UnsignedLong.valueOf(random.nextLong());
      case 13 -> new UUID(random.nextLong(), random.nextLong());
      case 14 -> new Date(random.nextLong() >>> 20);
      case 15 -> Symbol.valueOf("sym" + random.nextInt());
      case 16 -> new Described(Symbol.valueOf("com.microsoft:timespan"), random.nextLong());
      case 17 -> 'x';
      case 18 -> binary(random, 300);
      case 19 -> new Decimal128(random.nextLong(), random.nextLong());
      case 20 -> list(random, depth - 1);
      case 21 -> Map.of("k" + random.nextInt(), value(random, depth - 1));
      case 22 -> new String[] {text(random, 5), text(random, 5)};
      default -> new Described(UnsignedLong.valueOf(7), list(random, depth - 1));
    };
  }

  private static List<Object> list(Random random, int depth) {
    List<Object> list = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      list.add(value(random, depth));
    }
    return list;
  }

  private static Binary binary(Random random, int most) {
    byte[] bytes = new byte[1 + random.nextInt(most)];
    random.nextBytes(bytes);
    return new Binary(bytes);
  }

  private static String text(Random random, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      text.appendCodePoint(random.nextInt(6) == 0 ? 0x1F600 + random.nextInt(20) : 'a' + i % 26);
    }
    return text.toString();
  }

  /** A described type that equals another one of the same content. */
  record Described(Object getDescriptor, Object getDescribed) implements DescribedType {}
}
