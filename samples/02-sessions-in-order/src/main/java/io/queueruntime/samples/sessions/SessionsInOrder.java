package io.queueruntime.samples.sessions;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.QueueTemplate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Replays a file of account movements through a session queue and proves what became of them.
 *
 * <p>Kill it whenever you like, with {@code kill -9} if you like, and start it again: it goes on
 * where it was. Ends with exit code 0 only if the proof holds.
 */
@SpringBootApplication
@EnableConfigurationProperties(RunOptions.class)
public class SessionsInOrder {

  private static final QueueName MOVEMENTS = QueueName.of("movements");

  public static void main(String[] args) throws Exception {
    String provider = System.getProperty("provider", "embedded");
    boolean holds =
        provider.equals("embedded") ? run(args).holds() : TwoInstances.run(provider, args).holds();
    System.exit(holds ? 0 : 1);
  }

  static Proof run(String... args) throws Exception {
    SpringApplication application = new SpringApplication(SessionsInOrder.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.addInitializers(new FreshStart(), new Tellers());
    List<Movement> file = MovementsFile.read();
    RunOptions options;
    try (ConfigurableApplicationContext context = application.run(args)) {
      options = context.getBean(RunOptions.class);
      replay(file, options, context);
    }
    Proof proof = Proof.of(file, Ledger.read(options.ledger()));
    if (options.worksAlone()) {
      System.out.println(proof);
    }
    if (proof.holds() && options.worksAlone()) {
      try (Ledger ledger = Ledger.open(options.ledger())) {
        ledger.proven();
      }
    }
    return proof;
  }

  @Bean
  Ledger ledger(RunOptions options, QueueAdmin ownerOfTheDirectory) {
    return options.worksAlone() ? Ledger.open(options.ledger()) : Ledger.join(options.ledger());
  }

  @Bean
  Accidents accidents(RunOptions options) {
    return new Accidents(options.seed(), options.failureRate());
  }

  private static void replay(
      List<Movement> file, RunOptions options, ConfigurableApplicationContext context)
      throws Exception {
    Ledger ledger = context.getBean(Ledger.class);
    QueueAdmin admin = context.getBean(QueueAdmin.class);
    if (options.worksAlone()) {
      introduce(file, options, ledger);
    }
    MovementsSender sender =
        new MovementsSender(
            context.getBean(QueueTemplate.class), ledger, options.work().dividedBy(10));
    CompletableFuture<Integer> sending =
        options.sends()
            ? CompletableFuture.supplyAsync(() -> sender.send(file))
            : CompletableFuture.completedFuture(0);
    Ending ending = new Ending(MOVEMENTS, admin, ledger, file.size(), options.worksAlone());
    Instant start = Instant.now();
    while (!endedWithin(Duration.ofSeconds(1), sending, ending)) {
      progress(start, ledger, admin.statistics(MOVEMENTS));
    }
    progress(start, ledger, admin.statistics(MOVEMENTS));
    System.out.printf("Sent again after a crash and discarded as duplicates: %d%n", sending.join());
  }

  private static void introduce(List<Movement> file, RunOptions options, Ledger ledger) {
    System.out.printf(
        "%,d movements, %d consumers, %.0f %% failures, seed %d. Sent before: %,d, booked before: %,d.%n"
            + "Kill me whenever you like (kill -9 %d) and start me again: I go on where I was.%n",
        file.size(),
        options.consumers(),
        options.failureRate() * 100,
        options.seed(),
        ledger.sentLines(),
        ledger.bookedCount(),
        ProcessHandle.current().pid());
  }

  private static boolean endedWithin(
      Duration time, CompletableFuture<Integer> sending, Ending ending)
      throws InterruptedException, ExecutionException {
    long end = System.nanoTime() + time.toNanos();
    do {
      try {
        sending.get(20, TimeUnit.MILLISECONDS);
        if (ending.isReached()) {
          return true;
        }
        Thread.sleep(20);
      } catch (TimeoutException e) {
        // Still sending.
      }
    } while (System.nanoTime() < end);
    return false;
  }

  private static void progress(Instant start, Ledger ledger, QueueStatistics queue) {
    System.out.printf(
        "%4d s  sent %,6d  booked %,6d  waiting %,6d  dead letters %d%n",
        Duration.between(start, Instant.now()).toSeconds(),
        ledger.sentLines(),
        ledger.bookedCount(),
        queue.pending(),
        queue.deadLetter());
  }
}
