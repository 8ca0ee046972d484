package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AmqpLimitsTests {

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void aLimitOfNothingIsRefusedByName(int none) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AmqpLimits.STANDARD.withMaxConnections(none))
        .withMessage("maxConnections is at least 1, found %d.", none);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AmqpLimits.STANDARD.withLinksPerConnection(none))
        .withMessage("linksPerConnection is at least 1, found %d.", none);
  }

  @Test
  void aFrameHoldsWhatAmqpDemands() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AmqpLimits(1, 1, 1, 1, 1, 511))
        .withMessage("maxFrameSize is at least 512, found 511.");
  }
}
