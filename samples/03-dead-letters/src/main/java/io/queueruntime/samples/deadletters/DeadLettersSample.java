package io.queueruntime.samples.deadletters;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.DeadLetterRequest;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Sends five orders of which three fail, each in its own way, and gets all of them shipped in the
 * end: one by editing a header, one by sending a repaired body, one by repairing the code.
 */
@SpringBootApplication
public class DeadLettersSample {

  private static final String ORDERS = "orders";

  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(arguments).size() == 5 ? 0 : 1);
  }

  /** Runs the sample and returns the ids of the orders that were shipped. */
  static SortedSet<String> run(String... arguments) throws InterruptedException {
    try (ConfigurableApplicationContext context =
        SpringApplication.run(DeadLettersSample.class, arguments)) {
      QueueTemplate queues = context.getBean(QueueTemplate.class);
      DeadLetters deadLetters = context.getBean(DeadLetters.class);
      QueueAdmin admin = context.getBean(QueueAdmin.class);
      Shipping shipping = context.getBean(Shipping.class);

      System.out.println("1. Five orders come in.");
      queues.to(ORDERS).header("warehouse", "north").send(new Order("order-1", 2, 1998));
      queues.to(ORDERS).header("warehouse", "nroth").send(new Order("order-2", 1, 500));
      queues.to(ORDERS).header("warehouse", "south").send(new Order("order-3", 0, 0));
      queues
          .to(ORDERS)
          .header("warehouse", "south")
          .contentType("application/json")
          .send(
              "{\"id\":\"order-4\",\"pieces\":\"three\",\"cents\":300}"
                  .getBytes(StandardCharsets.UTF_8));
      queues.to(ORDERS).header("warehouse", "south").send(new Order("order-5", 5, 1000));
      drain(admin);

      System.out.println("2. These could not be shipped:");
      deadLetters.list(ORDERS, 100).forEach(DeadLettersSample::print);

      System.out.println(
          "3. The misspelt warehouse is corrected in the header, and the order replayed.");
      deadLetters.replay(
          ORDERS,
          DeadLetterRequest.matching(message -> "nroth".equals(message.headers().get("warehouse")))
              .withEdits(new MessageEdits(Map.of("warehouse", "north"), Set.of())));
      drain(admin);

      System.out.println(
          "4. The unreadable order is sent again with a repaired body, and the broken one discarded.");
      for (ReceivedMessage<byte[]> broken : deadLetters.list(ORDERS, 100)) {
        String body = new String(broken.body(), StandardCharsets.UTF_8);
        if (body.contains("\"three\"")) {
          queues
              .to(ORDERS)
              .headers(broken.headers())
              .contentType("application/json")
              .send(body.replace("\"three\"", "3").getBytes(StandardCharsets.UTF_8));
          deadLetters.discard(ORDERS, broken.sequenceNumber());
        }
      }
      drain(admin);

      System.out.println(
          "5. The division by zero is repaired, and what is left replayed, 50 a second.");
      shipping.repair();
      deadLetters.replay(ORDERS, DeadLetterRequest.all().withRate(50));
      drain(admin);

      System.out.printf(
          "Shipped: %s. Dead letters left: %d.%n",
          shipping.shipped(), deadLetters.list(ORDERS, 100).size());
      return shipping.shipped();
    }
  }

  private static void print(ReceivedMessage<byte[]> message) {
    DeadLetterDetails why = message.deadLetter().orElseThrow();
    System.out.printf(
        "  #%s after %d deliveries, %s%n      %s%n      %s%n",
        message.sequenceNumber(),
        why.deliveryCount(),
        why.reason(),
        why.description(),
        new String(message.body(), StandardCharsets.UTF_8));
  }

  /** Waits until every order is shipped or given up. */
  private static void drain(QueueAdmin admin) throws InterruptedException {
    while (admin.statistics(QueueName.of(ORDERS)).pending() > 0) {
      Thread.sleep(20);
    }
  }
}
