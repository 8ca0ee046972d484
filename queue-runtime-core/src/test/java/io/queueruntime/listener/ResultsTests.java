package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResultsTests {

  private final ListenerFixture fixture = new ListenerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void stageThatCannotBeCancelledIsWaitedFor() {
    CompletableFuture<Object> source = new CompletableFuture<>();
    CompletableFuture<@Nullable Object> followed =
        Objects.requireNonNull(Results.pending(source.minimalCompletionStage()));
    assertThat(followed.cancel(true)).isFalse();
    assertThat(followed).isNotDone();
    source.complete("late");
    assertThat(followed).isCompletedWithValue("late");
  }

  @Test
  void messageOfAStageThatCannotBeCancelledGoesBackAfterItsTimeout() {
    AtomicInteger calls = new AtomicInteger();
    fixture.listen(
        "q",
        options -> options.timeout(Duration.ofMillis(40)),
        (message, delivery) ->
            calls.incrementAndGet() == 1
                ? new CompletableFuture<>().minimalCompletionStage()
                : null);
    fixture.send("q", "m");
    fixture.provider.awaitEvent("abandon(PT1S) m");
  }
}
