package io.queueruntime.benchmarks;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ListenedQueue;
import io.queueruntime.listener.ListenerEndpoint;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.listener.ListenerServices;
import io.queueruntime.listener.MessageHandler;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.template.QueueTemplate;
import io.queueruntime.template.TemplateOptions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an application uses: a template that sends and a listener container that receives, as many
 * callers as handlers. Immutable.
 *
 * @param sessions whether every message belongs to one of as many sessions as there are callers
 */
record Listeners(boolean sessions) implements Subject {

  @Override
  public String name() {
    return sessions ? "template + listener, sessions" : "template + listener";
  }

  @Override
  public Outcome measure(Cell cell) throws Exception {
    QueueOptions queue = QueueOptions.DEFAULTS.withSessions(sessions);
    MessageConverter converter =
        MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE);
    Semaphore room = new Semaphore(Cell.IN_FLIGHT);
    Callers.Hops hops = new Callers.Hops(cell);
    MessageHandler<byte[]> handler =
        (message, delivery) -> {
          hops.arrived(Embedded.stamp(message.body()), System.nanoTime());
          room.release();
          return null;
        };
    ExecutorService threads = Executors.newCachedThreadPool();
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(Embedded.options(cell));
        QueueTemplate template =
            new QueueTemplate(
                provider, converter, QueueObservations.NONE, TemplateOptions.DEFAULTS)) {
      provider.admin().create(Embedded.QUEUE, queue);
      QueueListenerContainer container =
          new QueueListenerContainer(
              ListenerEndpoint.of(
                  "benchmark",
                  List.of(ListenedQueue.of(Embedded.QUEUE, queue)),
                  handler,
                  ListenerOptions.builder().concurrency(Concurrency.of(cell.callers())).build()),
              ListenerServices.builder(provider, converter).build());
      container.start();
      AtomicInteger numbers = new AtomicInteger();
      List<Future<?>> sending =
          Callers.keepGoing(
              threads,
              cell.callers(),
              caller -> {
                String session = "session-" + numbers.getAndIncrement();
                return () -> {
                  if (room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    byte[] body = Embedded.stamped(cell.body());
                    if (sessions) {
                      template.to(Embedded.QUEUE.value()).session(session).send(body);
                    } else {
                      template.send(Embedded.QUEUE.value(), body);
                    }
                  }
                  return !hops.over();
                };
              });
      Outcome outcome = hops.await();
      for (Future<?> sender : sending) {
        sender.get();
      }
      container.stop();
      return outcome;
    } finally {
      threads.shutdownNow();
    }
  }
}
