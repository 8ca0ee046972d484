package io.queueruntime.autoconfigure.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Address;
import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.amqp.autoconfigure.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Where RabbitMQ is looked for. No broker is asked: nothing here uses it. */
class RabbitMqAccessTests {

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(RabbitMqQueueAutoConfiguration.class));

  @Test
  void springAmqpsConnectionFactoryIsUsedWithAllOfItsAddresses() {
    runner
        .withConfiguration(AutoConfigurations.of(RabbitAutoConfiguration.class))
        .withPropertyValues(
            "spring.rabbitmq.addresses=one:1111,two:2222",
            "spring.rabbitmq.username=somebody",
            "spring.rabbitmq.virtual-host=here")
        .run(
            context -> {
              FoundRabbit found = context.getBean(SpringRabbit.class).find().orElseThrow();
              assertThat(found.factory().getUsername()).isEqualTo("somebody");
              assertThat(found.factory().getVirtualHost()).isEqualTo("here");
              assertThat(found.addresses())
                  .containsExactly(new Address("one", 1111), new Address("two", 2222));
            });
  }

  /** As from Boot 4.2 on, where the type has another name. */
  @Test
  void withoutBootsOwnDetailsTheFactoryItselfSaysWhere() {
    runner
        .withClassLoader(new FilteredClassLoader(RabbitConnectionDetails.class))
        .withBean(
            org.springframework.amqp.rabbit.connection.ConnectionFactory.class,
            () ->
                new org.springframework.amqp.rabbit.connection.CachingConnectionFactory(
                    "elsewhere", 3333))
        .run(
            context -> {
              FoundRabbit found = context.getBean(SpringRabbit.class).find().orElseThrow();
              assertThat(found.factory().getHost()).isEqualTo("elsewhere");
              assertThat(found.factory().getPort()).isEqualTo(3333);
              assertThat(found.addresses()).isEmpty();
            });
  }

  @Test
  void withoutSpringAmqpNothingOfItIsFound() {
    runner
        .withClassLoader(
            new FilteredClassLoader("org.springframework.amqp", "org.springframework.boot.amqp"))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(SpringRabbit.class).find()).isEmpty();
            });
  }

  @Test
  void aBrokerThatIsNotThereFailsTheStartAndSaysWhere() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                RabbitMqQueueAutoConfiguration.class, QueueRuntimeAutoConfiguration.class))
        .withPropertyValues(
            "queue-runtime.provider=rabbitmq",
            "queue-runtime.rabbitmq.uri=amqp://somebody:secret@127.0.0.1:1/here",
            "queue-runtime.queues.orders.declare=create")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("QR-100")
                  .hasStackTraceContaining("Cannot connect to RabbitMQ at 127.0.0.1:1");
              assertThat(context.getStartupFailure().toString()).doesNotContain("secret");
            });
  }
}
