package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.QueueListener;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** What a user reads whose settings have values that cannot be. */
class SettingStartupFailureTests extends StartupReports {

  @Test
  void aContentTypeThatNothingWrites() {
    assertReport(
        IN_MEMORY + "queue-runtime.payload.content-type: application/bson",
        "QR-164",
        "queue-runtime.payload.content-type (application.yml:2:37) is \"application/bson\", and nothing here writes objects as that.",
        "Use application/json; or application/cbor with tools.jackson.dataformat:jackson-dataformat-cbor, application/vnd.msgpack with org.msgpack:msgpack-core, or a MessageConverter bean of your own.");
  }

  static class TypedMapper {
    @Bean
    JsonMapper jsonMapper() {
      return JsonMapper.builder()
          .activateDefaultTyping(
              BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build())
          .build();
    }
  }

  @Test
  void aMapperThatLetsSendersChooseClasses() {
    start.with(TypedMapper.class);

    assertThat(start.report(IN_MEMORY))
        .contains("[QR-149] The JsonMapper for payloads has default typing on")
        .endsWith(
            "[QR-149] Remove default typing from the mapper's bean, or contribute a MessageConverter bean with a mapper of its own.");
  }

  @Test
  void namesThatWouldNotBeReadAsTheyAreWritten() {
    assertThat(
            start.report(
                IN_MEMORY
                    + """
                    queue-runtime:
                      queues:
                        orders_v1: { session: required }
                        "[fine_as.it/is]": {}
                      payload.types.order_v1: java.lang.String
                    """))
        .contains(
            "for 2 reasons:",
            "1. [QR-156] queue-runtime.queues.orders_v1 would be read as \"ordersv1\": a key without brackets keeps letters, digits and dashes only.",
            "2. [QR-156] queue-runtime.payload.types.order_v1 (application.yml:6:27) would be read as \"orderv1\"",
            "1. [QR-156] Write the key in quotes and brackets: \"[orders_v1]\".");
  }

  @Test
  void aDrainThatTakesLongerThanSpringWaits() {
    assertReport(
        IN_MEMORY
            + """
            queue-runtime.listener.drain-timeout: 60s
            spring.lifecycle.timeout-per-shutdown-phase: 45s
            """,
        "QR-122",
        "queue-runtime.listener.drain-timeout (application.yml:2:39) is 1m, and spring.lifecycle.timeout-per-shutdown-phase (application.yml:3:46) is 45s: Spring would cut the drain off, and messages in work would be delivered twice.",
        "Set queue-runtime.listener.drain-timeout: 30s, or spring.lifecycle.timeout-per-shutdown-phase: 70s.");
  }

  @Test
  void aPayloadTypeThatDoesNotExist() {
    assertReport(
        IN_MEMORY + "queue-runtime.payload.types: { order.v1: com.acme.Order }",
        "QR-123",
        "queue-runtime.payload.types[order.v1] (application.yml:2:42) is \"com.acme.Order\", and there is no such class.",
        "Write the full name of a class, with a $ before a nested one, e.g. queue-runtime.payload.types: { order.v1: com.acme.Order }.");
  }

  @Test
  void aPayloadTypeWithTwoNames() {
    String order = Order.class.getName();

    assertReport(
        IN_MEMORY
            + "queue-runtime.payload.types: { order.v1: %1$s, order.v2: %1$s }".formatted(order),
        "QR-123",
        "queue-runtime.payload.types[order.v2] (application.yml:2:104) names %s, which \"order.v1\" names already; only one name can be written."
            .formatted(order),
        "Remove \"order.v1\" or \"order.v2\" from queue-runtime.payload.types.");
  }

  static class Illegal {
    @QueueListener("my queue!")
    void on(Order order) {}
  }

  @Test
  void aQueueNameThatIsNotAllowed() {
    start.with(Illegal.class);

    assertReport(
        IN_MEMORY,
        "QR-131",
        "@QueueListener method Illegal.on(Order) cannot listen to \"my queue!\": Queue name 'my queue!' has the character U+0020 at position 2; allowed are letters, digits and . _ - / ~.",
        "Rename the queue, e.g. to \"my-queue\".");
  }

  @Test
  void aQueueThatMayNeverBeDelivered() {
    assertReport(
        IN_MEMORY + "queue-runtime.queues.orders.max-delivery-count: 0",
        "QR-132",
        "queue-runtime.queues.orders.max-delivery-count (application.yml:2:49) is 0; a message must be delivered at least once before it can be given up.",
        "Set queue-runtime.queues.orders.max-delivery-count to 1 (no retry) or more, e.g. 5.");
  }

