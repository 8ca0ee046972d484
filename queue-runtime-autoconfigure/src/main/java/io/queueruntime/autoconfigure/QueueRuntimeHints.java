package io.queueruntime.autoconfigure;

import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.listener.QueueListeners;
import io.queueruntime.message.QueueOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/**
 * What a native image must know of the runtime itself: its annotations and the settings it binds by
 * hand. Immutable.
 */
final class QueueRuntimeHints implements RuntimeHintsRegistrar {

  /** Attributes of an annotation are methods that are called by reflection. */
  static final MemberCategory ATTRIBUTES = MemberCategory.INVOKE_PUBLIC_METHODS;

  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
    List.of(QueueListener.class, QueueListeners.class, QueueHandler.class, Backoff.class)
        .forEach(annotation -> hints.reflection().registerType(annotation, ATTRIBUTES));
    // compared component by component where a queue is not as configured
    hints.reflection().registerType(QueueOptions.class, MemberCategory.INVOKE_PUBLIC_METHODS);
    BindableRuntimeHintsRegistrar.forTypes(
            QueueRuntimeProperties.class,
            QueueRuntimeProperties.Embedded.class,
            QueueRuntimeProperties.ListenerOverride.class)
        .registerHints(hints, classLoader);
  }
}
