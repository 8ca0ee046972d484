package io.queueruntime.samples.hello;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.template.QueueTemplate;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/**
 * Sends an order to a queue and receives it. What was sent and not handled yet is there after a
 * restart.
 */
@SpringBootApplication
public class Hello {

  record Order(String id, String customer) {}

  @QueueListener("orders")
  void handle(Order order) {
    System.out.println("got " + order);
  }

  @Bean
  ApplicationRunner send(QueueTemplate queues) {
    return arguments -> queues.send("orders", new Order("1", "ann"));
  }

  public static void main(String[] arguments) {
    SpringApplication.run(Hello.class, arguments);
  }
}
