package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.handler.HandlerMethods;
import io.queueruntime.autoconfigure.handler.HandlerSignature;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.listener.ListenedQueue;
import io.queueruntime.listener.ListenerEndpoint;
import io.queueruntime.listener.ListenerServices;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.template.QueueTemplate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.validation.Validator;

/**
 * Puts a planned listener and its queues together to one that can be started.
 *
 * <p>Thread-safe.
 */
final class ListenerAssembly {

  /** Everything of one client that its listeners share. */
  private record Shared(HandlerMethods handlers, ListenerServices services) {}

  private final QueueClients clients;
  private final ClientBeans beans;
  private final PayloadConversion conversion;
  private final @Nullable Validator validator;
  private final boolean virtualThreads;
  private final ConfigurableListableBeanFactory beanFactory;
  private final Map<String, Shared> byClient = new ConcurrentHashMap<>();

  ListenerAssembly(
      QueueClients clients,
      ClientBeans beans,
      PayloadConversion conversion,
      @Nullable Validator validator,
      boolean virtualThreads,
      ConfigurableListableBeanFactory beanFactory) {
    this.clients = clients;
    this.beans = beans;
    this.conversion = conversion;
    this.validator = validator;
    this.virtualThreads = virtualThreads;
    this.beanFactory = beanFactory;
  }

  /** Whether payloads that are marked so will be validated. */
  boolean validates() {
    return validator != null;
  }

  QueueListenerContainer container(ListenerPlan plan, String client, List<QueueTarget> targets) {
    Shared shared = byClient.computeIfAbsent(client, this::shared);
    List<ListenedQueue> queues = targets.stream().map(target -> listened(plan, target)).toList();
    return new QueueListenerContainer(endpoint(plan, queues, shared.handlers()), shared.services());
  }

  private Shared shared(String client) {
    HandlerMethods handlers =
        new HandlerMethods(
            client,
            template(client),
            conversion.converter(),
            conversion.types(),
            validator,
            ApplicationConversionService.getSharedInstance(),
            beanFactory);
    ListenerServices services =
        ListenerServices.builder(clients.provider(client), conversion.converter())
            .observations(beans.observations(client))
            .virtualThreads(virtualThreads)
            .build();
    return new Shared(handlers, services);
  }

  private Supplier<QueueTemplate> template(String client) {
    String name =
        client.equals(clients.primary())
            ? "queueTemplate"
            : ClientBeans.beanName(client, "QueueTemplate");
    return () ->
        beanFactory.containsBean(name)
            ? beanFactory.getBean(name, QueueTemplate.class)
            : beanFactory.getBean(QueueTemplate.class);
  }

  private static ListenedQueue listened(ListenerPlan plan, QueueTarget target) {
    QueueDefinition definition = target.definition();
    return new ListenedQueue(
        definition.name(),
        target.options(),
        plan.sessionIds().isEmpty() ? definition.sessionIds() : plan.sessionIds(),
        definition.sessionIdleTimeout());
  }

  private static ListenerEndpoint endpoint(
      ListenerPlan plan, List<ListenedQueue> queues, HandlerMethods handlers) {
    Object bean = plan.listener().bean();
    if (plan.listener().method() == null) {
      return ListenerEndpoint.of(
          plan.id(),
          queues,
          handlers.byPayload(bean, plan.signatures(), plan.fallback()),
          plan.options());
    }
    HandlerSignature signature = plan.signatures().get(0);
    MessageConverter reader = handlers.reader(signature);
    return signature.isBatch()
        ? ListenerEndpoint.ofBatches(
            plan.id(),
            queues,
            reader,
            signature.payloadType(),
            handlers.several(bean, signature),
            plan.options())
        : ListenerEndpoint.of(
            plan.id(),
            queues,
            reader,
            signature.payloadType(),
            handlers.one(bean, signature),
            plan.options());
  }
}
