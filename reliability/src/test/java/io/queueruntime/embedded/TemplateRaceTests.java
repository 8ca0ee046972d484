package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.template.QueueTemplate;
import io.queueruntime.template.TemplateOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * Many who use one template for queues that it has not seen before: it makes one receiver for each
 * queue, keeps it, and what is sent is received, once. By chance.
 *
 * <p>{@code -Dqueue-runtime.interleavings=n} sets how many queues there are, a hundredth of that.
 */
class TemplateRaceTests {

  private static final int CALLERS = 4;
  private static final int QUEUES =
      Math.max(20, Integer.getInteger("queue-runtime.interleavings", 2_000) / 100);

  /** How many receivers were made for a queue. */
  private final Map<QueueName, AtomicInteger> receivers = new ConcurrentHashMap<>();

  @Test
  void everyQueueHasOneReceiverHoweverManyBeginAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    try (EmbeddedQueueProvider embedded = new EmbeddedQueueProvider(EmbeddedOptions.inMemory());
        QueueTemplate template =
            new QueueTemplate(
                counting(embedded),
                MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE),
                QueueObservations.NONE,
                TemplateOptions.DEFAULTS)) {
      for (int i = 0; i < QUEUES; i++) {
        embedded.admin().create(QueueName.of("q" + i), QueueOptions.DEFAULTS);
      }
      CyclicBarrier start = new CyclicBarrier(CALLERS);
      List<Future<Integer>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(threads.submit(() -> useAll(template, start)));
      }
      int received = 0;
      for (Future<Integer> caller : callers) {
        received += caller.get(60, TimeUnit.SECONDS);
      }
      assertThat(received).isEqualTo(QUEUES * CALLERS);
    } finally {
      threads.shutdown();
    }
    assertThat(receivers).hasSize(QUEUES);
    assertThat(receivers.values()).allSatisfy(made -> assertThat(made).hasValue(1));
    System.out.printf("RIG interleavings-templates cycles=%d violations=0%n", QUEUES);
  }

  private static int useAll(QueueTemplate template, CyclicBarrier start) throws Exception {
    int received = 0;
    for (int i = 0; i < QUEUES; i++) {
      start.await(60, TimeUnit.SECONDS);
      template.send("q" + i, "text");
      // There are as many messages as callers, so there is one for each.
      received +=
          template.receive("q" + i, String.class, Duration.ofSeconds(30)).isPresent() ? 1 : 0;
    }
    return received;
  }

  private QueueProvider counting(QueueProvider provider) {
    return (QueueProvider)
        Proxy.newProxyInstance(
            QueueProvider.class.getClassLoader(),
            new Class<?>[] {QueueProvider.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("receiver")) {
                receivers
                    .computeIfAbsent((QueueName) arguments[0], queue -> new AtomicInteger())
                    .incrementAndGet();
              }
              try {
                return method.invoke(provider, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
