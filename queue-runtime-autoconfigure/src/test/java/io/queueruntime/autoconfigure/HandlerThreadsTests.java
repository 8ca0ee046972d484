package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.QueueListener;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** On which threads handlers run. */
class HandlerThreadsTests {

  private static final BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();

  static class Handler {
    @QueueListener(id = "orders", queues = "orders")
    void handle(String order) {
      threads.add(Thread.currentThread());
    }
  }

  private static boolean isVirtual(Thread thread) throws ReflectiveOperationException {
    return (boolean) Thread.class.getMethod("isVirtual").invoke(thread);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with 21")
  void virtualOnesWhereTheApplicationAsksForThem() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class),
            "queue-runtime.embedded.durability=memory",
            "spring.threads.virtual.enabled=true")) {
      application.template().send("orders", "o");

      assertThat(isVirtual(threads.poll(60, TimeUnit.SECONDS))).isTrue();
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with 21")
  void platformOnesOtherwise() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class), "queue-runtime.embedded.durability=memory")) {
      application.template().send("orders", "o");

      assertThat(isVirtual(threads.poll(60, TimeUnit.SECONDS))).isFalse();
    }
  }

  @Test
  void theyBearTheNameOfTheirListener() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class), "queue-runtime.embedded.durability=memory")) {
      application.template().send("orders", "o");

      assertThat(threads.poll(60, TimeUnit.SECONDS).getName())
          .startsWith("queue-runtime-")
          .contains("orders");
    }
  }
}
