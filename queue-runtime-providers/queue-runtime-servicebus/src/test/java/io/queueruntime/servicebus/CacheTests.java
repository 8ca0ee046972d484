package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What makes room for others, and what stays. */
class CacheTests {

  private static final QueueName QUEUE = QueueName.of("q");

  private final ProviderTime time = new ProviderTime(() -> 0L, () -> Duration.ZERO);
  private final List<String> rested = new ArrayList<>();
  private final Cache<String, String> cache =
      new Cache<>(1, Duration.ofHours(1), time, key -> key, value -> true, rested::add);

  @AfterEach
  void endItsThread() {
    time.close();
  }

  private void use(String key) {
    cache.use(QUEUE, key, CompletableFuture::completedFuture).join();
  }

  @Test
  void whatACallIsUnderWayOnStaysUntilItsEnd() {
    CompletableFuture<Void> call = new CompletableFuture<>();
    assertThat(cache.use(QUEUE, "a", value -> call)).isSameAs(call);

    use("b");
    assertThat(rested).isEmpty();
    use("c");
    assertThat(rested).containsExactly("b");

    call.completeExceptionally(new IllegalStateException("over"));
    use("d");
    assertThat(rested).containsExactly("b", "a", "c");
  }

  @Test
  void aCallThatCouldNotBeginIsUnderWayNoMore() {
    assertThatThrownBy(
            () ->
                cache.use(
                    QUEUE,
                    "a",
                    value -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");

    use("b");

    assertThat(rested).containsExactly("a");
  }
}
