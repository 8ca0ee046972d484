package io.queueruntime.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import com.google.protobuf.Timestamp;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import tools.jackson.dataformat.cbor.CBORMapper;

/** CBOR, MessagePack and Protobuf beside JSON: chosen by the content type, both ways. */
class BinaryFormatTests {

  record Order(String id, Instant at, byte[] receipt, List<Integer> lines) {

    @Override
    public boolean equals(Object other) {
      return other instanceof Order order
          && id.equals(order.id)
          && at.equals(order.at)
          && Arrays.equals(receipt, order.receipt)
          && lines.equals(order.lines);
    }

    @Override
    public int hashCode() {
      return id.hashCode();
    }
  }

  record Numbers(
      long smallest,
      long largest,
      BigInteger beyondLong,
      BigInteger beyondEight,
      BigDecimal exact,
      double wide,
      float narrow,
      boolean yes,
      @Nullable String nothing) {}

  private static final Order ORDER =
      new Order(
          "o-1", Instant.parse("2026-01-02T03:04:05.678Z"), new byte[] {0, -1}, List.of(1, 2));

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final PayloadTypes TYPES =
      new PayloadTypes(Map.of("order.v1", Order.class, "text.v1", StringValue.class));

  private final MessageConverter converter =
      MessageConverter.of(
          List.of(
              MessageConverter.cbor(CBORMapper.builder().build(), TYPES),
              MessageConverter.messagePack(JSON, TYPES),
              MessageConverter.protobuf(TYPES),
              MessageConverter.standard(JSON, TYPES)));

  private static ReceivedMessage<byte[]> message(
      byte[] body, @Nullable String contentType, @Nullable String payloadType) {
    return ReceivedMessage.of(QueueName.of("q"), SequenceNumber.of(1), "m", body)
        .contentType(contentType)
        .payloadType(payloadType)
        .build();
  }

  private static ReceivedMessage<byte[]> arrived(OutgoingMessage sent) {
    return message(sent.body(), sent.contentType().orElse(null), sent.payloadType().orElse(null));
  }

  private OutgoingMessage written(Object payload, @Nullable String contentType) {
    return converter
        .toMessage(
            payload, contentType == null ? null : ContentType.parse(contentType).orElseThrow())
        .build();
  }

