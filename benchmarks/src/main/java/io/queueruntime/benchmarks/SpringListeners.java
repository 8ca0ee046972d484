package io.queueruntime.benchmarks;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.template.QueueTemplate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;

/**
 * An application with a {@code QueueTemplate} and a {@code @QueueListener} whose payload is a
 * record, as JSON of the cell's size; as many callers as handlers. Stateless.
 */
final class SpringListeners implements Subject {

  /** The payload: about 60 bytes of JSON beside the note. */
  record Order(long sentAt, String id, String customer, String note) {

    private static final int FRAME = 60;

    static Order now(int size) {
      return new Order(System.nanoTime(), "order-1", "ann", "x".repeat(Math.max(0, size - FRAME)));
    }
  }

  /** What the handler reports to; the time begins when the application has started. */
  record Measured(AtomicReference<Callers.Hops> begun, Semaphore room) {}

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    private final Measured measured;

    Application(Measured measured) {
      this.measured = measured;
    }

    @QueueListener(value = "benchmark", concurrency = "${benchmark.callers}")
    void handle(Order order) {
      Objects.requireNonNull(measured.begun.get()).arrived(order.sentAt, System.nanoTime());
      measured.room.release();
    }
  }

  @Override
  public String name() {
    return "QueueTemplate + @QueueListener";
  }

  @Override
  public Outcome measure(Cell cell) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    Measured measured = new Measured(new AtomicReference<>(), new Semaphore(Cell.IN_FLIGHT));
    try (var context =
        new SpringApplicationBuilder(Application.class)
            .web(WebApplicationType.NONE)
            .bannerMode(Banner.Mode.OFF)
            .initializers(
                started -> started.getBeanFactory().registerSingleton("measured", measured))
            .run(
                "--queue-runtime.embedded.directory=" + cell.directory(),
                "--queue-runtime.embedded.durability=" + cell.durability(),
                "--benchmark.callers=" + cell.callers())) {
      QueueTemplate template = context.getBean(QueueTemplate.class);
      Callers.Hops hops = new Callers.Hops(cell);
      measured.begun.set(hops);
      List<Future<?>> sending =
          Callers.keepGoing(
              threads,
              cell.callers(),
              caller ->
                  () -> {
                    if (measured.room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                      template.send("benchmark", Order.now(cell.size()));
                    }
                    return !hops.over();
                  });
      Outcome outcome = hops.await();
      for (Future<?> sender : sending) {
        sender.get();
      }
      return outcome;
    } finally {
      threads.shutdownNow();
    }
  }
}
