package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.Declare;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import io.queueruntime.template.TemplateOptions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/**
 * Makes what an application uses of each client, and names it.
 *
 * <p>Thread-safe.
 */
final class ClientBeans {

  private final QueueClients clients;
  private final QueueCatalog catalog;
  private final PayloadConversion conversion;
  private final Function<String, QueueObservations> observed;
  private final Map<String, QueueObservations> observations = new ConcurrentHashMap<>();

  ClientBeans(
      QueueClients clients,
      QueueCatalog catalog,
      PayloadConversion conversion,
      Function<String, QueueObservations> observed) {
    this.clients = clients;
    this.catalog = catalog;
    this.conversion = conversion;
    this.observed = observed;
  }

  /** Who is told of what a client does; the same for its template and its listeners. */
  QueueObservations observations(String client) {
    return observations.computeIfAbsent(client, observed);
  }

  /** The template of that client; null: the primary one. */
  QueueTemplate template(@Nullable String name) {
    String client = clientOrPrimary(name);
    QueueProvider provider = clients.provider(client);
    ClientDefinition definition = client == null ? null : clients.definition(client);
    TemplateOptions.Builder options =
        TemplateOptions.builder()
            .createReplyQueue(definition != null && createsReplyQueue(definition));
    for (QueueDefinition queue : catalog.declared()) {
      if (!queue.sessionIds().isEmpty() && belongsTo(queue, client)) {
        options.sessionIds(queue.name(), queue.sessionIds());
      }
    }
    return new QueueTemplate(
        provider,
        conversion.converter(),
        observations(client == null ? ClientDefinition.MAIN : client),
        options.build());
  }

  /** As for any other queue that the application uses and that is not there. */
  private boolean createsReplyQueue(ClientDefinition client) {
    return catalog
        .of(TemplateOptions.DEFAULTS.replyQueue())
        .declare()
        .map(declare -> declare == Declare.CREATE)
        .orElse(client.factory().createsQueues());
  }

  private boolean belongsTo(QueueDefinition queue, @Nullable String client) {
    String own = queue.client().orElse(clients.primary());
    return own != null && own.equals(client);
  }

  QueueAdmin admin(@Nullable String name) {
    return new OnDemandQueueAdmin(clients.provider(clientOrPrimary(name)));
  }

  DeadLetters deadLetters(@Nullable String name) {
    return new DeadLetters(clients.provider(clientOrPrimary(name)));
  }

  private @Nullable String clientOrPrimary(@Nullable String name) {
    return name == null ? clients.primary() : name;
  }

  /** {@code eastAsia} for client "east-asia": what its beans' names begin with. */
  static String beanName(String client, String type) {
    StringBuilder name = new StringBuilder();
    for (String part : client.split("[^A-Za-z0-9]+", -1)) {
      name.append(name.isEmpty() ? StringUtils.uncapitalize(part) : StringUtils.capitalize(part));
    }
    return name.append(type).toString();
  }
}
