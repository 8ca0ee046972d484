package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers of one batch that nobody waits for. */
@Timeout(60)
class LeftAnswersTests {

  /** Replies whose answers are their places in the batch, delivered to such callback threads. */
  private static List<Reply<Integer>> asked(Replies replies, int count) {
    List<Reply<Integer>> asked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      asked.add(new Reply<>(replies));
    }
    return asked;
  }

  private static void answer(Replies replies, List<Reply<Integer>> asked) {
    for (int i = 0; i < asked.size(); i++) {
      asked.get(i).value(i);
    }
    replies.deliver();
  }

  @Test
  void manyAreOneTaskAndComeInTheirOrder() {
    List<Runnable> tasks = new ArrayList<>();
    Replies replies = new Replies(tasks::add);
    List<Reply<Integer>> asked = asked(replies, 100);
    List<Integer> seen = new ArrayList<>();
    asked.forEach(reply -> reply.thenAccept(seen::add));

    answer(replies, asked);
    assertThat(tasks).hasSize(1);
    assertThat(seen).isEmpty();
    tasks.get(0).run();

    assertThat(seen).hasSize(100).isSorted();
  }

  @Test
  void fewAreATaskEach() {
    List<Runnable> tasks = new ArrayList<>();
    Replies replies = new Replies(tasks::add);
    answer(replies, asked(replies, 3));
    assertThat(tasks).hasSize(3);
  }

  @Test
  void whoWaitsIsNotAmongThem() {
    List<Runnable> tasks = new ArrayList<>();
    Replies replies = new Replies(tasks::add);
    List<Reply<Integer>> asked = asked(replies, 20);
    answer(replies, asked);

    assertThat(asked.get(7).join()).isEqualTo(7);
    List.copyOf(tasks).forEach(Runnable::run);
    assertThat(asked).allSatisfy(reply -> assertThat(reply).isCompleted());
  }

  @Test
  void whatDependsOnAnAnswerMayWaitForALaterOneOfTheBatch() {
    Executor threads = task -> new Thread(task, "callback").start();
    Replies replies = new Replies(threads);
    List<Reply<Integer>> asked = asked(replies, 64);
    List<CompletableFuture<Integer>> sums = new ArrayList<>();
    CompletableFuture<Integer> behind = CompletableFuture.completedFuture(0);
    for (int i = 63; i >= 0; i--) {
      CompletableFuture<Integer> later = behind;
      behind = asked.get(i).thenApply(own -> own + later.join());
      sums.add(behind);
    }

    answer(replies, asked);

    assertThat(sums.get(63).join()).isEqualTo(63 * 64 / 2);
  }

  @Test
  void anExecutorThatRunsTasksAtOnceIsNotEnteredAgainForEachOfThem() {
    Replies replies = new Replies(Runnable::run);
    List<Reply<Integer>> asked = asked(replies, 100_000);
    List<Integer> seen = new ArrayList<>();
    asked.forEach(reply -> reply.thenAccept(seen::add));

    answer(replies, asked);

    assertThat(seen).hasSize(100_000).isSorted();
  }
}
