package io.queueruntime.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QueueOptionsTests {

  @Test
  void eachOptionIsChangedAloneAndTheOthersStay() {
    QueueName other = QueueName.of("other");
    QueueOptions all =
        new QueueOptions(
            true,
            Duration.ofSeconds(1),
            2,
            Duration.ofSeconds(3),
            false,
            Duration.ofSeconds(4),
            Duration.ofSeconds(5),
            6L,
            7,
            other,
            other,
            Map.of("a", "b"));

    assertThat(
            QueueOptions.DEFAULTS
                .withSessions(true)
                .withLockDuration(Duration.ofSeconds(1))
                .withMaxDeliveryCount(2)
                .withDefaultTimeToLive(Duration.ofSeconds(3))
                .withDeadLetterOnExpiration(false)
                .withDuplicateDetectionWindow(Duration.ofSeconds(4))
                .withAutoDeleteOnIdle(Duration.ofSeconds(5))
                .withMaxMessageSize(6L)
                .withCapacity(7)
                .withForwardTo(other)
                .withForwardDeadLettersTo(other)
                .withAttributes(Map.of("a", "b")))
        .isEqualTo(all);
    assertThat(all.withForwardTo(null).forwardTo()).isNull();
  }

  @Test
  void attributesAreBoundedInNumberAndSize() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < QueueOptions.MAX_ATTRIBUTES; i++) {
      attributes.put("a" + i, "");
    }
    QueueOptions most = QueueOptions.DEFAULTS.withAttributes(attributes);
    attributes.put("one more", "");
    assertThat(most.attributes()).hasSize(QueueOptions.MAX_ATTRIBUTES);
    assertThatThrownBy(() -> QueueOptions.DEFAULTS.withAttributes(attributes))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("found 33");

    Map<String, String> full = Map.of("k", "ä".repeat(2047) + "x");
    assertThat(QueueOptions.DEFAULTS.withAttributes(full).attributes()).isEqualTo(full);
    Map<String, String> tooLarge = Map.of("k", "ä".repeat(2048));
    assertThatThrownBy(() -> QueueOptions.DEFAULTS.withAttributes(tooLarge))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("4097 bytes");
  }
}
