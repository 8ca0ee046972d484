package io.queueruntime.benchmarks;

import io.queueruntime.benchmarks.BareServiceBus.Arrivals;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ListenedQueue;
import io.queueruntime.listener.ListenerEndpoint;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.listener.ListenerServices;
import io.queueruntime.listener.MessageHandler;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.servicebus.ServiceBusOptions;
import io.queueruntime.servicebus.ServiceBusQueueProvider;
import io.queueruntime.template.QueueTemplate;
import io.queueruntime.template.TemplateOptions;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** What an application uses of ours: a template that sends, a listener that receives. Stateless. */
final class OursOnServiceBus {

  private static final MessageConverter CONVERTER =
      MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE);

  private OursOnServiceBus() {}

  private static QueueProvider provider(ServiceBusBench bench) {
    return new ServiceBusQueueProvider(
        ServiceBusOptions.connectionString(bench.connectionString())
            .withManagementEndpoint(bench.managementEndpoint())
            .withPrefetch(bench.prefetch()));
  }

  private static QueueTemplate template(QueueProvider provider) {
    return new QueueTemplate(provider, CONVERTER, QueueObservations.NONE, TemplateOptions.DEFAULTS);
  }

  static double send(ServiceBusBench bench, int callers, String queue) throws Exception {
    byte[] body = bench.body();
    try (QueueProvider provider = provider(bench);
        QueueTemplate template = template(provider)) {
      template.send(queue, body);
      return Spread.over(callers, bench.messages(), () -> template.send(queue, body));
    }
  }

  static double sendAll(ServiceBusBench bench, int callers, String queue) throws Exception {
    List<byte[]> bodies = Collections.nCopies(BareServiceBus.BATCH, bench.body());
    try (QueueProvider provider = provider(bench);
        QueueTemplate template = template(provider)) {
      template.send(queue, bench.body());
      return BareServiceBus.BATCH
          * Spread.over(callers, bench.batches(), () -> template.sendAll(queue, bodies));
    }
  }

  static double receive(ServiceBusBench bench, int callers, String queue) throws Exception {
    BareServiceBus.stockUp(bench, queue, 0);
    return listen(bench, callers, queue, QueueOptions.DEFAULTS);
  }

  static double sessions(ServiceBusBench bench, int sessions, String queue) throws Exception {
    BareServiceBus.stockUp(bench, queue, sessions);
    return listen(bench, sessions, queue, QueueOptions.DEFAULTS.withSessions(true));
  }

  private static double listen(
      ServiceBusBench bench, int concurrency, String queue, QueueOptions options) throws Exception {
    Arrivals arrivals = new Arrivals(bench.messages());
    MessageHandler<byte[]> handler =
        (message, delivery) -> {
          arrivals.one();
          return null;
        };
    try (QueueProvider provider = provider(bench)) {
      QueueListenerContainer container =
          new QueueListenerContainer(
              ListenerEndpoint.of(
                  "benchmark",
                  List.of(ListenedQueue.of(QueueName.of(queue), options)),
                  handler,
                  ListenerOptions.builder().concurrency(Concurrency.of(concurrency)).build()),
              ListenerServices.builder(provider, CONVERTER).build());
      container.start();
      try {
        return arrivals.perSecond();
      } finally {
        container.stop();
      }
    }
  }
}
