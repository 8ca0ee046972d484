package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.listener.ContainerState;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.QueueTemplate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/** Starting, stopping, draining and coming back. */
@ExtendWith(OutputCaptureExtension.class)
class LifecycleTests {

  private static final String IN_MEMORY = "queue-runtime.embedded.durability=memory";

  private static final BlockingQueue<String> handled = new LinkedBlockingQueue<>();
  private static CountDownLatch entered = new CountDownLatch(1);
  private static CountDownLatch mayLeave = new CountDownLatch(1);

  @TempDir private Path directory;

  @BeforeEach
  void forgetEarlierTests() {
    handled.clear();
    entered = new CountDownLatch(1);
    mayLeave = new CountDownLatch(1);
  }

  private String onDisk() {
    return "queue-runtime.embedded.directory=" + directory.resolve("data");
  }

  private static String next() throws InterruptedException {
    return handled.poll(60, TimeUnit.SECONDS);
  }

  static class Handler {
    @QueueListener(id = "orders", queues = "orders")
    void handle(String order) {
      handled.add(order);
    }
  }

  static class SlowHandler {
    @QueueListener(id = "slow", queues = "slow")
    void handle(String order) throws InterruptedException {
      entered.countDown();
      mayLeave.await();
      handled.add(order);
    }
  }

  @Test
  void aStopWaitsForHandlersThatRunAndKeepsWhatHasNotStarted() throws Exception {
    RunningApplication application = RunningApplication.start(List.of(SlowHandler.class), onDisk());
    application.template().send("slow", "first");
    application.template().send("slow", "second");
    assertThat(entered.await(60, TimeUnit.SECONDS)).isTrue();
    QueueListenerRegistry registry = application.bean(QueueListenerRegistry.class);
    CompletableFuture<Void> drained = new CompletableFuture<>();
    registry.stop(() -> drained.complete(null));
    CompletableFuture<Void> closed = CompletableFuture.runAsync(application::close);

    assertThat(registry.isRunning()).as("while it drains").isTrue();
    assertThat(closed).isNotDone();
    mayLeave.countDown();
    drained.get(60, TimeUnit.SECONDS);
    closed.get(60, TimeUnit.SECONDS);
    assertThat(handled).containsExactly("first");

    entered = new CountDownLatch(1);
    try (RunningApplication again =
        RunningApplication.start(List.of(SlowHandler.class), onDisk())) {
      assertThat(next()).isEqualTo("first");
      assertThat(next()).isEqualTo("second");
    }
    assertThat(handled).as("what was completed before the stop did not come again").isEmpty();
  }

  @Test
  void messagesOfAStoppedApplicationAreThereForTheNextOne() throws Exception {
    try (RunningApplication sender =
        RunningApplication.start(
            List.of(), onDisk(), "queue-runtime.queues.orders.max-delivery-count=3")) {
      sender.template().send("orders", "o-1");
    }

    try (RunningApplication receiver = RunningApplication.start(List.of(Handler.class), onDisk())) {
      assertThat(next()).isEqualTo("o-1");
      QueueOptions options =
          receiver.bean(QueueAdmin.class).describe(QueueName.of("orders")).orElseThrow().options();
      assertThat(options.maxDeliveryCount())
          .as("a queue nobody configures stays as it is")
          .isEqualTo(3);
    }

    try (RunningApplication changed =
        RunningApplication.start(
            List.of(), onDisk(), "queue-runtime.queues.orders.lock-duration=5s")) {
      QueueOptions options =
          changed.bean(QueueAdmin.class).describe(QueueName.of("orders")).orElseThrow().options();
      assertThat(options).isEqualTo(QueueOptions.DEFAULTS.withLockDuration(Duration.ofSeconds(5)));
    }
  }

  @Test
  void afterTheStopEveryCallFailsForGood() {
    RunningApplication application =
        RunningApplication.start(List.of(), IN_MEMORY, "queue-runtime.queues.orders.session=none");
    QueueTemplate template = application.template();
    application.close();

    assertThatThrownBy(() -> template.send("orders", "late")).isInstanceOf(Closed.class);
  }

