package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.messaging.handler.annotation.Header;

/** Several connections in one application, and providers that come from elsewhere. */
class ClientsTests {

  private static final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

  static class Handlers {
    @QueueListener("orders")
    void ofPrimary(
        String order, @Header(QueueHeaders.CLIENT) String client, QueueTemplate template) {
      handled.add(client + " " + order);
      template.send("done", order);
    }

    @QueueListener(queues = "orders", client = "east-asia")
    void ofOther(String order, @Header(QueueHeaders.CLIENT) String client, QueueTemplate template) {
      handled.add(client + " " + order);
      template.send("archive", order);
    }

    @QueueListener("archive")
    void archived(String order, @Header(QueueHeaders.CLIENT) String client) {
      handled.add("archived at " + client + " " + order);
    }

    @QueueListener("done")
    void done(String order, @Header(QueueHeaders.CLIENT) String client) {
      handled.add("done at " + client + " " + order);
    }
  }

  static class Kafka {
    @Bean
    FakeProvider kafka() {
      return new FakeProvider("kafka");
    }
  }

  private static List<String> next(int count) throws InterruptedException {
    String[] seen = new String[count];
    for (int i = 0; i < count; i++) {
      seen[i] = handled.poll(60, TimeUnit.SECONDS);
    }
    return List.of(seen);
  }

  @Test
  void everyClientHasItsOwnQueuesTemplateAndListeners() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handlers.class, Kafka.class),
            "queue-runtime.embedded.durability=memory",
            "queue-runtime.clients.east-asia.provider=kafka",
            "queue-runtime.clients.east-asia.kafka.bootstrap-servers=k:9092",
            "queue-runtime.defaults.declare=create",
            "queue-runtime.queues.archive.client=east-asia")) {
      QueueTemplate other =
          application.context().getBean("eastAsiaQueueTemplate", QueueTemplate.class);
      application.template().send("orders", "a");
      other.send("orders", "b");

      assertThat(application.bean(FakeProvider.class).opened()).containsExactly("east-asia=k:9092");
      assertThat(next(4))
          .containsExactlyInAnyOrder(
              "main a", "east-asia b", "archived at east-asia b", "done at main a");
      assertThat(application.bean(QueueTemplate.class))
          .isSameAs(application.context().getBean("queueTemplate"));
      assertThat(application.bean(QueueAdmin.class).exists(QueueName.of("archive"))).isFalse();
      assertThat(
              application
                  .context()
                  .getBean("eastAsiaQueueAdmin", QueueAdmin.class)
                  .exists(QueueName.of("archive")))
          .isTrue();
      assertThat(
              application
                  .context()
                  .getBean("eastAsiaDeadLetters", DeadLetters.class)
                  .list("orders", 1))
          .isEmpty();
      assertThatThrownBy(() -> application.template().send("archive", "x"))
          .isInstanceOf(QueueNotFound.class);
    }
  }

  @Test
  void theProviderThatHasSettingsIsUsedAndItsQueuesAreNotCreated() {
    assertThatThrownBy(
            () ->
                RunningApplication.start(
                    List.of(Kafka.class),
                    "queue-runtime.kafka.bootstrap-servers=k:9092",
                    "queue-runtime.queues.orders.session=none"))
        .isInstanceOfSatisfying(
            QueueStartupException.class,
            e ->
                assertThat(e.problems())
                    .extracting(StartupProblem::code)
                    .containsExactly("QR-101"));
  }

  @Test
  void aNamedClientMayBeThePrimaryOne() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Kafka.class),
            "queue-runtime.primary=west",
            "queue-runtime.clients.west.provider=kafka",
            "queue-runtime.clients.east.embedded.durability=memory",
            "queue-runtime.queues.orders.declare=create")) {
      assertThat(application.bean(QueueAdmin.class).exists(QueueName.of("orders"))).isTrue();
      assertThat(application.context().getBeanNamesForType(QueueTemplate.class))
          .containsExactlyInAnyOrder("queueTemplate", "eastQueueTemplate");
    }
  }

  @Test
  void theOnlyClientIsThePrimaryOne() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Kafka.class), "queue-runtime.clients.west.provider=kafka")) {
      assertThat(application.context().getBeanNamesForType(QueueTemplate.class))
          .containsExactly("queueTemplate");
      assertThat(application.bean(FakeProvider.class).opened()).containsExactly("west=null");
    }
  }

  static class OwnTemplate {
    @Bean
    QueueAdmin admin(QueueTemplate template) {
      return new OnDemandQueueAdmin(new OnDemandQueueProvider("own", () -> null));
    }
  }

  @Test
  void beansOfTheApplicationTakeTheirPlace() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(OwnTemplate.class), "queue-runtime.embedded.durability=memory")) {
      assertThat(application.context().getBeanNamesForType(QueueAdmin.class))
          .containsExactly("admin");
    }
  }

  @Test
  void aFailureOfTheAdminSaysWhatWasBeingDone() {
    try (RunningApplication application =
        RunningApplication.start(List.of(), "queue-runtime.embedded.durability=memory")) {
      QueueAdmin admin = application.bean(QueueAdmin.class);

      assertThatThrownBy(() -> admin.purge(QueueName.of("gone")))
          .isInstanceOfSatisfying(
              QueueNotFound.class,
              failure -> {
                assertThat(failure.queue()).contains("gone");
                assertThat(failure.operation()).contains("purge");
              });
    }
  }
}
