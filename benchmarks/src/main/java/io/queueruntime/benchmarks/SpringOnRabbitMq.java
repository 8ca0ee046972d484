package io.queueruntime.benchmarks;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * An application with a {@code RabbitTemplate} that waits for the broker's confirm of each message,
 * and a {@code @RabbitListener} that acknowledges each one after its handler; other settings as
 * they come. Immutable.
 */
record SpringOnRabbitMq(String uri) implements BrokerClient {

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(RabbitAutoConfiguration.class)
  static class Sending {}

  @Configuration(proxyBeanMethods = false)
  static class Receiving {
    private final OursOnBroker.Handler handler;

    Receiving(OursOnBroker.Handler handler) {
      this.handler = handler;
    }

    @RabbitListener(queues = "${benchmark.queue}", concurrency = "${benchmark.consumers}")
    void handle(byte[] body) {
      handler.each().accept(body);
    }
  }

  @Override
  public String name() {
    return "RabbitTemplate + @RabbitListener";
  }

  @Override
  public Work open(String queue, int consumers, Consumer<byte[]> handler) {
    List<String> arguments =
        List.of(
            "--spring.rabbitmq.addresses=" + uri,
            "--spring.rabbitmq.publisher-confirm-type=correlated",
            "--spring.rabbitmq.publisher-returns=true",
            "--spring.rabbitmq.template.mandatory=true",
            "--benchmark.queue=" + queue,
            "--benchmark.consumers=" + consumers);
    OursOnBroker.Handler each = new OursOnBroker.Handler(handler);
    return new Running(
        consumers == 0
            ? SpringParts.run(arguments, each, Sending.class)
            : SpringParts.run(arguments, each, Sending.class, Receiving.class),
        queue);
  }

  private record Running(ConfigurableApplicationContext context, String queue) implements Work {
    @Override
    public Send sender() {
      RabbitTemplate template = context.getBean(RabbitTemplate.class);
      return body -> {
        CorrelationData one = new CorrelationData(UUID.randomUUID().toString());
        template.convertAndSend("", queue, body, message -> message, one);
        CorrelationData.Confirm confirm = one.getFuture().get(30, TimeUnit.SECONDS);
        if (!confirm.ack()) {
          throw new IllegalStateException("RabbitMQ refused a message: " + confirm.reason());
        }
      };
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
