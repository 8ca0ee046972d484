package io.queueruntime.benchmarks;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.template.QueueTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * An application with a {@code QueueTemplate} and a {@code @QueueListener}, settings as they come.
 * Immutable.
 *
 * @param arguments which provider, and where its broker is
 */
record OursOnBroker(List<String> arguments) implements BrokerClient {

  /** What the listener hands bodies to. */
  record Handler(Consumer<byte[]> each) {}

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Sending {}

  @Configuration(proxyBeanMethods = false)
  static class Receiving {
    private final Handler handler;

    Receiving(Handler handler) {
      this.handler = handler;
    }

    @QueueListener(value = "${benchmark.queue}", concurrency = "${benchmark.consumers}")
    void handle(byte[] body) {
      handler.each().accept(body);
    }
  }

  @Override
  public String name() {
    return "QueueTemplate + @QueueListener";
  }

  @Override
  public Work open(String queue, int consumers, Consumer<byte[]> handler) {
    List<String> all = new ArrayList<>(arguments);
    all.add("--benchmark.queue=" + queue);
    all.add("--benchmark.consumers=" + consumers);
    return new Running(
        SpringParts.run(
            all,
            new Handler(handler),
            consumers == 0
                ? new Class<?>[] {Sending.class}
                : new Class<?>[] {Sending.class, Receiving.class}),
        queue);
  }

  private record Running(ConfigurableApplicationContext context, String queue) implements Work {
    @Override
    public Send sender() {
      QueueTemplate template = context.getBean(QueueTemplate.class);
      return body -> template.send(queue, body);
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
