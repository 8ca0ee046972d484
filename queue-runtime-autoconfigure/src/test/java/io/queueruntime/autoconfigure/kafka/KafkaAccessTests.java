package io.queueruntime.autoconfigure.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.kafka.core.KafkaAdmin;

/** Where Kafka is looked for. No broker is asked: there is none where these look. */
class KafkaAccessTests {

  private static final String NOWHERE = "127.0.0.1:1";

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(KafkaQueueAutoConfiguration.class));

  /** With all that a start does; which fails, as there is no broker. */
  private static ApplicationContextRunner starting() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                KafkaQueueAutoConfiguration.class, QueueRuntimeAutoConfiguration.class))
        .withPropertyValues(
            "queue-runtime.provider=kafka", "queue-runtime.queues.orders.declare=create");
  }

  private static final FilteredClassLoader WITHOUT_SPRING_KAFKA =
      new FilteredClassLoader("org.springframework.kafka", "org.springframework.boot.kafka");

  @Test
  void whatBootHasMadeOfSpringKafkasPropertiesIsUsed() {
    runner
        .withConfiguration(AutoConfigurations.of(KafkaAutoConfiguration.class))
        .withPropertyValues(
            "spring.kafka.bootstrap-servers=one:1111,two:2222",
            "spring.kafka.client-id=theirs",
            "spring.kafka.security.protocol=SASL_PLAINTEXT",
            "spring.kafka.properties[sasl.mechanism]=PLAIN")
        .run(
            context -> {
              FoundKafka found = context.getBean(SpringKafka.class).find().orElseThrow();
              assertThat(found.servers()).isEqualTo("one:1111,two:2222");
              assertThat(found.client())
                  .containsEntry("security.protocol", "SASL_PLAINTEXT")
                  .containsEntry("sasl.mechanism", "PLAIN")
                  .doesNotContainKey("client.id");
            });
  }

  @Test
  void anAdminOfTheApplicationsOwnIsUsed() {
    runner
        .withBean(KafkaAdmin.class, () -> new KafkaAdmin(Map.of("bootstrap.servers", "three:3333")))
        .run(
            context ->
                assertThat(context.getBean(SpringKafka.class).find().orElseThrow().servers())
                    .isEqualTo("three:3333"));
  }

  @Test
  void withoutSpringKafkaNothingOfItIsFound() {
    runner
        .withClassLoader(WITHOUT_SPRING_KAFKA)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(SpringKafka.class).find()).isEmpty();
            });
  }

  @Test
  void withoutSpringKafkaItsPropertiesAreReadAllTheSame() {
    starting()
        .withClassLoader(WITHOUT_SPRING_KAFKA)
        .withPropertyValues(
            "spring.kafka.bootstrap-servers=nobody.invalid:9092",
            "spring.kafka.properties[sasl.jaas.config]=secret")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("QR-155")
                  .hasStackTraceContaining("nobody.invalid:9092");
              assertThat(context.getStartupFailure().toString()).doesNotContain("secret");
            });
  }

  @Test
  void withoutSpringKafkaWhatOnlyItUnderstandsIsRefused() {
    starting()
        .withClassLoader(WITHOUT_SPRING_KAFKA)
        .withPropertyValues("spring.kafka.ssl.bundle=broker")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("QR-155")
                  .hasStackTraceContaining("spring.kafka.ssl.*")
                  .hasStackTraceContaining("spring-boot-starter-kafka");
            });
  }

  @Test
  void theClientsOwnServersAndPropertiesWin() {
    starting()
        .withConfiguration(AutoConfigurations.of(KafkaAutoConfiguration.class))
        .withPropertyValues(
            "spring.kafka.bootstrap-servers=elsewhere.invalid:9092",
            "queue-runtime.kafka.bootstrap-servers=" + NOWHERE,
            "queue-runtime.kafka.properties[security.protocol]=NO_SUCH_THING")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("QR-155")
                  .hasStackTraceContaining("connect to Kafka at " + NOWHERE)
                  .hasStackTraceContaining("NO_SUCH_THING");
            });
  }

  @Test
  void aBrokerThatIsNotThereFailsTheStartAndSaysWhere() {
    starting()
        .withPropertyValues(
            "queue-runtime.kafka.bootstrap-servers=" + NOWHERE,
            "queue-runtime.kafka.properties[sasl.jaas.config]=secret")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("QR-100")
                  .hasStackTraceContaining("Cannot connect to Kafka at " + NOWHERE);
              assertThat(context.getStartupFailure().toString()).doesNotContain("secret");
            });
  }

  @Test
  void aSettingOutOfItsBoundsFailsTheStart() {
    starting()
        .withPropertyValues(
            "queue-runtime.kafka.bootstrap-servers=" + NOWHERE,
            "queue-runtime.kafka.session-partitions=0")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasStackTraceContaining("QR-155")
                    .hasStackTraceContaining("session-partitions is from 1 to 1000, found 0"));
  }
}
