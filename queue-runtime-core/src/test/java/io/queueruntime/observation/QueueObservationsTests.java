package io.queueruntime.observation;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QueueObservationsTests {

  private static final QueueName QUEUE = QueueName.of("orders");

  private final TestObservationRegistry registry = TestObservationRegistry.create();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final QueueObservations observations =
      new QueueObservations("embedded", "primary", registry, meters);

  private static ReceivedMessage<byte[]> message(Map<String, Object> headers) {
    return ReceivedMessage.of(QUEUE, SequenceNumber.of(1), "m-1", new byte[3])
        .sessionId(SessionId.of("s-1"))
        .correlationId("c-1")
        .deliveryCount(2)
        .headers(headers)
        .build();
  }

  @Test
  void sendIsNamedAfterTheConventionsForMessaging() {
    OutgoingMessage.Builder draft =
        OutgoingMessage.of(new byte[3])
            .messageId("m-1")
            .sessionId(SessionId.of("s-1"))
            .correlationId("c-1");
    observations.send(QUEUE, List.of(draft)).stop();
    assertThat(registry)
        .hasSingleObservationThat()
        .hasNameEqualTo("queue.send")
        .hasContextualNameEqualTo("send orders")
        .hasLowCardinalityKeyValue("messaging.system", "embedded")
        .hasLowCardinalityKeyValue("messaging.operation.type", "send")
        .hasLowCardinalityKeyValue("messaging.destination.name", "orders")
        .hasLowCardinalityKeyValue("queue.client", "primary")
        .hasLowCardinalityKeyValue("error.type", "none")
        .hasHighCardinalityKeyValue("messaging.message.id", "m-1")
        .hasHighCardinalityKeyValue("messaging.message.conversation_id", "c-1")
        .hasHighCardinalityKeyValue("queue.session.id", "s-1")
        .hasBeenStopped();
  }

  @Test
  void idsAreNeverTagsOfMeters() {
    observations.send(QUEUE, List.of(OutgoingMessage.of(new byte[0]).messageId("m-1"))).stop();
    observations.process("handler", List.of(message(Map.of()))).stop();
    observations.settle("handler", message(Map.of()), "complete", null).stop();
    assertThat(registry)
        .forAllObservationsWithNameEqualTo(
            "queue.process",
            it ->
                it.doesNotHaveLowCardinalityKeyValueWithKey("messaging.message.id")
                    .doesNotHaveLowCardinalityKeyValueWithKey("queue.session.id")
                    .hasHighCardinalityKeyValue("queue.delivery.count", "2"));
    for (QueueObservationDocumentation each : QueueObservationDocumentation.values()) {
      assertThat(each.getLowCardinalityKeyNames())
          .extracting(key -> key.asString())
          .doesNotContain("messaging.message.id", "queue.session.id");
    }
  }

  @Test
  void outcomeAndErrorOfACallAreTags() {
    Observed observation = observations.process("handler", List.of(message(Map.of())));
    observation.outcome("abandon");
    observation.error(new IllegalStateException());
    observation.stop();
    assertThat(registry)
        .hasSingleObservationThat()
        .hasLowCardinalityKeyValue("queue.listener", "handler")
        .hasLowCardinalityKeyValue("queue.outcome", "abandon")
        .hasLowCardinalityKeyValue("error.type", "IllegalStateException");
  }

  @Test
  void settlementBelongsToTheCallItEnds() {
    Observed call = observations.process("handler", List.of(message(Map.of())));
    call.stop();
    observations.settle("handler", message(Map.of()), "dead-letter", call).stop();
    assertThat(registry)
        .hasObservationWithNameEqualTo("queue.settle")
        .that()
        .hasLowCardinalityKeyValue("messaging.operation.name", "dead-letter")
        .hasParentObservationContextMatching(context -> context instanceof QueueProcessContext);
  }

  @Test
  void traceContextTravelsInUnprefixedHeaders() {
    List<String> seen = new ArrayList<>();
    ObservationRegistry plain = ObservationRegistry.create();
    plain.observationConfig().observationHandler(new Propagating(seen));
    QueueObservations propagating = new QueueObservations("embedded", "primary", plain, null);
    OutgoingMessage.Builder one = OutgoingMessage.of(new byte[0]);
    OutgoingMessage.Builder two = OutgoingMessage.of(new byte[0]);
    propagating.send(QUEUE, List.of(one, two)).stop();
    assertThat(one.build().headers())
        .containsEntry("traceparent", "00-abc-def-00")
        .containsEntry("baggage", "k=v");
    assertThat(two.build().headers()).isEqualTo(one.build().headers());
    propagating.process("handler", List.of(message(one.build().headers()))).stop();
    propagating.process("handler", List.of(message(Map.of("traceparent", 7)))).stop();
    assertThat(seen).containsExactly("00-abc-def-00 k=v", "null null");
  }

  /** What a tracing bridge does, without one. */
  private record Propagating(List<String> seen) implements ObservationHandler<Observation.Context> {

    @Override
    @SuppressWarnings("unchecked")
    public void onStart(Observation.Context context) {
      if (context instanceof SenderContext<?> sender) {
        SenderContext<Object> typed = (SenderContext<Object>) sender;
        typed.getSetter().set(typed.getCarrier(), "traceparent", "00-abc-def-00");
        typed.getSetter().set(typed.getCarrier(), "baggage", "k=v");
      } else if (context instanceof ReceiverContext<?> receiver) {
        ReceiverContext<Object> typed = (ReceiverContext<Object>) receiver;
        seen.add(
            typed.getGetter().get(typed.getCarrier(), "traceparent")
                + " "
                + typed.getGetter().get(typed.getCarrier(), "baggage"));
      }
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }

  @Test
  void withoutRegistriesNothingIsMade() {
    assertThat(QueueObservations.NONE.send(QUEUE, List.of())).isSameAs(Observed.BY_NOBODY);
    assertThat(QueueObservations.NONE.process("x", List.of())).isSameAs(Observed.BY_NOBODY);
    assertThat(QueueObservations.NONE.senderMeters(QUEUE)).isSameAs(SenderMeters.NONE);
    assertThat(QueueObservations.NONE.listenerMeters("x", QUEUE)).isSameAs(ListenerMeters.NONE);
    SenderMeters.NONE.sent(SendOutcome.ENQUEUED);
    SenderMeters.NONE.failed(1);
    ListenerMeters.NONE.started(1, Duration.ZERO);
    ListenerMeters.NONE.ended(1, 1);
  }

  @Test
  void everythingAListenerDoesIsCounted() {
    ListenerMeters listener = observations.listenerMeters("handler", QUEUE);
    listener.received(3);
    listener.started(1, Duration.ofSeconds(2));
    listener.started(2, null);
    assertThat(
            meters
                .get("queue.in.work")
                .tags("listener", "handler", "queue", "orders")
                .gauge()
                .value())
        .isEqualTo(2);
    listener.ended(2, 1_000_000);
    listener.failed();
    listener.settled("complete");
    listener.settled("abandon");
    listener.settled("complete");
    listener.settleFailed();
    listener.lockLost();
    assertThat(meters.get("queue.received").counter().count()).isEqualTo(3);
    assertThat(meters.get("queue.redelivered").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.failures").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.settled").tag("settlement", "complete").counter().count())
        .isEqualTo(2);
    assertThat(meters.get("queue.settle.failures").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.lock.lost").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.in.work").gauge().value()).isZero();
    assertThat(meters.get("queue.processing").timer().count()).isEqualTo(1);
    assertThat(
            meters
                .get("queue.delivery.age")
                .timer()
                .totalTime(java.util.concurrent.TimeUnit.SECONDS))
        .isEqualTo(2);
  }

  @Test
  void sendsAreCountedByOutcome() {
    SenderMeters sender = observations.senderMeters(QUEUE);
    assertThat(observations.senderMeters(QUEUE)).isSameAs(sender);
    sender.sent(SendOutcome.ENQUEUED);
    sender.sent(SendOutcome.DUPLICATE);
    sender.failed(2);
    sender.retried();
    assertThat(meters.get("queue.sent").tag("outcome", "enqueued").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.sent").tag("outcome", "duplicate").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.sent").tag("outcome", "failed").counter().count()).isEqualTo(2);
    assertThat(meters.get("queue.send.retries").counter().count()).isEqualTo(1);
  }

  @Test
  void numberOfQueuesWithMetersOfTheirOwnIsBounded() {
    for (int i = 0; i < QueueObservations.QUEUES_MAX + 100; i++) {
      observations.senderMeters(QueueName.of("q" + i)).sent(SendOutcome.ENQUEUED);
    }
    assertThat(
            meters
                .get("queue.sent")
                .tag("queue", "other")
                .tag("outcome", "enqueued")
                .counter()
                .count())
        .isEqualTo(100);
  }
}
