package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.store.Claim;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.SessionStates;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One process's way to a state store that it shares with others, whose duplicate window answers as
 * a test tells it to. Thread-safe.
 */
final class ScriptedStore implements QueueStateStore, DuplicateWindow {

  private final QueueStateStore shared;
  private final BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> claims = new LinkedBlockingQueue<>();
  private final CountDownLatch refused = new CountDownLatch(3);
  private volatile boolean holding;
  private volatile boolean failing;
  private volatile boolean deaf;

  ScriptedStore(QueueStateStore shared) {
    this.shared = shared;
  }

  /** Keeps claims back for {@link #awaitHeld}. */
  ScriptedStore holdingClaims() {
    holding = true;
    return this;
  }

  /** Cannot be reached. */
  void fail(boolean now) {
    failing = now;
  }

  /** Hears no confirmation any more, as if its process had ended. */
  ScriptedStore deafToConfirms() {
    deaf = true;
    return this;
  }

  /** The next claim that is kept back: what lets it happen. */
  Runnable awaitHeld() {
    return next(held, "a claim that is kept back");
  }

  /** The id of the next claim that was asked for. */
  String awaitClaim() {
    return next(claims, "a claim");
  }

  /** Returns once it could not be reached several times. */
  void awaitRefusals() throws InterruptedException {
    assertThat(refused.await(60, TimeUnit.SECONDS)).as("three failures").isTrue();
  }

  private static <T> T next(BlockingQueue<T> queue, String what) {
    try {
      T next = queue.poll(60, TimeUnit.SECONDS);
      assertThat(next).as(what).isNotNull();
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for " + what + ".", e);
    }
  }

  private <T> CompletableFuture<T> reached(Supplier<CompletableFuture<T>> call) {
    if (failing) {
      refused.countDown();
      return CompletableFuture.failedFuture(
          new ConnectionFailed(null, "The scripted store cannot be reached.", null));
    }
    return call.get();
  }

  // The window

  @Override
  public CompletableFuture<Claim> claim(
      QueueName queue, String messageId, CopyId copy, Duration lease) {
    claims.add(messageId);
    if (!holding) {
      return reached(() -> shared.duplicates().claim(queue, messageId, copy, lease));
    }
    CompletableFuture<Claim> answer = new CompletableFuture<>();
    held.add(
        () -> answer.complete(shared.duplicates().claim(queue, messageId, copy, lease).join()));
    return answer;
  }

  @Override
  public CompletableFuture<Boolean> confirm(
      QueueName queue, String messageId, CopyId copy, Instant until) {
    return deaf
        ? new CompletableFuture<>()
        : reached(() -> shared.duplicates().confirm(queue, messageId, copy, until));
  }

  @Override
  public CompletableFuture<Boolean> release(QueueName queue, String messageId, CopyId copy) {
    return reached(() -> shared.duplicates().release(queue, messageId, copy));
  }

  // The rest of the store

  @Override
  public DuplicateWindow duplicates() {
    return this;
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public StoreLimits limits() {
    return shared.limits();
  }

  @Override
  public SessionStates sessionStates() {
    return shared.sessionStates();
  }

  @Override
  public StoredMessages deferred() {
    return shared.deferred();
  }

  @Override
  public StoredMessages scheduled() {
    return shared.scheduled();
  }

  @Override
  public CompletableFuture<Void> deleteQueue(QueueName queue) {
    return shared.deleteQueue(queue);
  }

  @Override
  public CompletableFuture<Integer> removeExpired(int max) {
    return shared.removeExpired(max);
  }

  @Override
  public void close() {
    // others use it
  }
}
