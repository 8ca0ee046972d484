package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.AckMode;
import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.BackoffPolicy;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ListenerEndpoint;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.listener.QueueErrorHandler;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Settlement;
import io.queueruntime.template.QueueTemplate;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.handler.annotation.SendTo;

/** Whatever can be said with the annotation reaches the listener. */
class EveryAttributeTests {

  private static final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

  static class Handler {
    @QueueListener(
        id = "all",
        queues = "orders",
        client = "second",
        concurrency = "2-16",
        sessionIds = {"b", "${ids:c, d}"},
        ackMode = "MANUAL",
        maxRetries = "3",
        backoff = @Backoff(delay = "2s", multiplier = "3", maxDelay = "1m", jitter = "0.1"),
        deadLetterOn = IllegalArgumentException.class,
        retryOn = {IllegalStateException.class, NumberFormatException.class},
        timeout = "90s",
        maxLockRenewal = "3m",
        batchSize = "7",
        batchTimeout = "200ms",
        autoStartup = "false",
        errorHandler = "handler")
    @SendTo("answers")
    void handle(List<String> orders, Acknowledgment acknowledgment) {}
  }

  /** Listens to the sessions its annotation names, and to no other of the queue's. */
  static class OnlyB {
    @QueueListener(id = "only-b", queues = "orders", sessionIds = "b")
    void handle(String order) {
      handled.add(order);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ErrorHandling {
    @Bean
    QueueErrorHandler handler() {
      return (message, failure) -> Settlement.defer();
    }
  }

  @Test
  void everyAttributeReachesItsListener() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class, ErrorHandling.class),
            "queue-runtime.primary=first",
            "queue-runtime.clients.first.embedded.durability=memory",
            "queue-runtime.clients.second.embedded.durability=memory",
            "queue-runtime.queues.orders.session-ids=a,b,c,d",
            "queue-runtime.queues.orders.client=second",
            "queue-runtime.queues.answers.client=second")) {
      QueueListenerContainer container = application.bean(QueueListenerRegistry.class).get("all");
      ListenerEndpoint endpoint = container.endpoint();
      ListenerOptions options = endpoint.options();
      assertThat(container.isRunning()).isFalse();
      assertThat(endpoint.isBatch()).isTrue();
      assertThat(endpoint.queues().get(0).sessionIds())
          .containsExactly(SessionId.of("b"), SessionId.of("c"), SessionId.of("d"));
      assertThat(options.concurrency(true)).isEqualTo(new Concurrency(2, 16));
      assertThat(options.ackMode()).isEqualTo(AckMode.MANUAL);
      assertThat(options.maxRetries()).isEqualTo(OptionalInt.of(3));
      assertThat(options.backoff())
          .isEqualTo(new BackoffPolicy(Duration.ofSeconds(2), 3, Duration.ofMinutes(1), 0.1));
      assertThat(options.deadLetterOn()).containsExactly(IllegalArgumentException.class);
      assertThat(options.retryOn())
          .containsExactlyInAnyOrder(IllegalStateException.class, NumberFormatException.class);
      assertThat(options.timeout()).isEqualTo(Duration.ofSeconds(90));
      assertThat(options.maxLockRenewal()).isEqualTo(Duration.ofMinutes(3));
      assertThat(options.batchSize()).isEqualTo(7);
      assertThat(options.batchTimeout()).isEqualTo(Duration.ofMillis(200));
      assertThat(options.autoStartup()).isFalse();
      assertThat(options.errorHandler()).isPresent();
      assertThat(options.replyDestination())
          .hasValueSatisfying(q -> assertThat(q.value()).isEqualTo("answers"));
    }
  }

  @Test
  void listenerTakesOnlyTheSessionsThatItsAnnotationNames() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(OnlyB.class),
            "queue-runtime.embedded.durability=memory",
            "queue-runtime.queues.orders.session-ids=a,b")) {
      QueueTemplate template = application.template();
      template.to("orders").session("a").send("not for this one");
      template.to("orders").session("b").send("for this one");
      assertThat(handled.poll(60, TimeUnit.SECONDS)).isEqualTo("for this one");
      application.bean(QueueListenerRegistry.class).get("only-b").stop();
      assertThat(handled).isEmpty();
    }
  }
}
