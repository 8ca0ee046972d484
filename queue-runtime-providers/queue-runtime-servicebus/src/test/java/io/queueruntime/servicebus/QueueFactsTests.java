package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the namespace is asked about a queue, who waits for it, and what is made of its answers. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class QueueFactsTests {

  private static final QueueName QUEUE = QueueName.of("known");
  private static final Duration MOST = Duration.ofSeconds(30);
  private static final Optional<QueueOptions> OLD = Optional.of(QueueOptions.DEFAULTS);
  private static final Optional<QueueOptions> NEW =
      Optional.of(QueueOptions.DEFAULTS.withMaxDeliveryCount(9));

  private final AtomicLong now = new AtomicLong();
  private final ProviderTime time = new ProviderTime(now::get, () -> Duration.ZERO);
  private final List<CompletableFuture<Optional<QueueOptions>>> asked = new ArrayList<>();
  private final QueueFacts facts = new QueueFacts(time, Runnable::run, MOST, this::ask);

  @AfterEach
  void close() {
    time.close();
  }

  private CompletableFuture<Optional<QueueOptions>> ask(QueueName queue) {
    CompletableFuture<Optional<QueueOptions>> answer = new CompletableFuture<>();
    asked.add(answer);
    return answer;
  }

  private void advance(Duration by) {
    now.addAndGet(by.toNanos());
    time.jumped();
  }

  private static ConnectionFailed unreachable() {
    return new ConnectionFailed(QUEUE.value(), "nobody listens", null);
  }

  @Test
  void allWhoComeMeanwhileWaitForTheFirstAnswer() {
    CompletableFuture<Optional<QueueOptions>> first = facts.of(QUEUE);
    CompletableFuture<Optional<QueueOptions>> second = facts.of(QUEUE);

    assertThat(first).isNotDone();
    asked.get(0).complete(OLD);

    assertThat(first.join()).isEqualTo(OLD);
    assertThat(second.join()).isEqualTo(OLD);
    assertThat(asked).hasSize(1);
  }

  @Test
  void anAnswerThatNobodyUsedForLongIsAskedForAnew() {
    facts.of(QUEUE);
    asked.get(0).complete(OLD);
    advance(Duration.ofMinutes(11));

    CompletableFuture<Optional<QueueOptions>> later = facts.of(QUEUE);

    assertThat(later).isNotDone();
    asked.get(1).complete(NEW);
    assertThat(later).isCompletedWithValue(NEW);
  }

  @Test
  void doubtLeadsToOneLookASecondAlsoWhereLooksFail() {
    facts.of(QUEUE);
    asked.get(0).complete(OLD);
    advance(Duration.ofSeconds(2));
    facts.doubt(QUEUE);
    asked.get(1).completeExceptionally(unreachable());

    facts.doubt(QUEUE);
    facts.doubt(QUEUE);

    assertThat(asked).as("not again within the second").hasSize(2);
    advance(Duration.ofSeconds(2));
    facts.doubt(QUEUE);
    assertThat(asked).hasSize(3);
  }

  @Test
  void whoWaitsWhenTheProviderClosesIsTold() {
    CompletableFuture<Optional<QueueOptions>> waiting = facts.of(QUEUE);

    facts.close();

    assertThat(waiting).isCompletedExceptionally();
    assertThatThrownBy(waiting::join).hasCauseInstanceOf(Closed.class);
  }

  @Test
  void anOldAnswerHoldsUntilThereIsANewOne() {
    facts.of(QUEUE);
    asked.get(0).complete(OLD);
    advance(Duration.ofMinutes(6));

    assertThat(facts.of(QUEUE)).isCompletedWithValue(OLD);
    assertThat(facts.of(QUEUE)).isCompletedWithValue(OLD);
    assertThat(asked).as("asked again, once").hasSize(2);
    asked.get(1).complete(NEW);

    assertThat(facts.of(QUEUE)).isCompletedWithValue(NEW);
    assertThat(asked).hasSize(2);
  }

  @Test
  void anOldAnswerSurvivesALookThatFails() {
    facts.of(QUEUE);
    asked.get(0).complete(OLD);
    advance(Duration.ofMinutes(6));
    facts.of(QUEUE);
    asked.get(1).completeExceptionally(unreachable());

    assertThat(facts.of(QUEUE)).isCompletedWithValue(OLD);
    assertThat(asked).as("not asked again at once").hasSize(2);
    advance(MOST.plusSeconds(10));
    assertThat(facts.of(QUEUE)).isCompletedWithValue(OLD);
    assertThat(asked).hasSize(3);
  }

  @Test
  void nobodyWaitsLongerThanOneTryMayTake() {
    CompletableFuture<Optional<QueueOptions>> first = facts.of(QUEUE);

    advance(MOST);

    assertThat(first.join()).as("unknown").isEmpty();
    assertThat(facts.of(QUEUE)).as("who comes later").isCompletedWithValue(Optional.empty());
  }

  @Test
  void aLookThatFailsIsSoonMadeAgain() {
    facts.of(QUEUE);
    asked.get(0).completeExceptionally(unreachable());
    assertThat(facts.of(QUEUE)).isCompletedWithValue(Optional.empty());
    assertThat(asked).hasSize(1);

    advance(MOST.plusSeconds(10));
    assertThat(facts.of(QUEUE)).as("nobody waits").isCompletedWithValue(Optional.empty());
    asked.get(1).complete(OLD);

    assertThat(facts.of(QUEUE)).isCompletedWithValue(OLD);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoMayNotLookIsNotAskedForMinutes(boolean authenticated) {
    QueueRuntimeException refusal =
        authenticated
            ? new PermissionDenied(QUEUE.value(), "no Manage", null)
            : new AuthenticationFailed(QUEUE.value(), "no such key", null);
    facts.of(QUEUE);
    asked.get(0).completeExceptionally(refusal);

    advance(Duration.ofMinutes(4));
    assertThat(facts.of(QUEUE)).isCompletedWithValue(Optional.empty());
    assertThat(asked).hasSize(1);
    advance(Duration.ofMinutes(1));
    assertThat(facts.of(QUEUE)).isCompletedWithValue(Optional.empty());
    assertThat(asked).hasSize(2);
  }

  @Test
  void aQueueThatIsMissingIsLookedForEachTime() {
    CompletableFuture<Optional<QueueOptions>> missing = facts.of(QUEUE);
    asked.get(0).complete(Optional.empty());
    assertThat(catchThrowable(missing::join)).hasCauseInstanceOf(QueueNotFound.class);

    CompletableFuture<Optional<QueueOptions>> there = facts.of(QUEUE);
    asked.get(1).complete(OLD);

    assertThat(there).isCompletedWithValue(OLD);
  }

  @Test
  void aQueueThatHasGoneIsMissedByWhoComesAfterTheLook() {
    facts.of(QUEUE);
    asked.get(0).complete(OLD);
    advance(Duration.ofMinutes(6));
    facts.of(QUEUE);
    asked.get(1).complete(Optional.empty());

    CompletableFuture<Optional<QueueOptions>> missing = facts.of(QUEUE);
    asked.get(2).complete(Optional.empty());

    assertThat(catchThrowable(missing::join)).hasCauseInstanceOf(QueueNotFound.class);
  }

  @Test
  void aQueueThatRefusesIsLookedAtAgainButNotForEachRefusal() {
    facts.of(QUEUE);
    asked.get(0).complete(OLD);
    facts.doubt(QUEUE);
    facts.doubt(QUEUE);
    assertThat(asked).as("it has just been looked at").hasSize(1);

    advance(Duration.ofSeconds(1));
    facts.doubt(QUEUE);
    facts.doubt(QUEUE);
    assertThat(asked).hasSize(2);
    assertThat(facts.of(QUEUE)).as("nobody waits").isCompletedWithValue(OLD);
    asked.get(1).complete(NEW);
    assertThat(facts.of(QUEUE)).isCompletedWithValue(NEW);
  }

  @Test
  void aManagementApiThatDoesNotAnswerHoldsUpNoSendForLong() throws IOException {
    try (Emulated emulated = new Emulated();
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      emulated.emulator.createQueue(QUEUE.value());
      ServiceBusOptions options =
          emulated
              .options()
              .withRetry(new ServiceBusRetry(3, Duration.ofMillis(1), Duration.ofMinutes(10)))
              .withManagementEndpoint(URI.create("http://127.0.0.1:" + silent.getLocalPort()));
      try (ServiceBusQueueProvider provider = emulated.provider(options)) {
        CompletableFuture<?> send =
            provider.sender(QUEUE).send(OutgoingMessage.of(new byte[1]).build());

        emulated.advance(Duration.ofMinutes(10));

        while (!send.isDone()) { // the test's own bound is far below the ten minutes of a try
          LockSupport.parkNanos(1_000_000);
        }
        assertThat(send).isCompleted();
      }
    }
  }
}
