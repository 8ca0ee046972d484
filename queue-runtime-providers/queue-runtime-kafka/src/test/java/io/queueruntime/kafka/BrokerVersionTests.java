package io.queueruntime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BrokerVersionTests {

  @ParameterizedTest
  @EnumSource
  void aBrokersVersionIsToldByTheLevelOfItsMetadata(MetadataVersion version) {
    String text = BrokerVersion.ofMetadata(version.featureLevel()).text();

    assertThat(text)
        .isEqualTo(version.shortVersion().startsWith("3.") ? "3.x" : version.shortVersion());
  }

  @Test
  void aLevelThatIsNotKnownYetIsOfANewerBroker() {
    assertThat(BrokerVersion.ofMetadata(31).text()).isEqualTo("4.3 or newer");
  }

  @Test
  void brokersBeforeFourAreTooOld() {
    assertThat(BrokerVersion.ofMetadata(21).isAtLeast(4, 0)).isFalse();
    assertThat(BrokerVersion.parse("4.2.1").isAtLeast(4, 2)).isTrue();
    assertThat(BrokerVersion.parse("4.2").isAtLeast(4, 3)).isFalse();
  }
}
