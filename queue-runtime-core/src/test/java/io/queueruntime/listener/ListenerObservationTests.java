package io.queueruntime.listener;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.observation.QueueObservations;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListenerObservationTests {

  private final ListenerFixture fixture = new ListenerFixture();
  private final TestObservationRegistry registry = TestObservationRegistry.create();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  ListenerObservationTests() {
    fixture.observations = new QueueObservations("fake", "primary", registry, meters);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void handlerRunsInsideItsObservation() {
    CompletableFuture<Observation> current = new CompletableFuture<>();
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              current.complete(registry.getCurrentObservation());
              return "answer";
            });
    fixture.send("q", OutgoingMessage.of(new byte[0]).messageId("m").replyTo("answers"));
    fixture.provider.awaitEvent("complete m");
    container.stop();
    assertThat(current.join().getContext().getName()).isEqualTo("queue.process");
    assertThat(registry.getCurrentObservation()).isNull();
    assertThat(registry)
        .hasObservationWithNameEqualTo("queue.process")
        .that()
        .hasLowCardinalityKeyValue("queue.outcome", "complete")
        .hasBeenStopped();
    assertThat(registry).hasObservationWithNameEqualTo("queue.send").that().hasBeenStopped();
    assertThat(registry)
        .hasObservationWithNameEqualTo("queue.settle")
        .that()
        .hasLowCardinalityKeyValue("messaging.operation.name", "complete")
        .hasBeenStopped();
  }

  @Test
  void failureIsToldToObservationAndMeters() {
    QueueListenerContainer container =
        fixture.listen(
            "q", (message, delivery) -> CompletableFuture.failedFuture(new IOException()));
    fixture.send("q", "m");
    fixture.provider.awaitEvent("abandon(PT1S) m");
    container.stop();
    assertThat(registry)
        .hasObservationWithNameEqualTo("queue.process")
        .that()
        .hasLowCardinalityKeyValue("queue.outcome", "abandon")
        .hasLowCardinalityKeyValue("error.type", "IOException")
        .hasError();
    assertThat(meters.get("queue.failures").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.received").counter().count()).isEqualTo(1);
    assertThat(meters.get("queue.settled").tag("settlement", "abandon").counter().count())
        .isEqualTo(1);
    assertThat(meters.get("queue.in.work").gauge().value()).isZero();
    assertThat(meters.get("queue.processing").timer().count()).isEqualTo(1);
    assertThat(meters.get("queue.delivery.age").timer().count()).isEqualTo(1);
  }

  @Test
  void observationOfAHandlerThatAcknowledgesLaterEndsWithTheHandler() {
    CompletableFuture<Acknowledgment> later = new CompletableFuture<>();
    CompletableFuture<Object> result = new CompletableFuture<>();
    fixture.listen(
        "q",
        options -> options.ackMode(AckMode.MANUAL),
        (message, delivery) -> {
          later.complete(delivery.acknowledgment());
          return result;
        });
    fixture.send("q", "m");
    Acknowledgment acknowledgment = later.join();
    result.complete("the handler has ended");
    acknowledgment.complete().join();
    fixture.close();
    assertThat(registry).hasObservationWithNameEqualTo("queue.process").that().hasBeenStopped();
  }

  @Test
  void outcomeThatAHandlerChoseByHandIsToldToItsObservation() {
    fixture.listen(
        "q",
        options -> options.ackMode(AckMode.MANUAL),
        (message, delivery) -> {
          delivery.acknowledgment().defer();
          return null;
        });
    fixture.send("q", "m");
    fixture.provider.awaitEvent("defer m");
    fixture.close();
    assertThat(registry)
        .hasObservationWithNameEqualTo("queue.process")
        .that()
        .hasLowCardinalityKeyValue("queue.outcome", "defer")
        .hasBeenStopped();
  }

  @Test
  void gaugeOfWorkGoesOnAfterARestart() {
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Void> running = new CompletableFuture<>();
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              running.complete(null);
              ListenerFixture.await(go);
              return null;
            });
    container.stop();
    container.start();
    fixture.send("q", "m");
    running.join();
    assertThat(meters.get("queue.in.work").gauge().value()).isEqualTo(1);
    go.countDown();
    fixture.provider.awaitEvent("complete m");
  }

  /** What an observation handler is told, and may fail at. */
  private enum Told {
    START,
    SCOPE_OPENED,
    SCOPE_CLOSED,
    ERROR,
    STOP
  }

  @ParameterizedTest
  @EnumSource
  void observationHandlerThatFailsCostsNoMessage(Told fails) {
    ObservationRegistry broken = ObservationRegistry.create();
    broken.observationConfig().observationHandler(new Failing(fails));
    fixture.observations = new QueueObservations("fake", "primary", broken, meters);
    List<Optional<Observation.Scope>> scopes = new CopyOnWriteArrayList<>();
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              scopes.add(Optional.ofNullable(broken.getCurrentObservationScope()));
              if (message.messageId().equals("bad")) {
                throw new IOException("as the test wants it");
              }
              return "answer";
            });
    fixture.send("q", "bad");
    fixture.send("q", OutgoingMessage.of(new byte[0]).messageId("good").replyTo("answers"));
    fixture.provider.awaitEvent("abandon(PT1S) bad");
    fixture.provider.awaitEvent("complete good");
    container.stop();
    assertThat(fixture.messages("answers")).hasSize(1);
    assertThat(scopes).hasSize(2);
    if (fails == Told.SCOPE_OPENED || fails == Told.START) {
      assertThat(scopes).as("what could not be opened").allMatch(Optional::isEmpty);
    } else {
      assertThat(scopes)
          .as("nothing of the first call is left on the thread of the second")
          .allMatch(scope -> scope.orElseThrow().getPreviousObservationScope() == null);
    }
  }

  /** Tells nobody, and throws at one of its chances. */
  private record Failing(Told fails) implements ObservationHandler<Observation.Context> {

    @Override
    public void onStart(Observation.Context context) {
      failAt(Told.START);
    }

    @Override
    public void onScopeOpened(Observation.Context context) {
      failAt(Told.SCOPE_OPENED);
    }

    @Override
    public void onScopeClosed(Observation.Context context) {
      failAt(Told.SCOPE_CLOSED);
    }

    @Override
    public void onError(Observation.Context context) {
      failAt(Told.ERROR);
    }

    @Override
    public void onStop(Observation.Context context) {
      failAt(Told.STOP);
    }

    private void failAt(Told now) {
      if (now == fails) {
        throw new IllegalStateException("as the test wants it");
      }
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }
}
