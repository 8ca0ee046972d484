package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting for a session that somebody has in the same process. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NamedSessionsTests {

  private static final QueueName QUEUE = QueueName.of("sessions");
  private static final SessionId ID = SessionId.of("s");

  private final AtomicLong now = new AtomicLong();
  private final ProviderTime time = new ProviderTime(now::get, () -> Duration.ZERO);
  private final CallbackThreads callbacks = new CallbackThreads("named-sessions-under-test");
  private final HeldSessions held = new HeldSessions(QUEUE, time);
  private final CompletableFuture<Void> turn = held.reserve(ID).turn();
  private final List<SessionId> asked = new ArrayList<>();
  private final NamedSessions named =
      new NamedSessions(
          QUEUE,
          time,
          callbacks,
          held,
          () -> CompletableFuture.completedFuture(Optional.empty()),
          (id, options) -> {
            asked.add(id);
            return CompletableFuture.failedFuture(new IllegalArgumentException("planted"));
          });

  @AfterEach
  void close() {
    callbacks.close();
    time.close();
  }

  private List<CompletableFuture<SessionReceiver>> waiting(int count) {
    List<CompletableFuture<SessionReceiver>> waiting = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      waiting.add(named.accept(ID, Duration.ofSeconds(1)));
    }
    return waiting;
  }

  @Test
  void whoseTimeIsOverLeavesNothingWithTheHolder() {
    for (int i = 0; i < 20; i++) {
      CompletableFuture<SessionReceiver> accept = waiting(1).get(0);
      now.addAndGet(Duration.ofSeconds(1).toNanos());
      time.jumped();
      assertThat(catchThrowable(accept::join)).hasCauseInstanceOf(SessionLocked.class);
    }

    assertThat(turn.getNumberOfDependents()).isZero();
    assertThat(asked).isEmpty();
  }

  @Test
  void whoGivesUpLeavesNothingWithTheHolder() {
    waiting(10).forEach(accept -> accept.cancel(false));

    assertThat(turn.getNumberOfDependents()).isZero();
  }

  @Test
  void whoWaitsIsNextWhenTheOtherIsDone() {
    List<CompletableFuture<SessionReceiver>> waiting = waiting(1);
    assertThat(turn.getNumberOfDependents()).isPositive();

    held.free(ID, turn);

    assertThat(catchThrowable(waiting.get(0)::join)).isNotNull();
    assertThat(asked).containsExactly(ID);
  }
}
