package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.LockLost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How an answer gets from the engine thread, which is the test's here, to whoever asked. */
@Timeout(30)
class ReplyTests {

  private final List<Runnable> callbacks = new ArrayList<>();
  private final List<String> givenBack = new ArrayList<>();
  private final Replies replies = new Replies(callbacks::add);

  ReplyTests() {
    replies.onTakingBack(Runnable::run);
  }

  private Reply<String> asked() {
    return new Reply<>(replies);
  }

  private void answer(Reply<String> reply) {
    reply.value("a", () -> givenBack.add("a"));
    replies.deliver();
  }

  @Test
  void whatDependsOnItDoesNotRunOnTheEngineThread() {
    Reply<String> reply = asked();
    List<String> seen = new ArrayList<>();
    reply.thenAccept(seen::add);

    answer(reply);
    assertThat(seen).isEmpty();

    callbacks.forEach(Runnable::run);
    assertThat(seen).containsExactly("a");
    assertThat(givenBack).isEmpty();
  }

  @Test
  void whoWaitsTakesTheAnswerHimself() {
    for (Waiting way : Waiting.values()) {
      Reply<String> reply = asked();
      CompletableFuture<String> got = waiting(reply, way);

      answer(reply);

      assertThat(got).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("a");
    }
    assertThat(callbacks).isEmpty();
    assertThat(givenBack).isEmpty();
  }

  /** What another thread gets, which waits by now. */
  private static CompletableFuture<String> waiting(Reply<String> reply, Waiting way) {
    CompletableFuture<String> got = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                got.complete(way.of(reply));
              } catch (RuntimeException failed) {
                got.completeExceptionally(failed);
              }
            },
            "waits");
    thread.start();
    // What a thread parks for is the only sign of its waiting.
    while (LockSupport.getBlocker(thread) != reply) {
      Thread.onSpinWait();
    }
    return got;
  }

  private enum Waiting {
    JOIN {
      @Override
      String of(Reply<String> reply) {
        return reply.join();
      }
    },
    GET {
      @Override
      String of(Reply<String> reply) {
        try {
          return reply.get();
        } catch (InterruptedException | ExecutionException e) {
          throw new IllegalStateException(e);
        }
      }
    },
    GET_IN_TIME {
      @Override
      String of(Reply<String> reply) {
        try {
          return reply.get(1, TimeUnit.MINUTES);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
          throw new IllegalStateException(e);
        }
      }
    };

    abstract String of(Reply<String> reply);
  }

  @Test
  void allWhoWaitGetTheAnswer() {
    Reply<String> reply = asked();
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      waiting.add(
          CompletableFuture.supplyAsync(
              reply::join, task -> new Thread(task, "one of many").start()));
    }

    answer(reply);
    // Those who came before the answer count on the first of them, later ones take it themselves;
    // only where nobody had come yet there is a callback.
    callbacks.forEach(Runnable::run);

    assertThat(waiting).allSatisfy(each -> assertThat(each.join()).isEqualTo("a"));
  }

  @Test
  void anAnswerThatNobodyHasTakenYetIsTakenByWhoeverAsksForIt() {
    Reply<String> reply = asked();
    answer(reply);

    assertThat(reply.join()).isEqualTo("a");
    callbacks.forEach(Runnable::run);
    assertThat(givenBack).isEmpty();
  }

  @Test
  void waitingForATimeDoesNotGiveUp() throws Exception {
    Reply<String> reply = asked();

    assertThatThrownBy(() -> reply.get(1, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    answer(reply);

    assertThat(callbacks).as("nobody waits any more").hasSize(1);
    assertThat(reply.get(1, TimeUnit.MINUTES)).isEqualTo("a");
  }

  @Test
  void anInterruptEndsAGetAndIsKeptByAJoin() {
    Reply<String> reply = asked();
    Thread.currentThread().interrupt();
    assertThatThrownBy(reply::get).isInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> reply.get(1, TimeUnit.MINUTES))
        .isInstanceOf(InterruptedException.class);

    Thread waiter = Thread.currentThread();
    new Thread(
            () -> {
              waiter.interrupt();
              answer(reply);
            },
            "answers")
        .start();
    assertThat(reply.join()).isEqualTo("a");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anAnswerThatComesTooLateIsTakenBackOnce() {
    Reply<String> gaveUpBefore = asked();
    gaveUpBefore.cancel(false);
    answer(gaveUpBefore);
    assertThat(givenBack).containsExactly("a");

    Reply<String> gaveUpMeanwhile = asked();
    answer(gaveUpMeanwhile);
    gaveUpMeanwhile.complete("my own");
    callbacks.forEach(Runnable::run);
    callbacks.forEach(Runnable::run);

    assertThat(givenBack).containsExactly("a", "a");
    assertThat(gaveUpMeanwhile.join()).isEqualTo("my own");
  }

  @Test
  void whoGivesUpWakesWhoWaits() {
    Reply<String> reply = asked();
    CompletableFuture<String> waiting = waiting(reply, Waiting.JOIN);

    reply.cancel(false);

    assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void givingUpIsToldOnlyWhileNothingIsAnswered() {
    List<String> told = new ArrayList<>();
    Reply<String> reply = asked();
    reply.whenGivenUp(() -> told.add("waited"));
    reply.completeExceptionally(new TimeoutException());
    assertThat(told).containsExactly("waited");

    Reply<String> answered = asked();
    answered.whenGivenUp(() -> told.add("answered"));
    answer(answered);
    answered.cancel(false);
    assertThat(told).containsExactly("waited");
  }

  @Test
  void aFailureArrivesAsItIs() {
    LockLost failure = new LockLost("orders", "lost");
    Reply<String> reply = asked();
    reply.failure(failure);
    replies.deliver();

    assertThatThrownBy(reply::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isSameAs(failure);
    assertThatThrownBy(reply::get).isInstanceOf(ExecutionException.class).cause().isSameAs(failure);
  }

  @Test
  void withoutCallbackThreadsTheEngineThreadCompletesIt() {
    Replies own = new Replies(null);
    Reply<String> reply = new Reply<>(own);
    List<String> seen = new ArrayList<>();
    reply.thenAccept(seen::add);
    reply.value("a");

    own.deliver();

    assertThat(seen).containsExactly("a");
  }
}