  @Test
  void anApplicationThatWasStoppedCanBeStartedAgain() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(List.of(Handler.class), IN_MEMORY)) {
      QueueListenerRegistry registry = application.bean(QueueListenerRegistry.class);
      application.context().stop();
      assertThat(registry.isRunning()).isFalse();
      assertThat(registry.get("orders").isRunning()).isFalse();
      application.template().send("orders", "meanwhile");
      assertThat(application.template().peek("orders", String.class, SequenceNumber.START, 1))
          .hasSize(1);

      application.context().start();

      assertThat(next()).isEqualTo("meanwhile");
    }
  }

  @Test
  void allListenersArePausedAndResumedTogether() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(List.of(Handler.class), IN_MEMORY)) {
      QueueListenerRegistry registry = application.bean(QueueListenerRegistry.class);
      registry.pause();
      assertThat(registry.get("orders").state()).isEqualTo(ContainerState.PAUSED);

      registry.resume();
      application.template().send("orders", "o");

      assertThat(next()).isEqualTo("o");
    }
  }

  @Test
  void listenersThatAreNotToStartWaitForSomebodyToStartThem() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class), IN_MEMORY, "queue-runtime.listener.auto-startup=false")) {
      QueueListenerRegistry registry = application.bean(QueueListenerRegistry.class);
      assertThat(registry.get("orders").isRunning()).isFalse();
      application.template().send("orders", "o");

      registry.get("orders").start();

      assertThat(next()).isEqualTo("o");
    }
  }

  static class Recorder {

    static final Queue<String> events = new ConcurrentLinkedQueue<>();

    @Bean
    SmartLifecycle webServer(
        ObjectProvider<QueueListenerRegistry>
            registry) { // not a dependency, which would come first
      return new SmartLifecycle() {
        private boolean running;

        @Override
        public void start() {
          events.add(
              "server starts, listener runs: " + registry.getObject().get("orders").isRunning());
          running = true;
        }

        @Override
        public void stop() {
          events.add(
              "server stops, listener runs: " + registry.getObject().get("orders").isRunning());
          running = false;
        }

        @Override
        public boolean isRunning() {
          return running;
        }

        @Override
        public int getPhase() {
          return SmartLifecycle.DEFAULT_PHASE - 1024;
        }
      };
    }
  }

  @Test
  void listenersStartAfterTheWebServerAndStopBeforeIt() {
    Recorder.events.clear();
    RunningApplication.start(List.of(Handler.class, Recorder.class), IN_MEMORY).close();

    assertThat(Recorder.events)
        .containsExactly(
            "server starts, listener runs: false", "server stops, listener runs: false");
  }

  @Test
  void theStartSaysWhatRuns(CapturedOutput output) {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class, SlowHandler.class),
            onDisk(),
            "queue-runtime.embedded.on-storage-failure=degrade",
            "queue-runtime.queues.slow.session=required",
            "queue-runtime.queues.regions.session-ids=eu,us",
            "queue-runtime.queues.regions.max-delivery-count=1",
            "queue-runtime.listeners.orders.concurrency=2-4",
            "queue-runtime.listeners.slow.auto-startup=false")) {
      assertThat(
              output
                  .getAll()
                  .replace(directory.toString(), "DIR")
                  .replace(System.lineSeparator(), "\n"))
          .contains(
              """
              Queues are ready:
                client   main: embedded, DIR/data, every acknowledgement forced to disk
                queue    orders: no sessions, lock 1m, at most 5 deliveries
                queue    regions: 2 listed sessions, lock 1m, at most 1 delivery
                queue    slow: sessions, lock 1m, at most 5 deliveries
                listener orders: orders, 2-4 at once
                listener slow: slow, 8 sessions at once, not started
              """)
          .contains("[QR-151] queue-runtime.embedded.on-storage-failure (command line) is degrade");
    }
  }

  @Lazy
  static class LateHandler {
    @QueueListener(id = "late", queues = "late")
    void handle(String order) {
      handled.add("late " + order);
    }
  }

  @Test
  void aBeanThatIsMadeLateIsListeningFromThenOn() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(List.of(LateHandler.class), IN_MEMORY)) {
      QueueListenerRegistry registry = application.bean(QueueListenerRegistry.class);
      assertThat(registry.find("late")).isEmpty();

      application.bean(LateHandler.class);

      assertThat(registry.get("late").isRunning()).isTrue();
      application.template().send("late", "o");
      assertThat(next()).isEqualTo("late o");
    }
  }

  @Test
  void lazyInitializationOfTheWholeApplicationDoesNotKeepListenersFromListening() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class), IN_MEMORY, "spring.main.lazy-initialization=true")) {
      application.template().send("orders", "o");

      assertThat(next()).isEqualTo("o");
    }
  }
}
