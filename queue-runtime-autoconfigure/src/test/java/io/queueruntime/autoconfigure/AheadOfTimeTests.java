package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;

import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.annotation.AliasFor;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.javapoet.ClassName;

/**
 * What is prepared at build time: hints for a native image, and a context that starts from
 * generated code.
 */
class AheadOfTimeTests {

  record Order(String id, Line line) {}

  record Line(int amount) {}

  record Answer(String text) {}

  record Named(String text) {}

  record Refund(String id) {}

  @interface TeamListener {
    @AliasFor(annotation = QueueListener.class, attribute = "queues")
    String[] value();
  }

  static class Orders {
    @QueueListener("orders")
    CompletableFuture<Answer> handle(List<Order> orders) {
      return CompletableFuture.completedFuture(null);
    }

    void unrelated(String text) {}
  }

  @QueueListener("refunds")
  static class Refunds {
    @QueueHandler
    void refund(Refund refund) {}
  }

  @TestConfiguration(proxyBeanMethods = false)
  @Import(QueueRuntimeAutoConfiguration.class)
  static class Application {
    @Bean
    Orders orders() {
      return new Orders();
    }

    @Bean
    Refunds refunds() {
      return new Refunds();
    }
  }

  private static AnnotationConfigApplicationContext context() {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    TestPropertyValues.of(
            "queue-runtime.embedded.durability=memory",
            "queue-runtime.clients.other.embedded.durability=memory",
            "queue-runtime.listeners.orders.handle.batch-size=5",
            "queue-runtime.payload.types.named.v1=" + Named.class.getName())
        .applyTo(context);
    context.register(Application.class);
    return context;
  }

  private static RuntimeHints hints() {
    TestGenerationContext generation = new TestGenerationContext();
    new ApplicationContextAotGenerator().processAheadOfTime(context(), generation);
    return generation.getRuntimeHints();
  }

  @Test
  void listenerMethodsCanBeCalled() throws Exception {
    RuntimeHints hints = hints();

    assertThat(
            reflection().onMethodInvocation(Orders.class.getDeclaredMethod("handle", List.class)))
        .accepts(hints);
    assertThat(
            reflection()
                .onMethodInvocation(Refunds.class.getDeclaredMethod("refund", Refund.class)))
        .accepts(hints);
    assertThat(
            reflection()
                .onMethodInvocation(Orders.class.getDeclaredMethod("unrelated", String.class)))
        .rejects(hints);
  }

  @Test
  void payloadsCanBeReadAndWritten() throws Exception {
    RuntimeHints hints = hints();

    for (Class<?> type :
        List.of(Order.class, Line.class, Answer.class, Named.class, Refund.class)) {
      assertThat(
              reflection()
                  .onType(type)
                  .withMemberCategory(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS))
          .as(type.getSimpleName())
          .accepts(hints);
    }
    assertThat(reflection().onMethodInvocation(Order.class.getDeclaredMethod("line")))
        .accepts(hints);
  }

  @Test
  void annotationsAndSettingsCanBeRead() throws Exception {
    RuntimeHints hints = new RuntimeHints();
    new QueueRuntimeHints().registerHints(hints, getClass().getClassLoader());

    assertThat(reflection().onMethodInvocation(QueueListener.class.getDeclaredMethod("queues")))
        .accepts(hints);
    for (Class<?> settings :
        List.of(
            QueueRuntimeProperties.ListenerOverride.class,
            QueueRuntimeProperties.Snapshot.class,
            QueueRuntimeProperties.DuplicateDetection.class)) {
      assertThat(reflection().onConstructorInvocation(settings.getDeclaredConstructors()[0]))
          .as(settings.getSimpleName())
          .accepts(hints);
    }
  }

  @Test
  @CompileWithForkedClassLoader
  @SuppressWarnings("unchecked")
  void theGeneratedContextHasEveryBeanAndListener() {
    TestGenerationContext generation = new TestGenerationContext();
    ClassName initializer =
        new ApplicationContextAotGenerator().processAheadOfTime(context(), generation);
    generation.writeGeneratedContent();

    TestCompiler.forSystem()
        .with(generation)
        .compile(
            compiled -> {
              GenericApplicationContext started = new GenericApplicationContext();
              TestPropertyValues.of(
                      "queue-runtime.embedded.durability=memory",
                      "queue-runtime.clients.other.embedded.durability=memory",
                      "queue-runtime.listeners.orders.handle.batch-size=5",
                      "queue-runtime.payload.types.refund.v1=" + Refund.class.getName())
                  .applyTo(started);
              compiled
                  .getInstance(ApplicationContextInitializer.class, initializer.toString())
                  .initialize(started);
              try (started) {
                started.refresh();

                assertThat(started.getBean(QueueListenerRegistry.class).ids())
                    .containsExactly("orders.handle", "refunds");
                assertThat(started.containsBean("queueTemplate")).isTrue();
                assertThat(started.containsBean("otherQueueTemplate")).isTrue();
              }
            });
  }
}
