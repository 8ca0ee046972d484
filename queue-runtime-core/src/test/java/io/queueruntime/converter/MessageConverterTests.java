package io.queueruntime.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.lang.reflect.Type;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

class MessageConverterTests {

  record Order(String id, Instant at, Duration within) {}

  interface Event {}

  record Placed(String id) implements Event {}

  record Cancelled(String id) implements Event {}

  private final MessageConverter converter =
      MessageConverter.standard(
          JsonMapper.builder().build(),
          new PayloadTypes(Map.of("placed.v1", Placed.class, "cancelled.v1", Cancelled.class)));

  private static ReceivedMessage<byte[]> message(
      byte[] body, @Nullable String contentType, @Nullable String payloadType) {
    return ReceivedMessage.of(QueueName.of("q"), SequenceNumber.of(1), "m", body)
        .contentType(contentType)
        .payloadType(payloadType)
        .build();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Object roundTrip(Object payload, Type type) {
    OutgoingMessage sent = converter.toMessage(payload, null).build();
    return converter.fromMessage(
        message(sent.body(), sent.contentType().orElse(null), sent.payloadType().orElse(null)),
        type);
  }

  @Test
  void bytesStayAsTheyAre() {
    byte[] bytes = {0, -1, 127};
    OutgoingMessage sent = converter.toMessage(bytes, null).build();
    assertThat(sent.body()).isSameAs(bytes);
    assertThat(sent.contentType()).contains("application/octet-stream");
    assertThat(roundTrip(bytes, byte[].class)).isSameAs(bytes);
    assertThat(converter.fromMessage(message(utf8("{}"), "application/json", null), byte[].class))
        .isEqualTo(utf8("{}"));
  }

  @Test
  void textTravelsInUtf8AndReadsEveryBody() {
    OutgoingMessage sent = converter.toMessage("größe", null).build();
    assertThat(sent.contentType()).contains("text/plain;charset=utf-8");
    assertThat(sent.body()).isEqualTo(utf8("größe"));
    assertThat(roundTrip("größe", String.class)).isEqualTo("größe");
    assertThat(
            converter.fromMessage(
                message(utf8("{\"a\":1}"), "application/json", null), String.class))
        .isEqualTo("{\"a\":1}");
    assertThat(
            converter.fromMessage(
                message(
                    "größe".getBytes(StandardCharsets.ISO_8859_1),
                    "text/plain; charset=\"ISO-8859-1\"",
                    null),
                String.class))
        .isEqualTo("größe");
  }

  @Test
  void bytesThatAreNoTextAreRefusedInsteadOfReplaced() {
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(new byte[] {(byte) 0xc3}, "text/plain", null), String.class))
        .isInstanceOf(SerializationFailed.class);
    assertThatThrownBy(
            () ->
                converter.toMessage(
                    "größe", ContentType.parse("text/plain;charset=us-ascii").orElseThrow()))
        .isInstanceOf(SerializationFailed.class);
  }

  @Test
  void textCanBeSentAsReadyMadeJson() {
    OutgoingMessage sent = converter.toMessage("{\"id\":\"x\"}", ContentType.JSON).build();
    assertThat(sent.contentType()).contains("application/json");
    assertThat(converter.fromMessage(message(sent.body(), "application/json", null), Placed.class))
        .isEqualTo(new Placed("x"));
  }

  @Test
  void objectsTravelAsJsonWithTheTimesOfJava() {
    Order order = new Order("o", Instant.parse("2026-01-02T03:04:05Z"), Duration.ofMinutes(5));
    assertThat(new String(converter.toMessage(order, null).build().body(), StandardCharsets.UTF_8))
        .contains("2026-01-02T03:04:05Z");
    assertThat(roundTrip(order, Order.class)).isEqualTo(order);
  }

  @Test
  void genericParametersAreKept() {
    Type type = new TypeReference<Map<String, List<Placed>>>() {}.getType();
    assertThat(roundTrip(Map.of("a", List.of(new Placed("x"))), type))
        .isEqualTo(Map.of("a", List.of(new Placed("x"))));
  }

  @Test
  void messageWithoutAContentTypeIsReadAsTheHandlerDeclares() {
    assertThat(converter.fromMessage(message(utf8("{\"id\":\"x\"}"), null, null), Placed.class))
        .isEqualTo(new Placed("x"));
    assertThat(converter.fromMessage(message(utf8("plain"), null, null), String.class))
        .isEqualTo("plain");
    assertThat(
            converter.fromMessage(
                message(utf8("{\"id\":\"x\"}"), "not a type at all", null), Placed.class))
        .isEqualTo(new Placed("x"));
  }

  @Test
  void payloadTypeChoosesTheClass() {
    assertThat(converter.toMessage(new Placed("x"), null).build().payloadType())
        .contains("placed.v1");
    assertThat(roundTrip(new Placed("x"), Event.class)).isEqualTo(new Placed("x"));
    assertThat(roundTrip(new Cancelled("x"), Object.class)).isEqualTo(new Cancelled("x"));
    assertThat(roundTrip(new Cancelled("x"), Map.class)).isEqualTo(Map.of("id", "x"));
    assertThat(roundTrip(new Cancelled("x"), JsonNode.class)).hasToString("{\"id\":\"x\"}");
  }

  @Test
  void payloadOfATypeTheHandlerDoesNotTakeIsRefused() {
    assertThatThrownBy(() -> roundTrip(new Cancelled("x"), Placed.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageContaining("cancelled.v1");
  }

  @Test
  void unknownPayloadTypeIsRefusedByName() {
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(utf8("{}"), "application/json", "java.lang.Runtime"), Object.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageContaining("'java.lang.Runtime'")
        .hasMessageContaining("queue-runtime.payload.types");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "null", "[]", "{\"id\":1} trailing", "{\"id\":{}}", "\u0000"})
  void bodyThatIsNoSuchPayloadIsRefusedWithoutBeingQuoted(String body) {
    assertThatThrownBy(
            () ->
                converter.fromMessage(message(utf8(body), "application/json", null), Placed.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageContaining("message 'm' of queue 'q'");
  }

  @Test
  void textOfTheErrorHoldsNothingOfTheBody() {
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(utf8("{\"id\":\"o\",\"at\":\"geheim\"}"), "application/json", null),
                    Order.class))
        .isInstanceOf(SerializationFailed.class)
        .message()
        .doesNotContain("geheim");
  }

  @Test
  void deeplyNestedBodyIsRefused() {
    assertThatThrownBy(
            () ->
                converter.fromMessage(
                    message(utf8("[".repeat(100_000)), "application/json", null), Object.class))
        .isInstanceOf(SerializationFailed.class);
  }

  @Test
  void jsonInAnotherCharsetIsRead() {
    byte[] latin = "{\"id\":\"größe\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(
            converter.fromMessage(
                message(latin, "application/json;charset=iso-8859-1", null), Placed.class))
        .isEqualTo(new Placed("größe"));
    byte[] wide = "{\"id\":\"größe\"}".getBytes(StandardCharsets.UTF_16BE);
    assertThat(
            converter.fromMessage(
                message(wide, "application/json;charset=utf-16be", null), Placed.class))
        .isEqualTo(new Placed("größe"));
  }

  @Test
  void contentTypeThatNobodyReadsIsRefused() {
    assertThatThrownBy(
            () ->
                converter.fromMessage(message(utf8("<a/>"), "application/xml", null), Placed.class))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageContaining("application/xml");
    assertThatThrownBy(
            () ->
                converter.toMessage(
                    new Placed("x"), ContentType.parse("application/xml").orElseThrow()))
        .isInstanceOf(SerializationFailed.class);
  }

  @Test
  void payloadThatCannotBeWrittenIsRefused() {
    Object broken =
        new Object() {
          @SuppressWarnings("unused")
          public String getIt() {
            throw new IllegalStateException();
          }
        };
    assertThatThrownBy(() -> converter.toMessage(broken, null))
        .isInstanceOf(SerializationFailed.class);
  }

  @Test
  void mapperWithDefaultTypingIsRefused() {
    JsonMapper dangerous =
        JsonMapper.builder()
            .activateDefaultTyping(
                BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build(),
                DefaultTyping.NON_FINAL)
            .build();
    assertThatThrownBy(() -> MessageConverter.standard(dangerous, PayloadTypes.NONE))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("default typing");
  }

  @Test
  void namesOfPayloadTypesAreChecked() {
    assertThatThrownBy(() -> new PayloadTypes(Map.of("a", Placed.class, "b", Placed.class)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("two");
    assertThatThrownBy(() -> new PayloadTypes(Map.of(" ", Placed.class)))
        .isInstanceOf(ConfigurationInvalid.class);
    assertThatThrownBy(() -> new PayloadTypes(Map.of("a\nb", Placed.class)))
        .isInstanceOf(ConfigurationInvalid.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json | application | json | UTF-8",
        " Application/JSON ;x=y | application | json | UTF-8",
        "text/plain;charset=iso-8859-1 | text | plain | ISO-8859-1",
        "text/plain; a=b; CHARSET=\"utf-16\" | text | plain | UTF-16",
        "application/vnd.acme.v1+json | application | vnd.acme.v1+json | UTF-8"
      })
  void contentTypesAreParsed(String text, String type, String subtype, String charset) {
    assertThat(ContentType.parse(text))
        .contains(new ContentType(type, subtype, Charset.forName(charset)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "json",
        "a/",
        "/b",
        "a/b/c",
        "a b/c",
        "text/plain;charset=",
        "text/plain;charset=no-such",
        "text/plain;charset=\u0000",
        ";",
        "ü/x"
      })
  void whatIsNoContentTypeIsNoneAndNoError(String text) {
    assertThat(ContentType.parse(text)).isEmpty();
  }

  @Test
  void veryLongContentTypeIsNone() {
    assertThat(ContentType.parse("text/" + "x".repeat(300))).isEmpty();
  }
}
