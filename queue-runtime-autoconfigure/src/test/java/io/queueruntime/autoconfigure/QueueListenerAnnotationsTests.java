package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.queueruntime.autoconfigure.DiscoveredListener.HandlerMethod;
import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.handler.annotation.SendTo;

/** Where annotations are found, and which of them count. */
class QueueListenerAnnotationsTests {

  private static List<DiscoveredListener> on(Object bean) {
    return QueueListenerAnnotations.of("bean", bean, bean.getClass()).stream()
        .sorted(Comparator.comparing(found -> found.annotation().getStringArray("queues")[0]))
        .toList();
  }

  private static List<String> queuesOn(Object bean) {
    return on(bean).stream().map(found -> found.annotation().getStringArray("queues")[0]).toList();
  }

  static class Base {
    @QueueListener(queues = "inherited")
    void inherited(String text) {}

    @QueueListener(queues = "of-base")
    void overridden(String text) {}

    @QueueListener(queues = "kept")
    void overriddenSilently(String text) {}
  }

  static class Derived extends Base {
    @Override
    @QueueListener(queues = "of-derived")
    void overridden(String text) {}

    @Override
    void overriddenSilently(String text) {}

    @QueueListener(queues = "private")
    private void hidden(String text) {}
  }

  @Test
  void whatAMethodSaysForItselfHidesWhatItOverrides() {
    assertThat(queuesOn(new Derived()))
        .containsExactly("inherited", "kept", "of-derived", "private");
  }

  static class Repeated {
    @QueueListener(queues = "a")
    @QueueListener(queues = "b")
    void twice(String text) {}
  }

  @Test
  void anAnnotationMayBeRepeated() {
    assertThat(queuesOn(new Repeated())).containsExactly("a", "b");
    assertThat(on(new Repeated()))
        .extracting(DiscoveredListener::defaultId)
        .containsExactly("bean.twice", "bean.twice#2");
  }

  @QueueListener(queues = "class")
  @SendTo("of-class")
  static class Chosen {
    @QueueHandler
    void one(String text) {}

    @QueueHandler(isDefault = true)
    @SendTo("of-method")
    void other(Object anything) {}

    void unrelated(String text) {}
  }

  @Test
  void aClassHasTheMethodsThatAreMarked() {
    DiscoveredListener found = on(new Chosen()).get(0);

    assertThat(found.defaultId()).isEqualTo("bean");
    assertThat(found.where()).isEqualTo("@QueueListener class Chosen");
    assertThat(
            found.handlers().stream()
                .sorted(Comparator.comparing(handler -> handler.method().getName())))
        .extracting(
            handler -> handler.method().getName(), HandlerMethod::fallback, HandlerMethod::replyTo)
        .containsExactly(
            tuple("one", false, List.of("of-class")), tuple("other", true, List.of("of-method")));
  }

  static class Plain {
    void nothing(String text) {}
  }

  @Test
  void aClassWithoutAnnotationsHasNoListeners() {
    assertThat(on(new Plain())).isEmpty();
  }
}
