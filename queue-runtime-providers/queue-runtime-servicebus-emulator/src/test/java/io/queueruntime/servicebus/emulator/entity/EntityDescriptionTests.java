package io.queueruntime.servicebus.emulator.entity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EntityDescriptionTests {

  @Test
  void defaultsAreThoseOfServiceBus() {
    assertThat(
            Arrays.stream(EntityProperty.values())
                .map(one -> one.wireName() + "=" + EntityDescription.DEFAULTS.text(one).orElse("")))
        .containsExactly(
            "LockDuration=PT1M",
            "MaxSizeInMegabytes=1024",
            "RequiresDuplicateDetection=false",
            "RequiresSession=false",
            "DefaultMessageTimeToLive=P10675199DT2H48M5.4775807S",
            "DeadLetteringOnMessageExpiration=false",
            "DuplicateDetectionHistoryTimeWindow=PT10M",
            "MaxDeliveryCount=10",
            "EnableBatchedOperations=true",
            "AuthorizationRules=",
            "Status=Active",
            "ForwardTo=",
            "UserMetadata=",
            "AutoDeleteOnIdle=P10675199DT2H48M5.4775807S",
            "EnablePartitioning=false",
            "ForwardDeadLetteredMessagesTo=",
            "MaxMessageSizeInKilobytes=256");
  }

  @Test
  void authorizationRulesAreKeptWhateverTheyHoldAndTheirKeysAreNotShown() {
    List<AuthorizationRule> rules =
        List.of(
            new AuthorizationRule(
                Map.of("KeyName", "a=b&c\nd", "PrimaryKey", "s3cr3t+/=", "Rights", "Send,Listen")),
            new AuthorizationRule(Map.of("KeyName", "two", "Unknown", "x")));

    EntityDescription described =
        EntityDescription.DEFAULTS.withText(
            EntityProperty.AUTHORIZATION_RULES, AuthorizationRule.format(rules));

    assertThat(
            AuthorizationRule.parse(
                described.text(EntityProperty.AUTHORIZATION_RULES).orElseThrow()))
        .isEqualTo(rules);
    assertThat(described + rules.toString()).doesNotContain("s3cr3t");
  }

  @Test
  void neverAndUnlimitedAreNoDurations() {
    assertThat(EntityDescription.DEFAULTS.defaultMessageTimeToLive()).isEmpty();
    assertThat(EntityDescription.DEFAULTS.autoDeleteOnIdle()).isEmpty();
    assertThat(
            EntityDescription.DEFAULTS
                .withText(EntityProperty.DEFAULT_MESSAGE_TIME_TO_LIVE, "P20000000D")
                .defaultMessageTimeToLive())
        .isEmpty();
    assertThat(EntityDescription.DEFAULTS.duplicateDetectionWindow()).isEmpty();
  }

  @Test
  void durationsAreWrittenWithDays() {
    List<String> texts =
        List.of("PT1M", "PT1M30S", "P1D", "P1DT0.25S", "P7D", "PT23H59M", "PT0.0000001S");

    assertThat(texts)
        .allSatisfy(
            text ->
                assertThat(
                        EntityDescription.DEFAULTS
                            .withText(EntityProperty.LOCK_DURATION, text)
                            .text(EntityProperty.LOCK_DURATION))
                    .contains(text));
    assertThat(
            EntityDescription.DEFAULTS
                .withLockDuration(Duration.ofHours(49))
                .text(EntityProperty.LOCK_DURATION))
        .contains("P2DT1H");
  }

  @Test
  void aTextThatIsNoValueIsRefusedWithWhatIsAllowed() {
    refused(EntityProperty.LOCK_DURATION, "60", "an ISO 8601 duration such as PT1M30S or P7D");
    refused(EntityProperty.REQUIRES_SESSION, "yes", "true or false");
    refused(EntityProperty.MAX_DELIVERY_COUNT, "99999999999", "a whole number");
    refused(EntityProperty.STATUS, "Off", "one of Active, Disabled, SendDisabled, ReceiveDisabled");
  }

  @Test
  void aValueSetToItsDefaultIsNotSet() {
    EntityDescription set = EntityDescription.DEFAULTS.withMaxDeliveryCount(3);

    assertThat(set).isNotEqualTo(EntityDescription.DEFAULTS).hasToString("{MaxDeliveryCount=3}");
    assertThat(set.withMaxDeliveryCount(10)).isEqualTo(EntityDescription.DEFAULTS);
    assertThat(set.withForwardTo("a").withForwardTo("").forwardTo()).isEmpty();
  }

  private static void refused(EntityProperty property, String text, String allowed) {
    assertThatExceptionOfType(EntityException.class)
        .isThrownBy(() -> EntityDescription.DEFAULTS.withText(property, text))
        .withMessage(
            "The property '%s' has the value '%s'; allowed is %s."
                .formatted(property.wireName(), text, allowed));
  }
}
