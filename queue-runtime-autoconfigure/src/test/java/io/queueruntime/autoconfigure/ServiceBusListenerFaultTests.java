package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.servicebus.ServiceBusQueueAutoConfiguration;
import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.servicebus.emulator.Fault;
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

/** What applications on Azure Service Bus see when it takes locks away, or is slow to answer. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceBusListenerFaultTests {

  private static final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private static final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private static final CountDownLatch never = new CountDownLatch(1);

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
    all.add("queue-runtime.queues.loses-its-session.session=required");
    all.add("queue-runtime.queues.settles-too-late-in-session.session=required");
    all.add("queue-runtime.queues.unanswered.duplicate-detection.enabled=false");
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

  private static void interrupted(String message) throws InterruptedException {
    try {
      never.await();
    } catch (InterruptedException e) {
      seen.add(message + " interrupted");
      throw e;
    }
  }

  static class LosesItsLock {
    @QueueListener(queues = {"loses-its-lock", "loses-its-session"})
    void on(
        String message,
        @Header(QueueHeaders.DELIVERY_COUNT) int delivery,
        @Header(QueueHeaders.QUEUE) String queue)
        throws InterruptedException {
      seen.add(message + "#" + delivery);
      if (message.equals("a1") && delivery == 1) {
        emulator.faults().queue(queue).loseLocks();
        interrupted(message);
      }
    }
  }

  @Test
  void aHandlerWhoseLockIsLostIsInterruptedAndItsMessageComesAgain() throws Exception {
    try (RunningApplication application =
        start(LosesItsLock.class, "queue-runtime.queues.loses-its-lock.lock-duration=15s")) {
      application.template().to("loses-its-lock").send("a1");

      assertThat(next(3)).containsExactlyInAnyOrder("a1#1", "a1 interrupted", "a1#2");
      nothingIsLeftIn("loses-its-lock", application);
    }
    assertThat(seen).as("nothing comes twice").isEmpty();
  }

  @Test
  void aHandlerWhoseSessionIsLostIsInterruptedAndItsSessionKeepsItsOrder() throws Exception {
    try (RunningApplication application =
        start(LosesItsLock.class, "queue-runtime.queues.loses-its-session.lock-duration=15s")) {
      send(application.template(), "loses-its-session", "a1", "a2", "a3");

      List<String> all = next(5);
      assertThat(all).contains("a1 interrupted");
      assertThat(all)
          .filteredOn(one -> one.contains("#"))
          .containsExactly("a1#1", "a1#2", "a2#1", "a3#1");
      nothingIsLeftIn("loses-its-session", application);
    }
    assertThat(seen).as("nothing comes twice").isEmpty();
  }

  static class SettlesTooLate {
    @QueueListener(
        queues = {"settles-too-late", "settles-too-late-in-session"},
        ackMode = "MANUAL")
    void on(ReceivedMessage<String> message, Acknowledgment acknowledgment) {
      seen.add(message.payload() + "#" + message.deliveryCount());
      if (message.payload().equals("a1") && message.deliveryCount() == 1) {
        emulator.faults().queue(message.queue().value()).loseLocks();
      }
      acknowledgment
          .complete()
          .whenComplete(
              (done, failure) ->
                  seen.add(
                      message.payload()
                          + (failure == null
                              ? " completed"
                              : " " + failure.getClass().getSimpleName())));
    }
  }

  @Test
  void aSettlementAfterTheLockWasLostFailsAndItsMessageComesAgain() throws Exception {
    try (RunningApplication application = start(SettlesTooLate.class)) {
      application.template().to("settles-too-late").send("a1");

      assertThat(next(4))
          .containsExactlyInAnyOrder("a1#1", "a1 LockLost", "a1#2", "a1 completed")
          .containsSubsequence("a1#1", "a1#2", "a1 completed");
      nothingIsLeftIn("settles-too-late", application);
    }
    assertThat(seen).as("nothing comes twice").isEmpty();
  }

  @Test
  void aSettlementAfterTheSessionWasLostFailsAndItsSessionKeepsItsOrder() throws Exception {
    try (RunningApplication application = start(SettlesTooLate.class)) {
      send(application.template(), "settles-too-late-in-session", "a1", "a2");

      List<String> all = next(6);
      assertThat(all)
          .contains("a1 SessionLockLost")
          .containsSubsequence("a1#2", "a1 completed")
          .containsSubsequence("a2#1", "a2 completed");
      assertThat(all).filteredOn(one -> one.contains("#")).containsExactly("a1#1", "a1#2", "a2#1");
      nothingIsLeftIn("settles-too-late-in-session", application);
    }
    assertThat(seen).as("nothing comes twice").isEmpty();
  }

  /** Looked at once all has been settled, which whoever is told of it may be before. */
  private static void nothingIsLeftIn(String queue, RunningApplication application) {
    application.bean(QueueListenerRegistry.class).list().forEach(listener -> listener.stop());
    assertThat(emulator.namespace().statistics(queue).active()).isZero();
    assertThat(emulator.namespace().statistics(queue).locked()).isZero();
    assertThat(emulator.namespace().statistics(queue).deadLetter()).isZero();
  }

  static class Ids {
    @QueueListener(queues = {"unanswered", "unanswered-once", "busy"})
    void on(ReceivedMessage<String> message) {
      seen.add(message.payload() + " " + message.messageId());
    }
  }

  /** Sends without an id, and returns that of the receipt. */
  private static String sent(RunningApplication application, String queue) {
    return application.template().to(queue).send("x").messageId();
  }

  @Test
  void aSendThatIsNotAnsweredIsMadeAgainWithTheIdThatItWasGiven() throws Exception {
    try (RunningApplication application =
        start(Ids.class, "queue-runtime.servicebus.retry.try-timeout=3s")) {
      Fault lost = emulator.faults().queue("unanswered").times(1).loseSendAcknowledgements();

      String id = sent(application, "unanswered");

      assertThat(next(2)).containsExactly("x " + id, "x " + id);
      assertThat(lost.used()).isEqualTo(1);
      nothingIsLeftIn("unanswered", application);
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void aSendThatIsNotAnsweredIsOneMessageWhereDuplicatesAreDetected() throws Exception {
    try (RunningApplication application =
        start(
            Ids.class,
            "queue-runtime.servicebus.retry.try-timeout=3s",
            "queue-runtime.queues.unanswered-once.duplicate-detection.enabled=true")) {
      Fault lost = emulator.faults().queue("unanswered-once").times(1).loseSendAcknowledgements();

      String id = sent(application, "unanswered-once");

      assertThat(next()).isEqualTo("x " + id);
      assertThat(lost.used()).isEqualTo(1);
      nothingIsLeftIn("unanswered-once", application);
    }
    assertThat(seen).as("nothing comes twice").isEmpty();
  }

  @Test
  void aSendIsMadeAgainWhenABusyServerAsksForIt() throws Exception {
    try (RunningApplication application = start(Ids.class)) {
      Fault busy =
          emulator.faults().queue("busy").times(2).rejectSends("com.microsoft:server-busy");

      String id = sent(application, "busy");

      assertThat(next()).isEqualTo("x " + id);
      assertThat(busy.used()).isEqualTo(2);
      nothingIsLeftIn("busy", application);
    }
    assertThat(seen).as("nothing comes twice").isEmpty();
  }
}