  @Test
  void valuesThatAreNotWhatTheirSettingsTake() {
    assertThat(
            start.report(
                """
                queue-runtime:
                  embedded:
                    durability: fsnyc
                    segment-size: big
                  defaults.lock-duration: 5 parsecs
                  queues.orders.max-delivery-count: many
                  strict: maybe
                """))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start, for 5 reasons:

            1. [QR-139] queue-runtime.strict (application.yml:7:11) is "maybe"; allowed is true or false.
            2. [QR-139] queue-runtime.embedded.durability (application.yml:3:17) is "fsnyc"; allowed is one of fsync, os, memory.
            3. [QR-139] queue-runtime.embedded.segment-size (application.yml:4:19) is "big"; allowed is a size such as 512KB, 64MB or 1GB.
            4. [QR-139] queue-runtime.defaults.lock-duration (application.yml:5:27) is "5 parsecs"; allowed is a duration such as 500ms, 30s, 5m or 24h.
            5. [QR-139] queue-runtime.queues.orders.max-delivery-count (application.yml:6:37) is "many"; allowed is a whole number.

            Action:

            1. [QR-139] Set queue-runtime.strict, e.g. to true.
            2. [QR-139] Did you mean "fsync"? Set queue-runtime.embedded.durability, e.g. to fsync.
            3. [QR-139] Set queue-runtime.embedded.segment-size, e.g. to 64MB.
            4. [QR-139] Set queue-runtime.defaults.lock-duration, e.g. to 30s.
            5. [QR-139] Set queue-runtime.queues.orders.max-delivery-count, e.g. to 5.""");
  }

  @Test
  void valuesThatAreOutOfRange() {
    assertThat(
            start.report(
                """
                queue-runtime:
                  embedded: { durability: memory, capacity: -1, segment-size: 1KB, snapshot: { keep: 0, every: 0, interval: 0s } }
                  defaults: { lock-duration: 0s, default-time-to-live: -1s, duplicate-detection.window: 0s }
                  queues.orders: { auto-delete-on-idle: 0s, max-message-size: 0B, session-idle-timeout: -1s }
                  listener.drain-timeout: -5s
                """))
        .contains("cannot start, for 12 reasons:")
        .contains(
            "[QR-139] queue-runtime.embedded.capacity (application.yml:2:45) is too small; allowed is 0 (no limit) or more.")
        .contains(
            "[QR-139] queue-runtime.embedded.segment-size (application.yml:2:63) is 1024B; allowed is 64KB to 1GB.")
        .contains(
            "[QR-139] queue-runtime.embedded.snapshot.keep (application.yml:2:86) is too small; allowed is 1 or more.")
        .contains(
            "[QR-139] queue-runtime.embedded.snapshot.interval (application.yml:2:109) is too small; allowed is more than zero.")
        .contains(
            "[QR-139] queue-runtime.defaults.lock-duration (application.yml:3:30) is 0s; allowed is more than zero.")
        .contains(
            "[QR-139] queue-runtime.defaults.default-time-to-live (application.yml:3:56) is -1s; allowed is more than zero.")
        .contains(
            "[QR-139] queue-runtime.queues.orders.session-idle-timeout (application.yml:4:89) is -1s; allowed is 0 (never) or more.")
        .contains(
            "[QR-139] queue-runtime.listener.drain-timeout (application.yml:5:27) is -5s; allowed is 0 or more.");
  }

  @Test
  void settingsThatNobodyReadsWhenStrict() {
    start.with(ListenerStartupFailureTests.NoBatch.class);

    assertThat(
            start.report(
                """
                queue-runtime:
                  strict: true
                  embedded.durability: memory
                  qeues.orders.session: required
                  queues.orders.v1.session: required
                  listeners.nobatch2.timeout: 5s
                """))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start, for 3 reasons:

            1. [QR-143] queue-runtime.qeues.orders.session (application.yml:4:25) is not a setting of queue-runtime, so it has no effect.
            2. [QR-143] queue-runtime.queues.orders.v1.session (application.yml:5:29) is not a setting of queue-runtime, so it has no effect.
            3. [QR-146] queue-runtime.listeners.nobatch2 (application.yml:6:31) belongs to no listener. Listeners: no-batch.

            Action:

            1. [QR-143] Did you mean "queues"? Correct the name or remove it.
            2. [QR-143] If the queue's name has a dot or a slash, write it in quotes and brackets: "[orders.v1]". Correct the name or remove it.
            3. [QR-146] Did you mean "no-batch"? Rename the entry or remove it.""");
  }
}
