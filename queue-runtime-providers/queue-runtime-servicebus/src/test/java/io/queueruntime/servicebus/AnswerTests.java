package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AnswerTests {

  /** Tasks that nobody runs until the test does. */
  private final List<Runnable> callbacks = new ArrayList<>();

  private final Answer<String> answer = new Answer<>(callbacks::add);

  @Test
  void whatDependsOnItNeverRunsOnTheThreadThatAnswers() {
    List<String> told = new ArrayList<>();
    answer.thenAccept(told::add);

    assertThat(answer.answer("a")).isTrue();

    assertThat(told).isEmpty();
    callbacks.forEach(Runnable::run);
    assertThat(told).containsExactly("a");
  }

  @Test
  void whoWaitsIsAnsweredEvenIfNoCallbackThreadIsFree() throws Exception {
    answer.answer("a");

    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("a");
    assertThat(answer).isCompletedWithValue("a");
  }

  @Test
  void whoGaveUpGetsNoAnswerAndTheAnswererKnowsIt() {
    assertThat(answer.cancel(true)).isTrue();

    assertThat(answer.answer("a")).isFalse();
    assertThatThrownBy(answer::join).isInstanceOf(CancellationException.class);
  }

  @Test
  void whoGivesUpTooLateGetsWhatWasDecided() {
    assertThat(answer.decide("a")).isTrue();

    assertThat(answer.cancel(true)).isFalse();

    assertThat(answer).isCompletedWithValue("a");
  }

  @Test
  void waitThatEndsForItsTimeLeavesTheAnswerOpen() throws Exception {
    assertThatThrownBy(() -> answer.get(1, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);

    answer.answer("a");

    assertThat(answer.get()).isEqualTo("a");
  }

  @Test
  void failureIsToldAsItIs() {
    IllegalStateException failure = new IllegalStateException("planned");
    answer.completeExceptionally(failure);

    assertThatThrownBy(answer::join).isInstanceOf(CompletionException.class).hasCause(failure);
  }
}
