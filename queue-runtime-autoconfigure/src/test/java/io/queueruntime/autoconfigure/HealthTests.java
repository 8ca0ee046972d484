package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.listener.ContainerState;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueAdmin;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.util.ReflectionTestUtils;

/** What the application's health says of its queues. */
class HealthTests {

  private static final String INDICATOR = "queueRuntimeHealthIndicator";

  @TempDir Path directory;

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(QueueHealthAutoConfiguration.class)
  static class WithHealth {}

  private RunningApplication start(String... more) {
    String[] properties = new String[more.length + 2];
    properties[0] = "queue-runtime.embedded.directory=" + directory;
    properties[1] = "queue-runtime.queues.orders.declare=create";
    System.arraycopy(more, 0, properties, 2, more.length);
    return RunningApplication.start(List.of(WithHealth.class), properties);
  }

  private static Health healthOf(RunningApplication application) {
    return application.bean(HealthIndicator.class).health();
  }

  @Test
  void isUpWhileEveryClientWorks() {
    try (RunningApplication application = start()) {
      assertThat(healthOf(application).getStatus()).isEqualTo(Status.UP);
      assertThat(healthOf(application).getDetails())
          .containsEntry("main", Map.of("provider", "embedded", "status", "UP"));
    }
  }

  @Test
  void isDownWithTheReasonOnceTheEngineFailedAndUpAgainAfterANewStartWhichReadsTheDisk() {
    try (RunningApplication application = start()) {
      application.template().send("orders", "before");
      failTheEngine(application);
      assertThatThrownBy(() -> application.template().send("orders", "after"))
          .isInstanceOf(StorageFailed.class);

      Health health = healthOf(application);

      assertThat(health.getStatus()).isEqualTo(Status.DOWN);
      assertThat(health.getDetails().get("main"))
          .asInstanceOf(InstanceOfAssertFactories.MAP)
          .containsEntry("provider", "embedded")
          .containsEntry("status", "DOWN")
          .hasEntrySatisfying(
              "reason", reason -> assertThat((String) reason).contains("no such luck", "reopen"));
    }
    try (RunningApplication application = start()) {
      assertThat(healthOf(application).getStatus()).isEqualTo(Status.UP);
      assertThat(application.bean(QueueAdmin.class).statistics(QueueName.of("orders")).active())
          .isEqualTo(1);
    }
  }

  static class Handlers {
    @QueueListener(queues = "vanishing", id = "lost")
    void on(String message) {}
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void isDownWhileAListenerHasEndedForGoodAndUpOnceItWorksAgain() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(WithHealth.class, Handlers.class),
            "queue-runtime.embedded.durability=memory",
            "queue-runtime.queues.vanishing.declare=create")) {
      QueueListenerContainer listener = application.bean(QueueListenerRegistry.class).get("lost");
      QueueAdmin admin = application.bean(QueueAdmin.class);
      admin.delete(QueueName.of("vanishing"));
      while (listener.state() != ContainerState.FAILED) {
        Thread.onSpinWait(); // a loop that ends tells nobody but the log
      }

      Health health = healthOf(application);

      assertThat(health.getStatus()).isEqualTo(Status.DOWN);
      assertThat(health.getDetails())
          .containsEntry("main", Map.of("provider", "embedded", "status", "UP"));
      assertThat(health.getDetails().get("failedListeners"))
          .asInstanceOf(InstanceOfAssertFactories.MAP)
          .hasEntrySatisfying(
              "lost", reason -> assertThat((String) reason).contains("'vanishing'"));

      admin.create(QueueName.of("vanishing"), QueueOptions.DEFAULTS);
      listener.stop();
      listener.start();
      assertThat(healthOf(application).getStatus()).isEqualTo(Status.UP);
      assertThat(healthOf(application).getDetails()).doesNotContainKey("failedListeners");
    }
  }

  @Test
  void isNotAskedForWhereItIsSwitchedOffOrTheHealthModuleIsMissing() {
    try (RunningApplication application = start("management.health.queueruntime.enabled=false")) {
      assertThat(application.context().containsBean(INDICATOR)).isFalse();
    }
    new ApplicationContextRunner()
        .withUserConfiguration(RunningApplication.Application.class, WithHealth.class)
        .withPropertyValues("queue-runtime.embedded.durability=memory")
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(INDICATOR));
  }

  /** Whatever happens on the engine's thread and should not stops it, as a disk that fails does. */
  private static void failTheEngine(RunningApplication application) {
    OnDemandQueueProvider main =
        (OnDemandQueueProvider) application.bean(QueueClients.class).provider("main");
    Object engine = ReflectionTestUtils.getField(main.open(), "engine");
    Runnable mistake =
        () -> {
          throw new IllegalStateException("no such luck");
        };
    ReflectionTestUtils.invokeMethod(engine, "perform", mistake);
  }
}
