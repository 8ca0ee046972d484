package io.queueruntime.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.Throttled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransientRetryTests {

  private final List<Duration> waits = new ArrayList<>();
  private final List<Runnable> waiting = new ArrayList<>();

  private TransientRetry retry(double random) {
    return new TransientRetry(
        3,
        delay -> {
          waits.add(delay);
          return (Executor) waiting::add;
        },
        () -> random);
  }

  private static ConnectionFailed failed() {
    return new ConnectionFailed("q", "planned", null);
  }

  @Test
  void successIsPassedOnAsItIs() {
    CompletableFuture<String> done = CompletableFuture.completedFuture("x");
    assertThat(retry(0.5).call(() -> done)).isSameAs(done);
  }

  @Test
  void transientFailureIsTriedAgainAfterAWait() {
    AtomicInteger calls = new AtomicInteger();
    List<Throwable> told = new ArrayList<>();
    CompletableFuture<String> result =
        retry(0.5)
            .call(
                () ->
                    calls.incrementAndGet() < 3
                        ? CompletableFuture.failedFuture(new CompletionException(failed()))
                        : CompletableFuture.completedFuture("x"),
                told::add);
    assertThat(calls).hasValue(1);
    waiting.remove(0).run();
    waiting.remove(0).run();
    assertThat(result).isCompletedWithValue("x");
    assertThat(waits).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
    assertThat(told).hasSize(2).allMatch(ConnectionFailed.class::isInstance);
  }

  @Test
  void fourthFailureIsFinal() {
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<String> result =
        retry(0.5)
            .call(
                () -> {
                  calls.incrementAndGet();
                  throw failed();
                });
    while (!waiting.isEmpty()) {
      waiting.remove(0).run();
    }
    assertThat(calls).hasValue(4);
    assertThatThrownBy(result::join).hasCauseInstanceOf(ConnectionFailed.class);
  }

  @Test
  void permanentFailureIsFinalAtOnce() {
    CompletableFuture<String> result =
        retry(0.5).call(() -> CompletableFuture.failedFuture(new IllegalStateException()));
    assertThat(result).isCompletedExceptionally();
    assertThat(waiting).isEmpty();
  }

  @Test
  void cancellingEndsTheWaiting() {
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<String> result =
        retry(0.5)
            .call(
                () -> {
                  calls.incrementAndGet();
                  return CompletableFuture.failedFuture(failed());
                });
    result.cancel(true);
    waiting.remove(0).run();
    assertThat(calls).hasValue(1);
  }

  @Test
  void cancellingCancelsTheCallUnderWay() {
    CompletableFuture<String> call = new CompletableFuture<>();
    retry(0.5).call(() -> call).cancel(true);
    assertThat(call).isCancelled();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.5, 100",
    "1, 0, 80",
    "1, 1, 120",
    "2, 0.5, 200",
    "9, 0.5, 25600",
    "10, 0.5, 30000",
    "10, 1, 30000",
    "1000, 0.5, 30000"
  })
  void waitsGrowUpToHalfAMinute(int failures, double random, long millis) {
    assertThat(retry(random).waitAfter(failures, failed())).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({"5, 5000", "3600, 30000"})
  void longerWaitThatTheOtherSideAsksForIsHonoured(long askedSeconds, long millis) {
    Throttled throttled = new Throttled("q", "slow down", Duration.ofSeconds(askedSeconds), null);
    assertThat(retry(0.5).waitAfter(1, throttled)).isEqualTo(Duration.ofMillis(millis));
  }
}
