package io.queueruntime.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names and values are those of CloudEvents 1.0.2 and its AMQP and Kafka bindings. */
class CloudEventAttributesTests {

  private static final CloudEventAttributes EVENT =
      CloudEventAttributes.of("A234-1234-1234", "/mycontext/4", "com.example.someevent")
          .withTime(Instant.parse("2018-04-05T17:31:00Z"))
          .withSubject("order 7")
          .withExtension("sequence", "3");

  private static ReceivedMessage<byte[]> message(Map<String, Object> headers) {
    return ReceivedMessage.of(QueueName.of("q"), SequenceNumber.of(1), "m", new byte[0])
        .headers(headers)
        .build();
  }

  @Test
  void theHeadersAreThoseOfTheAmqpBinding() {
    assertThat(EVENT.headers())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "cloudEvents:specversion", "1.0",
                "cloudEvents:id", "A234-1234-1234",
                "cloudEvents:source", "/mycontext/4",
                "cloudEvents:type", "com.example.someevent",
                "cloudEvents:subject", "order 7",
                "cloudEvents:time", "2018-04-05T17:31:00Z",
                "cloudEvents:sequence", "3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cloudEvents:", "cloudEvents_", "ce_"})
  void anEventIsReadInEveryBinding(String prefix) {
    Map<String, Object> headers = new HashMap<>();
    EVENT
        .headers()
        .forEach(
            (name, value) ->
                headers.put(prefix + name.substring(CloudEventAttributes.PREFIX.length()), value));
    headers.put("tenant", "acme");

    assertThat(CloudEventAttributes.of(message(headers))).contains(EVENT);
  }

  @Test
  void aMessageThatLacksWhatEveryEventSaysIsNone() {
    for (String needed : new String[] {"specversion", "id", "source", "type"}) {
      Map<String, Object> headers = EVENT.headers();
      headers.remove(CloudEventAttributes.PREFIX + needed);

      assertThat(CloudEventAttributes.of(message(headers))).as("without " + needed).isEmpty();
    }
    Map<String, Object> newer = EVENT.headers();
    newer.put("cloudEvents:specversion", "2.0");
    assertThat(CloudEventAttributes.of(message(newer))).isEmpty();
  }

  @Test
  void whatIsNoTimeOrNoExtensionIsLeftOut() {
    Map<String, Object> headers = EVENT.headers();
    headers.put("cloudEvents:time", "yesterday");
    headers.put("cloudEvents:Not-A-Name", "x");

    assertThat(CloudEventAttributes.of(message(headers)).orElseThrow())
        .isEqualTo(
            new CloudEventAttributes(
                EVENT.id(),
                EVENT.source(),
                EVENT.type(),
                "order 7",
                null,
                null,
                Map.of("sequence", "3")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Sequence", "with-dash", "id", "aaaaaaaaaaaaaaaaaaaaa"})
  void anExtensionWhoseNameIsNotAllowedIsRefused(String name) {
    assertThatThrownBy(() -> EVENT.withExtension(name, "x"))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("A CloudEvents extension is named '" + name + "'");
  }

  @Test
  void anEventNeedsIdSourceAndType() {
    assertThatThrownBy(() -> CloudEventAttributes.of("1", " ", "t"))
        .isInstanceOf(ValidationFailed.class)
        .hasMessage("A CloudEvent needs its source; it is blank.");
  }
}
