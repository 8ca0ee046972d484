package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.kafka.KafkaOptions;
import io.queueruntime.kafka.KafkaQueueProvider;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Support;
import io.queueruntime.rabbitmq.RabbitMqOptions;
import io.queueruntime.rabbitmq.RabbitMqQueueProvider;
import io.queueruntime.servicebus.ServiceBusOptions;
import io.queueruntime.servicebus.ServiceBusQueueProvider;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The page of capabilities says what the providers say of themselves. To write it anew, run this
 * test with {@code -Dqueue-runtime.docs.write=true}.
 */
class CapabilityTableTests {

  private static final QueueStateStore STORE =
      EmbeddedStateStore.open(EmbeddedStoreOptions.inMemory());
  private static final Path PAGE = Path.of("..", "docs", "capabilities.md");

  @Test
  void thePageSaysWhatTheProvidersSay() throws IOException {
    String page = page(all());
    if (Boolean.getBoolean("queue-runtime.docs.write")) {
      Files.writeString(PAGE, page);
    }

    assertThat(PAGE).hasContent(page);
  }

  private static List<Capabilities> all() {
    try (EmbeddedQueueProvider embedded = new EmbeddedQueueProvider(EmbeddedOptions.inMemory())) {
      return List.of(
          embedded.capabilities(),
          ServiceBusQueueProvider.capabilities(
              ServiceBusOptions.connectionString(
                  "Endpoint=sb://localhost;SharedAccessKeyName=any;SharedAccessKey=any;UseDevelopmentEmulator=true;")),
          rabbitMq("3.10.8"),
          rabbitMq("4.3.6"),
          KafkaQueueProvider.capabilities(
              "4.2", KafkaOptions.of(Map.of("bootstrap.servers", "localhost:9092")), STORE));
    }
  }

  private static Capabilities rabbitMq(String version) {
    return RabbitMqQueueProvider.capabilities(
        version, RabbitMqOptions.of(new ConnectionFactory()), STORE);
  }

  private static String page(List<Capabilities> all) {
    List<String> notes = new ArrayList<>();
    StringBuilder page =
        new StringBuilder(
            """
            # What each provider can do

            Written by `CapabilityTableTests` from what the providers say of themselves; the start of an application compares its
            configuration with the same, and refuses what cannot be done (QR-117).

            **native**: the broker does it, with all that is promised. **emulated**: the runtime does it on top of the broker, with the
            guarantee in the note. **with a store**: the same, with the help of a state store. **–**: it cannot be done, for the reason in
            the note.

            """);
    page.append("| |");
    all.forEach(provider -> page.append(' ').append(provider.server()).append(" |"));
    page.append("\n|---|").append("---|".repeat(all.size())).append('\n');
    for (Capability capability : Capability.values()) {
      page.append("| ").append(capability.title()).append(" |");
      for (Capabilities provider : all) {
        page.append(' ').append(cell(provider.of(capability), notes)).append(" |");
      }
      page.append('\n');
    }
    page.append('\n');
    for (int i = 0; i < notes.size(); i++) {
      page.append(i + 1).append(". ").append(notes.get(i)).append('\n');
    }
    return page.toString();
  }

  private static String cell(Support support, List<String> notes) {
    String level =
        switch (support.level()) {
          case UNSUPPORTED -> "–";
          case STORE_BACKED -> "with a store";
          case NATIVE, EMULATED -> support.level().name().toLowerCase(Locale.ROOT);
        };
    if (support.words().isEmpty()) {
      return level;
    }
    if (!notes.contains(support.words())) {
      notes.add(support.words());
    }
    return "%s (%d)".formatted(level, notes.indexOf(support.words()) + 1);
  }
}
