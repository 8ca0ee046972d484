package io.queueruntime.servicebus.emulator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.config.ConfiguredQueues.ConfiguredQueue;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTests {

  @TempDir private Path directory;

  @Test
  void aFileOfTheOfficialEmulatorIsReadAsItIs() throws IOException {
    ConfiguredQueues read =
        read(
            """
            \uFEFF{ // a comment
              "UserConfig": {
                "Namespaces": [
                  {
                    "Name": "sbemulatorns",
                    /* another
                       comment */
                    "Queues": [
                      {
                        "Name": "queue.1",
                        "Properties": {
                          "DeadLetteringOnMessageExpiration": false,
                          "DefaultMessageTimeToLive": "PT1H",
                          "DuplicateDetectionHistoryTimeWindow": "PT20S",
                          "ForwardDeadLetteredMessagesTo": "",
                          "ForwardTo": "",
                          "LockDuration": "PT1M",
                          "MaxDeliveryCount": 3,
                          "RequiresDuplicateDetection": false,
                          "RequiresSession": true
                        }
                      },
                      { "Name": "queue.2" },
                    ],
                    "Topics": []
                  }
                ],
                "Logging": { "Type": "File" }
              }
            }
            """);

    assertThat(read.warnings()).isEmpty();
    assertThat(read.queues())
        .extracting(ConfiguredQueue::name)
        .containsExactly("queue.1", "queue.2");
    assertThat(read.queues().get(0).description())
        .hasToString(
            "{RequiresSession=true, DefaultMessageTimeToLive=PT1H,"
                + " DuplicateDetectionHistoryTimeWindow=PT20S, MaxDeliveryCount=3}");
    assertThat(read.queues().get(1).description()).isEqualTo(EntityDescription.DEFAULTS);
  }

  @Test
  void topicsAreNotSupportedAndAreNamed() {
    refused(
        namespace("\"Topics\": [{\"Name\": \"topic.1\"}, {\"Name\": \"topic.2\"}]"),
        "UserConfig.Namespaces[0].Topics: topics are not supported",
        "'topic.1', 'topic.2'");
  }

  @Test
  void whatIsNotKnownIsWarnedOf() throws IOException {
    ConfiguredQueues read =
        read(
            "{\"Extra\": 1, \"UserConfig\": {\"Other\": 1, \"Namespaces\": [{\"Queues\": "
                + "[{\"Name\": \"q\", \"Props\": {}, \"Properties\": {\"MaxDelivery\": 3}}]}]}}");

    assertThat(read.warnings())
        .hasSize(4)
        .anySatisfy(one -> assertThat(one).contains(": Extra: unknown"))
        .anySatisfy(one -> assertThat(one).contains(": UserConfig.Other: unknown"))
        .anySatisfy(one -> assertThat(one).contains("Queues[0].Props: unknown"))
        .anySatisfy(
            one -> assertThat(one).contains("Queues[0].Properties.MaxDelivery: unknown property"));
  }

  @Test
  void aBadValueIsRefusedWithItsPlaceInTheFile() {
    refused(
        queue("\"LockDuration\": \"1 minute\""),
        "config.json: UserConfig.Namespaces[0].Queues[0].Properties.LockDuration: ",
        "has the value '1 minute'; allowed is an ISO 8601 duration");
    refused(
        queue("\"MaxDeliveryCount\": {}"),
        "Properties.MaxDeliveryCount: found OBJECT; allowed is a single value");
    refused(queue("\"RequiresSession\": \"maybe\""), "allowed is true or false");
    refused(namespace("\"Queues\": [{}]"), "Queues[0].Name: missing");
    refused(namespace("\"Queues\": {}"), "Queues: found OBJECT; allowed is a list");
    refused(
        namespace("\"Queues\": [{\"Name\": \"a\"}, {\"Name\": \"A\"}]"),
        "Queues[1].Name: 'A' is the name of UserConfig.Namespaces[0].Queues[0] already");
    refused("[]", "the file: found ARRAY");
    refused("{}", "UserConfig: missing");
    refused("{\"UserConfig\": {}}", "has 0 namespaces");
    refused("{\"UserConfig\": {\"Namespaces\": [{}, {}]}}", "has 2 namespaces");
  }

  @Test
  void whatIsNotJsonIsRefusedWithLineAndColumn() {
    refused("{\n  \"UserConfig\": oops\n}", "not JSON", "(line 2, column");
    refused("", "the file is empty");
    refused("{} {}", "not JSON");
    refused("{\"UserConfig\": 1, \"UserConfig\": 2}", "not JSON", "Duplicate");
    refused("[".repeat(100_000), "not JSON");
  }

  @Test
  void aFileThatIsNotThereIsSaidSo() {
    assertThatExceptionOfType(ConfigInvalid.class)
        .isThrownBy(() -> ConfigFile.read(directory.resolve("none.json")))
        .withMessageEndingWith("none.json: there is no such file.");
    assertThatExceptionOfType(ConfigInvalid.class)
        .isThrownBy(() -> ConfigFile.read(directory))
        .withMessageContaining("cannot be read");
  }

  @Test
  void aQueueMayForwardToOneThatStandsFurtherDown() throws IOException {
    try (Namespace namespace = open()) {
      read(namespace(
              "\"Queues\": [{\"Name\": \"a\", \"Properties\": {\"ForwardTo\": \"B\"}},"
                  + "{\"Name\": \"b\", \"Properties\": {\"MaxDeliveryCount\": 2}}]"))
          .applyTo(namespace);

      assertThat(namespace.require("a").description().forwardTo()).contains("b");
      assertThat(namespace.require("b").description().maxDeliveryCount()).isEqualTo(2);
    }
  }

  @Test
  void queuesThatAreThereGetThePropertiesOfTheFileAndOthersStay() throws IOException {
    try (Namespace namespace = open()) {
      namespace.create("other", EntityDescription.DEFAULTS);
      namespace.create("q", EntityDescription.DEFAULTS.withMaxDeliveryCount(9));
      ConfiguredQueues read = read(queue("\"LockDuration\": \"PT30S\""));

      read.applyTo(namespace);
      read.applyTo(namespace);

      assertThat(namespace.require("q").description())
          .isEqualTo(EntityDescription.DEFAULTS.withLockDuration(Duration.ofSeconds(30)));
      assertThat(namespace.find("other")).isPresent();
    }
  }

  @Test
  void whatTheNamespaceRefusesIsToldWithItsPlace() {
    applied(
        queue("\"LockDuration\": \"PT4S\""),
        "UserConfig.Namespaces[0].Queues[0].Properties.LockDuration (queue 'q'): ",
        "'PT4S'; allowed is PT5S to PT5M");
    applied(queue("\"ForwardTo\": \"none\""), "Properties.ForwardTo (queue 'q')");
    applied(
        namespace("\"Queues\": [{\"Name\": \"a$b\"}]"),
        "UserConfig.Namespaces[0].Queues[0] (queue 'a$b'): ");
  }

  private void applied(String json, String... parts) {
    try (Namespace namespace = open()) {
      assertThatExceptionOfType(ConfigInvalid.class)
          .isThrownBy(() -> read(json).applyTo(namespace))
          .satisfies(refused -> assertThat(refused.getMessage()).contains(parts));
    }
  }

  private void refused(String json, String... parts) {
    assertThatExceptionOfType(ConfigInvalid.class)
        .isThrownBy(() -> read(json))
        .satisfies(refused -> assertThat(refused.getMessage()).contains(parts));
  }

  private ConfiguredQueues read(String json) throws IOException {
    return ConfigFile.read(Files.writeString(directory.resolve("config.json"), json));
  }

  private static String queue(String properties) {
    return namespace("\"Queues\": [{\"Name\": \"q\", \"Properties\": {%s}}]".formatted(properties));
  }

  private static String namespace(String content) {
    return "{\"UserConfig\": {\"Namespaces\": [{\"Name\": \"sbemulatorns\", %s}]}}"
        .formatted(content);
  }

  private static Namespace open() {
    return Namespace.open(EngineOptions.inMemory(), EntityLimits.STANDARD, new VirtualTime());
  }
}
