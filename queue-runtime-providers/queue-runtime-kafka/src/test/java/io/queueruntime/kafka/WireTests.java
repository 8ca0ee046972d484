package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.CloudEventAttributes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** A sender's headers come back as they were; those of an event have the names Kafka's have. */
class WireTests {

  private final Headers headers = new RecordHeaders();

  private String text(String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  /** CloudEvents 1.0.2, Kafka Protocol Binding, 3.2: binary content mode. */
  @Test
  void anEventHasTheNamesOfKafkasBindingAndComesBackWithItsOwn() {
    Map<String, Object> sent =
        new LinkedHashMap<>(
            CloudEventAttributes.of("7", "/shop", "com.acme.order.placed")
                .withTime(Instant.parse("2026-01-02T03:04:05Z"))
                .withExtension("sequence", 3)
                .headers());
    sent.put("tenant", "acme");

    Wire.write(sent, headers);

    assertThat(text("ce_specversion")).isEqualTo("1.0");
    assertThat(text("ce_id")).isEqualTo("7");
    assertThat(text("ce_source")).isEqualTo("/shop");
    assertThat(text("ce_type")).isEqualTo("com.acme.order.placed");
    assertThat(text("ce_time")).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(text("ce_sequence")).isEqualTo("3");
    assertThat(text("tenant")).isEqualTo("acme");
    assertThat(headers).noneMatch(header -> header.key().startsWith("cloudEvents"));
    assertThat(Wire.read(headers)).isEqualTo(sent);
  }

  @Test
  void namesThatAreThoseOfTheBindingAlreadyStayAsTheyAre() {
    Map<String, Object> own = Map.of("ce_id", "8", "ce_level", 5);
    Wire.write(own, headers);
    assertThat(Wire.read(headers)).isEqualTo(own);
  }

  @Test
  void aNameIsNotTakenFromAnotherHeader() {
    Map<String, Object> both = Map.of("ce_id", "8", "cloudEvents:id", "7", "ce_", 1);
    Wire.write(both, headers);
    assertThat(Wire.read(headers)).isEqualTo(both);
  }
}
