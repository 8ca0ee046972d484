package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is noted of a queue in the catalog. */
class DefinitionTests {

  private static final QueueOptions OPTIONS =
      QueueOptions.DEFAULTS
          .withSessions(true)
          .withLockDuration(Duration.ofSeconds(7))
          .withMaxDeliveryCount(9)
          .withDefaultTimeToLive(Duration.ofHours(3))
          .withDeadLetterOnExpiration(false)
          .withDuplicateDetectionWindow(Duration.ofMinutes(4))
          .withMaxMessageSize(1_234L)
          .withAttributes(Map.of("owner", "billing"));

  @Test
  void everyOptionThatKafkaTakesIsNoted() {
    Definition definition = definition(OPTIONS);

    assertThat(Definition.ofBytes("orders", definition.toBytes())).isEqualTo(definition);
  }

  @Test
  void whatAQueueHasNotIsNotNoted() {
    Definition definition =
        definition(OPTIONS.withDuplicateDetectionWindow(null).withDefaultTimeToLive(null));

    assertThat(Definition.ofBytes("orders", definition.toBytes())).isEqualTo(definition);
  }

  private static Definition definition(QueueOptions options) {
    return new Definition(
        QueueName.of("orders"), options, 12, Instant.parse("2026-02-03T04:05:06Z"), true);
  }
}
