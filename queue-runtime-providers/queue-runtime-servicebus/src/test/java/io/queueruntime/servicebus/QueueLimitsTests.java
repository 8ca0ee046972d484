package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QueueLimitsTests {

  private static final QueueName QUEUE = QueueName.of("orders");

  static Stream<Arguments> beyond() {
    return Stream.of(
        row("lock-duration", o -> o.withLockDuration(Duration.ofSeconds(4))),
        row("lock-duration", o -> o.withLockDuration(Duration.ofMinutes(6))),
        row("default-time-to-live", o -> o.withDefaultTimeToLive(Duration.ofMillis(500))),
        row(
            "duplicate-detection.window",
            o -> o.withDuplicateDetectionWindow(Duration.ofSeconds(19))),
        row("duplicate-detection.window", o -> o.withDuplicateDetectionWindow(Duration.ofDays(8))),
        row("auto-delete-on-idle", o -> o.withAutoDeleteOnIdle(Duration.ofMinutes(4))),
        row("max-delivery-count", o -> o.withMaxDeliveryCount(2_001)),
        row("max-message-size", o -> o.withMaxMessageSize(101L * 1024 * 1024)),
        row(QueueSettings.SIZE_IN_MEGABYTES, o -> o.withAttributes(size("1023"))),
        row(QueueSettings.SIZE_IN_MEGABYTES, o -> o.withAttributes(size("81921"))),
        row(QueueSettings.SIZE_IN_MEGABYTES, o -> o.withAttributes(size("1 GB"))),
        row(
            QueueSettings.PARTITIONED,
            o -> o.withAttributes(Map.of(QueueSettings.PARTITIONED, "yes"))));
  }

  private static Map<String, String> size(String megabytes) {
    return Map.of(QueueSettings.SIZE_IN_MEGABYTES, megabytes);
  }

  private static Arguments row(String setting, UnaryOperator<QueueOptions> change) {
    return Arguments.of(setting, change);
  }

  @ParameterizedTest
  @MethodSource("beyond")
  void whatServiceBusWouldRefuseIsRefusedBeforeWithItsName(
      String setting, UnaryOperator<QueueOptions> change) {
    assertThatThrownBy(() -> QueueLimits.check(QUEUE, change.apply(QueueOptions.DEFAULTS)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("orders")
        .hasMessageContaining(setting);
  }

  @Test
  void theDefaultsAndTheEdgesAreAllowed() {
    assertThatCode(() -> QueueLimits.check(QUEUE, QueueOptions.DEFAULTS))
        .doesNotThrowAnyException();
    assertThatCode(
            () ->
                QueueLimits.check(
                    QUEUE,
                    QueueOptions.DEFAULTS
                        .withLockDuration(Duration.ofMinutes(5))
                        .withDuplicateDetectionWindow(Duration.ofDays(7))
                        .withAutoDeleteOnIdle(Duration.ofMinutes(5))
                        .withAttributes(size("81920"))
                        .withMaxDeliveryCount(2_000)))
        .doesNotThrowAnyException();
  }

  @Test
  void aNumberOfMessagesIsNoLimitOfServiceBus() {
    assertThatThrownBy(() -> QueueLimits.check(QUEUE, QueueOptions.DEFAULTS.withCapacity(10)))
        .isInstanceOf(UnsupportedCapability.class)
        .hasMessageContaining("capacity");
  }

  @Test
  void aReasonIsCutBetweenCharacters() {
    String cut = Settling.cut("€".repeat(2_000));

    assertThat(cut).matches("€+").hasSize(1_365);
    assertThat(Settling.cut("short")).isEqualTo("short");
  }
}
