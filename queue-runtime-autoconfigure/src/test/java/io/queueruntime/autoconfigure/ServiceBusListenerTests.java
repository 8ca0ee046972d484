package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import io.queueruntime.autoconfigure.servicebus.ServiceBusQueueAutoConfiguration;
import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.template.QueueTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.handler.annotation.Header;

/** What listeners promise, where the broker is Azure Service Bus: through failure, in order. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceBusListenerTests {

  private static final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private static final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(ServiceBusQueueAutoConfiguration.class)
  static class Azure {}

  @BeforeEach
  void nothingSeen() {
    seen.clear();
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }

  private static RunningApplication start(Class<?> handlers, String... properties) {
    List<String> all = new ArrayList<>(List.of(properties));
    all.add("queue-runtime.servicebus.connection-string=" + emulator.connectionString());
    all.add("queue-runtime.servicebus.management-endpoint=" + emulator.managementEndpoint());
    all.add("queue-runtime.defaults.declare=create");
    return RunningApplication.start(List.of(Azure.class, handlers), all.toArray(String[]::new));
  }

  private static void send(QueueTemplate template, String queue, String... messages) {
    for (String message : messages) {
      template.to(queue).session(message.substring(0, 1)).send(message);
    }
  }

  private static String next() throws InterruptedException {
    return seen.poll(60, TimeUnit.SECONDS);
  }

  private static List<String> next(int count) throws InterruptedException {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(next());
    }
    return found;
  }

  private static List<String> of(List<String> all, String session) {
    return all.stream().filter(one -> one.startsWith(session)).toList();
  }

  static class Retries {
    @QueueListener(queues = "retries", backoff = @Backoff(delay = "300ms", jitter = "0"))
    void on(String message, @Header(QueueHeaders.DELIVERY_COUNT) int delivery) {
      seen.add(message + "#" + delivery);
      if (message.equals("a2") && delivery < 3) {
        throw new IllegalStateException("not yet");
      }
    }
  }

  @Test
  void aBackOffHoldsItsOwnSessionUpInOrder() throws Exception {
    try (RunningApplication application =
        start(Retries.class, "queue-runtime.queues.retries.session=required")) {
      send(application.template(), "retries", "a1", "a2", "a3", "b1", "b2", "b3");

      List<String> all = next(8);
      assertThat(of(all, "a")).containsExactly("a1#1", "a2#1", "a2#2", "a2#3", "a3#1");
      assertThat(of(all, "b")).containsExactly("b1#1", "b2#1", "b3#1");
    }
  }

  static class LongRetries {
    @QueueListener(queues = "long-retries", backoff = @Backoff(delay = "1h", maxDelay = "1h"))
    void on(String message) {
      seen.add(message);
      if (message.equals("a1")) {
        throw new IllegalStateException("not yet");
      }
    }
  }

  @Test
  void aBackOffHoldsNoOtherSessionUp() throws Exception {
    try (RunningApplication application =
        start(LongRetries.class, "queue-runtime.queues.long-retries.session=required")) {
      send(application.template(), "long-retries", "a1", "a2");
      assertThat(next()).isEqualTo("a1");

      send(application.template(), "long-retries", "b1", "b2", "b3");

      assertThat(next(3)).containsExactly("b1", "b2", "b3");
    }
    assertThat(seen).as("what comes after a message in back-off").isEmpty();
  }

  private static final CountDownLatch never = new CountDownLatch(1);

  static class Slow {
    @QueueListener(
        queues = "slow",
        timeout = "5s",
        backoff = @Backoff(delay = "10ms", jitter = "0"))
    void on(String message, @Header(QueueHeaders.DELIVERY_COUNT) int delivery)
        throws InterruptedException {
      seen.add(message + "#" + delivery);
      if (message.equals("a1") && delivery == 1) {
        never.await();
      }
    }
  }

  @Test
  void aHandlerThatTakesTooLongIsInterruptedAndItsMessageComesAgain() throws Exception {
    try (RunningApplication application =
        start(Slow.class, "queue-runtime.queues.slow.session=required")) {
      send(application.template(), "slow", "a1", "a2");

      assertThat(next(3)).containsExactly("a1#1", "a1#2", "a2#1");
    }
  }

  static class ByHand {
    @QueueListener(queues = "by-hand", ackMode = "MANUAL")
    void on(ReceivedMessage<String> message, Acknowledgment acknowledgment) {
      seen.add(message.payload() + "#" + message.deliveryCount());
      if (message.payload().equals("a1") && message.deliveryCount() == 1) {
        acknowledgment.abandon();
      } else {
        acknowledgment.complete().thenRun(() -> seen.add("completed " + message.payload()));
      }
    }
  }

  @Test
  void whatIsSettledByHandKeepsItsSessionInOrder() throws Exception {
    try (RunningApplication application =
        start(ByHand.class, "queue-runtime.queues.by-hand.session=required")) {
      send(application.template(), "by-hand", "a1", "a2");

      List<String> all = next(5);
      assertThat(of(all, "a")).containsExactly("a1#1", "a1#2", "a2#1");
      // who waits for a completion hears of it beside the next message, before or after it
      assertThat(all)
          .containsSubsequence("a1#2", "completed a1")
          .containsSubsequence("a2#1", "completed a2");
    }
  }

  static class Batches {
    @QueueListener(queues = "batches", batchSize = "3", batchTimeout = "30s")
    void on(List<String> messages, QueueSession session) {
      seen.add(session.id() + " " + messages);
    }
  }

  @Test
  void aBatchNeverMixesSessions() throws Exception {
    emulator.createQueue("batches", queue -> queue.withRequiresSession(true));
    try (RunningApplication application =
        start(
            Batches.class,
            "queue-runtime.queues.batches.session=required",
            "queue-runtime.listener.auto-startup=false")) {
      send(application.template(), "batches", "a1", "b1", "a2", "b2", "a3", "b3");
      application.bean(QueueListenerRegistry.class).list().forEach(listener -> listener.start());

      assertThat(next(2)).containsExactlyInAnyOrder("a [a1, a2, a3]", "b [b1, b2, b3]");
    }
  }

  static class Native {
    @QueueListener("native")
    void on(String message, @Header(QueueHeaders.NATIVE) ServiceBusReceivedMessage azures) {
      seen.add(message + " " + azures.getMessageId() + " " + azures.getSubject());
    }
  }

  @Test
  void aHandlerCanHaveAzuresOwnMessage() throws Exception {
    try (RunningApplication application = start(Native.class)) {
      application.template().to("native").messageId("m-1").subject("s").send("x");

      assertThat(next()).isEqualTo("x m-1 s");
    }
  }

  static class Listed {
    @QueueListener(queues = "listed")
    void on(String message, QueueSession session, @Header("by") String by) {
      seen.add(message + " " + by);
    }
  }

  @Test
  void anInstanceStandsByAndTakesListedSessionsOverWhenTheirHolderGoes() throws Exception {
    String[] listed = {
      "queue-runtime.queues.listed.session-ids=a,b,c",
      "queue-runtime.queues.listed.session-idle-timeout=0"
    };
    RunningApplication holder = start(Listed.class, listed);
    try (RunningApplication standby = start(Listed.class, listed)) {
      for (String message : List.of("a1", "b1", "c1", "a2", "b2", "c2")) {
        standby
            .template()
            .to("listed")
            .session(message.substring(0, 1))
            .header("by", "first")
            .send(message);
      }
      List<String> before = next(6);
      holder.close();
      for (String message : List.of("a3", "b3", "c3")) {
        standby
            .template()
            .to("listed")
            .session(message.substring(0, 1))
            .header("by", "second")
            .send(message);
      }
      List<String> after = next(3);

      assertThat(of(before, "a")).containsExactly("a1 first", "a2 first");
      assertThat(of(before, "b")).containsExactly("b1 first", "b2 first");
      assertThat(of(before, "c")).containsExactly("c1 first", "c2 first");
      assertThat(after).containsExactlyInAnyOrder("a3 second", "b3 second", "c3 second");
      assertThat(seen).as("nothing comes twice").isEmpty();
      assertThat(standby.bean(QueueAdmin.class).statistics(QueueName.of("listed")).deadLetter())
          .isZero();
    }
  }
}
