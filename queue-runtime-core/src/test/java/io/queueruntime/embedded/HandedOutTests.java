package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.provider.CallbackThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HandedOutTests {

  private final CallbackThreads callbacks = new CallbackThreads("queue-runtime-callback");
  private final CompletableFuture<String> source = new CompletableFuture<>();
  private final List<String> unwanted = new ArrayList<>();

  private HandedOut<String, String> handOut() {
    return HandedOut.of(source, answer -> "translated " + answer, unwanted::add, callbacks);
  }

  @AfterEach
  void endThreads() {
    callbacks.close();
  }

  @Test
  void whatDependsOnItRunsOnACallbackThread() {
    CompletableFuture<String> where =
        handOut().thenApply(answer -> Thread.currentThread().getName());

    source.complete("a");

    assertThat(where.join()).startsWith("queue-runtime-callback-");
  }

  @Test
  void aCallbackMayWaitForFurtherAnswers() {
    int depth = 64; // more callbacks that wait for each other than there are threads to begin with
    List<CompletableFuture<String>> sources = new ArrayList<>();
    CompletableFuture<String> chain = new CompletableFuture<>();
    CompletableFuture<String> last = HandedOut.of(chain, callbacks);
    for (int i = 0; i < depth; i++) {
      CompletableFuture<String> next = new CompletableFuture<>();
      CompletableFuture<String> waitsFor = last;
      sources.add(next);
      last = HandedOut.of(next, callbacks).thenApply(answer -> waitsFor.join());
    }

    sources.forEach(next -> next.complete("x"));
    chain.complete("end");

    assertThat(last.join()).isEqualTo("end");
  }

  @Test
  void whoWaitsIsAnsweredEvenIfNoCallbackThreadIsFree() {
    HandedOut<String, String> handed =
        HandedOut.of(source, Function.identity(), answer -> {}, task -> {});

    source.complete("a");

    assertThat(handed.join()).isEqualTo("a");
    assertThat(handed).isCompleted();
  }

  @Test
  void anAnswerThatIsThereAlreadyIsHandedOutAtOnce() {
    source.complete("a");

    assertThat(handOut()).isCompletedWithValue("translated a");
  }

  @Test
  void theEnginesFailureArrivesAsItIs() {
    LockLost failure = new LockLost("orders", "lost");
    HandedOut<String, String> handed = handOut();

    source.completeExceptionally(failure);

    assertThatThrownBy(handed::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isSameAs(failure);
    assertThatThrownBy(handed::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isSameAs(failure);
  }

  @Test
  void cancellingCancelsTheEnginesWork() {
    HandedOut<String, String> handed = handOut();

    handed.cancel(true);

    assertThat(source).isCancelled();
    assertThatThrownBy(handed::join).isInstanceOf(CancellationException.class);
  }

  @Test
  void runningOutOfTimeCancelsTheEnginesWork() {
    CompletableFuture<String> handed = handOut().orTimeout(1, TimeUnit.MILLISECONDS);

    assertThatThrownBy(handed::join).cause().isInstanceOf(TimeoutException.class);
    assertThat(source).isCancelled();
  }

  @Test
  void waitingForATimeDoesNotGiveUp() {
    HandedOut<String, String> handed = handOut();

    assertThatThrownBy(() -> handed.get(1, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    source.complete("a");

    assertThat(handed.join()).isEqualTo("translated a");
  }

  @Test
  void anAnswerThatCameTooLateIsGivenBackOnce() {
    List<Runnable> later = new ArrayList<>();
    HandedOut<String, String> handed =
        HandedOut.of(source, Function.identity(), unwanted::add, later::add);
    source.complete("a"); // the hand-over is on its way ...
    handed.cancel(false); // ... when the caller gives up

    later.forEach(Runnable::run);

    assertThat(unwanted).containsExactly("a");
    assertThat(handed).isCancelled();
  }

  @Test
  void anAnswerThatWasTakenIsNotGivenBack() throws Exception {
    List<Runnable> later = new ArrayList<>();
    HandedOut<String, String> handed =
        HandedOut.of(source, Function.identity(), unwanted::add, later::add);
    source.complete("a");

    assertThat(handed.get(1, TimeUnit.SECONDS)).isEqualTo("a");
    later.forEach(Runnable::run);

    assertThat(unwanted).isEmpty();
  }
}
