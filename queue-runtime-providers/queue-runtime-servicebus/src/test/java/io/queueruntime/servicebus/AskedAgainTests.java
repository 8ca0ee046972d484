package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Calls that nobody answers; one that never ends stands for those that the SDK forgets. */
@Timeout(60)
class AskedAgainTests {

  private final AtomicLong now = new AtomicLong();
  private final ProviderTime time = new ProviderTime(now::get, () -> Duration.ZERO);
  private final List<Sinks.One<String>> calls = new ArrayList<>();
  private final Set<Integer> cancelled = new HashSet<>();

  private final CompletableFuture<String> answer =
      AskedAgain.of(
              Mono.defer(
                  () -> {
                    int number = calls.size();
                    calls.add(Sinks.one());
                    return calls.get(number).asMono().doOnCancel(() -> cancelled.add(number));
                  }),
              time,
              Runnable::run)
          .toFuture();

  @AfterEach
  void close() {
    time.close();
  }

  /** Lets time pass, and waits until what is due then is over. */
  private void pass(Duration duration) {
    CompletableFuture<Void> after = new CompletableFuture<>();
    time.after(duration, () -> after.complete(null));
    now.addAndGet(duration.toNanos());
    time.jumped();
    after.join();
  }

  @Test
  void aCallWithAnAnswerIsMadeOnce() {
    pass(AskedAgain.PATIENCE.minusMillis(1));
    calls.get(0).tryEmitValue("first");
    pass(AskedAgain.PATIENCE.multipliedBy(3));

    assertThat(answer).isCompletedWithValue("first");
    assertThat(calls).hasSize(1);
  }

  @Test
  void aCallWithoutAnAnswerIsMadeAgainAndCancelledOnceThatHasOne() {
    pass(AskedAgain.PATIENCE);
    assertThat(calls).hasSize(2);

    calls.get(1).tryEmitValue("second");

    assertThat(answer).isCompletedWithValue("second");
    assertThat(cancelled).contains(0);
  }

  @Test
  void theFirstCallMayAnswerAfterTheSecondWasMade() {
    pass(AskedAgain.PATIENCE);

    calls.get(0).tryEmitValue("first");

    assertThat(answer).isCompletedWithValue("first");
    assertThat(cancelled).contains(1);
  }

  @Test
  void aFailureIsAnAnswer() {
    pass(AskedAgain.PATIENCE);

    calls.get(1).tryEmitError(new IllegalStateException("planted"));

    assertThat(catchThrowable(answer::join)).hasRootCauseMessage("planted");
    assertThat(cancelled).contains(0);
  }

  @Test
  void callsThatNobodyAnswersComeToAnEnd() {
    for (int i = 0; i < 3 * AskedAgain.CALLS_MAX; i++) {
      pass(AskedAgain.PATIENCE);
    }

    assertThat(calls).hasSize(AskedAgain.CALLS_MAX);
    assertThat(answer).isNotDone();
  }
}
