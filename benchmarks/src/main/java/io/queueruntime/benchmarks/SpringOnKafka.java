package io.queueruntime.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;

/**
 * An application with a {@code KafkaTemplate} that waits for each message, and a
 * {@code @KafkaListener} that commits after each batch it has handled; compression, lingering and
 * the group's protocol as ours has them, other settings as they come. Immutable.
 */
record SpringOnKafka(String servers) implements BrokerClient {

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(KafkaAutoConfiguration.class)
  static class Sending {}

  @Configuration(proxyBeanMethods = false)
  static class Receiving {
    private final OursOnBroker.Handler handler;

    Receiving(OursOnBroker.Handler handler) {
      this.handler = handler;
    }

    @KafkaListener(
        topics = "${benchmark.queue}",
        groupId = "spring-${benchmark.queue}",
        concurrency = "${benchmark.consumers}")
    void handle(byte[] body) {
      handler.each().accept(body);
    }
  }

  @Override
  public String name() {
    return "KafkaTemplate + @KafkaListener";
  }

  @Override
  public Work open(String queue, int consumers, Consumer<byte[]> handler) {
    String bytes = "org.apache.kafka.common.serialization.ByteArray";
    List<String> arguments =
        List.of(
            "--spring.kafka.bootstrap-servers=" + servers,
            "--spring.kafka.producer.acks=all",
            "--spring.kafka.producer.compression-type=lz4",
            "--spring.kafka.producer.properties.linger.ms=0",
            "--spring.kafka.producer.key-serializer=" + bytes + "Serializer",
            "--spring.kafka.producer.value-serializer=" + bytes + "Serializer",
            "--spring.kafka.consumer.auto-offset-reset=earliest",
            "--spring.kafka.consumer.properties.group.protocol=consumer",
            "--spring.kafka.consumer.key-deserializer=" + bytes + "Deserializer",
            "--spring.kafka.consumer.value-deserializer=" + bytes + "Deserializer",
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
    @SuppressWarnings("unchecked")
    public Send sender() {
      KafkaTemplate<byte[], byte[]> template = context.getBean(KafkaTemplate.class);
      return body -> template.send(queue, body).get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
