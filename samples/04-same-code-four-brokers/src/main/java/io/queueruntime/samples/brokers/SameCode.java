package io.queueruntime.samples.brokers;

import io.queueruntime.message.QueueName;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Sends orders of several customers and shows what became of them. Which broker they go through is
 * a matter of the Spring profile; nothing here, nor in {@link Orders}, knows.
 */
@SpringBootApplication
public class SameCode {

  private static final String ORDERS = "orders";

  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(arguments) ? 0 : 1);
  }

  /** Runs the sample; whether every customer's orders were taken in order. */
  static boolean run(String... arguments) throws InterruptedException {
    SpringApplication application = new SpringApplication(SameCode.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    try (ConfigurableApplicationContext context = application.run(arguments)) {
      System.out.printf(
          "Provider: %s%n", context.getEnvironment().getProperty("queue-runtime.provider"));
      send(context.getBean(QueueTemplate.class));
      Orders orders = context.getBean(Orders.class);
      orders.awaitAll();
      drain(context.getBean(QueueAdmin.class));
      return report(orders.taken(), context.getBean(DeadLetters.class));
    }
  }

  private static void send(QueueTemplate queues) {
    for (int number = 1; number <= Orders.EACH; number++) {
      for (int customer = 1; customer <= Orders.CUSTOMERS; customer++) {
        String name = "customer-" + customer;
        queues
            .to(ORDERS)
            .session(name)
            .messageId(name + "/" + number)
            .send(new Order(name, number));
      }
    }
  }

  /** Waits until the last completion has arrived. */
  private static void drain(QueueAdmin admin) throws InterruptedException {
    while (admin.statistics(QueueName.of(ORDERS)).pending() > 0) {
      Thread.sleep(20);
    }
  }

  private static boolean report(SortedMap<String, List<Integer>> taken, DeadLetters deadLetters) {
    taken.forEach((customer, numbers) -> System.out.printf("%s: %s%n", customer, numbers));
    int dead = deadLetters.list(ORDERS, Orders.CUSTOMERS * Orders.EACH).size();
    List<Integer> expected =
        IntStream.rangeClosed(1, Orders.EACH)
            .filter(number -> number != Orders.UNUSABLE)
            .boxed()
            .toList();
    boolean good =
        taken.size() == Orders.CUSTOMERS
            && Collections.frequency(List.copyOf(taken.values()), expected) == Orders.CUSTOMERS
            && dead == Orders.CUSTOMERS;
    System.out.printf(
        "%s%d dead letters: one unusable order of each customer.%n",
        good
            ? "Every customer's orders in order, none lost, none twice; "
            : "NOT AS IT SHOULD BE: ",
        dead);
    return good;
  }
}