  private Object roundTrip(Object payload, @Nullable String contentType, Type type) {
    return converter.fromMessage(arrived(written(payload, contentType)), type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/cbor",
        "application/vnd.acme.order+cbor",
        "application/vnd.msgpack",
        "application/msgpack",
        "application/x-msgpack"
      })
  void anObjectTravelsInTheFormatItsSenderAsksFor(String contentType) {
    OutgoingMessage sent = written(ORDER, contentType);

    assertThat(sent.contentType()).contains(contentType);
    assertThat(sent.payloadType()).contains("order.v1");
    assertThat(sent.body()[0]).isNotEqualTo((byte) '{');
    assertThat(sent.body()).hasSizeLessThan(written(ORDER, null).body().length);
    assertThat(converter.fromMessage(arrived(sent), Order.class)).isEqualTo(ORDER);
    assertThat(converter.fromMessage(arrived(sent), Object.class)).isEqualTo(ORDER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/cbor", "application/vnd.msgpack"})
  void numbersAndNothingKeepTheirValues(String contentType) {
    Numbers numbers =
        new Numbers(
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE),
            BigInteger.ONE.shiftLeft(70).negate(),
            new BigDecimal("12345678901234567890.123456789"),
            1e300,
            0.1f,
            true,
            null);

    assertThat(roundTrip(numbers, contentType, Numbers.class)).isEqualTo(numbers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/cbor", "application/vnd.msgpack"})
  void genericTypesAreKept(String contentType) {
    Type orders = new TypeReference<List<Order>>() {}.getType();

    assertThat(roundTrip(List.of(ORDER, ORDER), contentType, orders))
        .isEqualTo(List.of(ORDER, ORDER));
    assertThat(roundTrip(Map.of("a", List.of(1)), contentType, JsonNode.class))
        .isEqualTo(JSON.readTree("{\"a\":[1]}"));
  }

  @ParameterizedTest
  @CsvSource({
    "application/cbor, CBOR, a1",
    "application/cbor, CBOR, ''",
    "application/vnd.msgpack, MessagePack, 81",
    "application/vnd.msgpack, MessagePack, ''",
    "application/vnd.msgpack, MessagePack, c1",
    "application/vnd.msgpack, MessagePack, 8001",
    "application/vnd.msgpack, MessagePack, 8101c0",
    "application/vnd.msgpack, MessagePack, d40500",
    "application/vnd.msgpack, MessagePack, a2c328",
    "application/vnd.msgpack, MessagePack, dd7fffffff",
    "application/vnd.msgpack, MessagePack, df7fffffff",
    "application/vnd.msgpack, MessagePack, c67fffffff",
    "application/vnd.msgpack, MessagePack, db7fffffff",
    "application/vnd.msgpack, MessagePack, ddffffffff",
  })
  void bytesThatAreNotThatFormatAreRefused(String contentType, String format, String hex) {
    byte[] body = HexFormat.of().parseHex(hex);

    assertThatThrownBy(
            () -> converter.fromMessage(message(body, contentType, null), JsonNode.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageStartingWith(
            "Cannot read message 'm' of queue 'q' as tools.jackson.databind.JsonNode: its ")
        .hasMessageContaining(format);
  }

  @Test
  void nestingWithoutEndIsRefused() {
    byte[] arrays = new byte[100_000];
    Arrays.fill(arrays, (byte) 0x91);

    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(arrays, "application/vnd.msgpack", null), JsonNode.class))
        .isInstanceOf(SerializationFailed.class);
  }

  @Test
  void whateverBytesComeTheAnswerIsAValueOrARefusal() {
    Random random = new Random(20_260_101);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] body = new byte[random.nextInt(24)];
      random.nextBytes(body);
      try {
        converter.fromMessage(message(body, "application/vnd.msgpack", null), JsonNode.class);
        read++;
      } catch (SerializationFailed refused) {
        assertThat(refused).hasMessageContaining("MessagePack");
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void aTimestampOfAnotherWriterIsReadAsText() {
    byte[] fixext4 = HexFormat.of().parseHex("d6ff00000001");

    assertThat(
            converter.fromMessage(message(fixext4, "application/vnd.msgpack", null), Instant.class))
        .isEqualTo(Instant.ofEpochSecond(1));
  }

  @Test
  void theValueNilIsRefused() {
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(new byte[] {(byte) 0xc0}, "application/vnd.msgpack", null),
                    Order.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageEndingWith("its body is the MessagePack value nil.");
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(new byte[] {(byte) 0xf6}, "application/cbor", null), Order.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageEndingWith("its body is the CBOR value null.");
  }

  @Test
  void aMapperWithDefaultTypingIsRefused() {
    CBORMapper unsafe =
        CBORMapper.builder()
            .activateDefaultTyping(
                BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build(),
                DefaultTyping.NON_FINAL)
            .build();

    assertThatThrownBy(() -> MessageConverter.cbor(unsafe, TYPES))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageStartingWith("The CBORMapper for payloads has default typing on");
  }

  @Test
  void aProtobufMessageTravelsAsProtobufUnlessAskedOtherwise() {
    StringValue text = StringValue.of("größe");
    OutgoingMessage sent = written(text, null);

    assertThat(sent.contentType()).contains("application/x-protobuf");
    assertThat(sent.payloadType()).contains("text.v1");
    assertThat(sent.body()).isEqualTo(text.toByteArray());
    assertThat(converter.fromMessage(arrived(sent), StringValue.class)).isEqualTo(text);
    assertThat(converter.fromMessage(arrived(sent), Object.class)).isEqualTo(text);
    assertThat(
            converter.fromMessage(
                message(sent.body(), "application/vnd.google.protobuf", null), StringValue.class))
        .isEqualTo(text);
    assertThat(converter.fromMessage(message(sent.body(), null, null), StringValue.class))
        .isEqualTo(text);
  }

  @Test
  void protobufOfAnotherTypeOrOfNoneIsRefused() {
    byte[] body = StringValue.of("x").toByteArray();

    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(body, "application/x-protobuf", "text.v1"), Timestamp.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessage(
            "Cannot read message 'm' of queue 'q' as com.google.protobuf.Timestamp: it holds a payload of type 'text.v1', which is com.google.protobuf.StringValue.");
    assertThatThrownBy(
            () ->
                converter.fromMessage(message(body, "application/x-protobuf", null), Object.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageContaining("its Protobuf bytes do not say what they are");
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message("no".getBytes(StandardCharsets.UTF_8), "application/x-protobuf", null),
                    StringValue.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageEndingWith("its 2 bytes are not that in Protobuf.");
  }
}
