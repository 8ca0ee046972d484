package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.queueruntime.listener.QueueListener;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.messaging.handler.annotation.Header;

/** What Micrometer is told when the application has it. */
class ObservabilityTests {

  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static final BlockingQueue<String> traces = new LinkedBlockingQueue<>();
  private static CountDownLatch settled = new CountDownLatch(1);

  static class Handler {
    @QueueListener(id = "orders", queues = "orders")
    void handle(String order, @Header("traceparent") String traceparent) {
      traces.add("handler " + traceparent);
    }
  }

  /**
   * Does what a tracer would do: puts the trace into what is sent, and takes it out of what is
   * received.
   */
  static class Tracer implements ObservationHandler<Observation.Context> {

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onStart(Observation.Context context) {
      if (context instanceof SenderContext<?> sender) {
        SenderContext<Object> sending = (SenderContext<Object>) sender;
        sending.getSetter().set(sending.getCarrier(), "traceparent", TRACE);
      } else if (context instanceof ReceiverContext<?> receiver) {
        ReceiverContext<Object> receiving = (ReceiverContext<Object>) receiver;
        traces.add("receiver " + receiving.getGetter().get(receiving.getCarrier(), "traceparent"));
      }
    }

    @Override
    public void onStop(Observation.Context context) {
      if ("queue.settle".equals(context.getName())) {
        settled.countDown();
      }
    }
  }

  static class Micrometer {
    @Bean
    TestObservationRegistry observations() {
      TestObservationRegistry registry = TestObservationRegistry.create();
      registry.observationConfig().observationHandler(new Tracer());
      return registry;
    }

    @Bean
    MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }
  }

  @Test
  void sendHandlingAndSettlementAreObservedInOneTrace() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Handler.class, Micrometer.class), "queue-runtime.embedded.durability=memory")) {
      application.template().send("orders", "o");

      assertThat(traces.poll(60, TimeUnit.SECONDS)).isEqualTo("receiver " + TRACE);
      assertThat(traces.poll(60, TimeUnit.SECONDS)).isEqualTo("handler " + TRACE);
      assertThat(settled.await(60, TimeUnit.SECONDS)).isTrue();
      TestObservationRegistry registry =
          (TestObservationRegistry) application.bean(ObservationRegistry.class);
      for (String name : List.of("queue.send", "queue.process", "queue.settle")) {
        TestObservationRegistryAssert.assertThat(registry).hasObservationWithNameEqualTo(name);
      }
      assertThat(application.bean(MeterRegistry.class).getMeters())
          .extracting(meter -> meter.getId().getName())
          .anyMatch(name -> name.startsWith("queue."));
    }
  }
}
