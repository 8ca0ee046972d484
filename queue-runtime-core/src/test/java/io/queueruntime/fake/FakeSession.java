package io.queueruntime.fake;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.SessionReceiver;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Holds one session of a fake queue. */
final class FakeSession extends FakeReceiver implements SessionReceiver {

  final SessionId id;
  Instant until;
  boolean lost;

  FakeSession(FakeProvider provider, FakeQueue queue, SessionId id, Instant until) {
    super(provider, queue.name, SubQueue.MAIN);
    this.id = id;
    this.until = until;
  }

  @Override
  public SessionId sessionId() {
    return id;
  }

  @Override
  public Instant lockedUntil() {
    synchronized (provider.mutex) {
      return until;
    }
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return renewSessionLock();
  }

  @Override
  public CompletableFuture<Instant> renewSessionLock() {
    return provider.change(
        queue,
        (found, after) -> {
          provider.check(FakeProvider.Operation.RENEW);
          if (lost) {
            throw found.sessionLost(this);
          }
          until = provider.now.plus(found.options.lockDuration());
          provider.record("renew " + id);
          return CompletableFuture.completedFuture(until);
        });
  }

  @Override
  public CompletableFuture<Optional<byte[]>> state() {
    return provider.change(
        queue,
        (found, after) -> {
          if (lost) {
            throw found.sessionLost(this);
          }
          return CompletableFuture.completedFuture(Optional.ofNullable(found.states.get(id)));
        });
  }

  @Override
  public CompletableFuture<Void> setState(byte @Nullable [] state) {
    return provider.change(
        queue,
        (found, after) -> {
          if (lost) {
            throw found.sessionLost(this);
          }
          if (state == null) {
            found.states.remove(id);
          } else {
            found.states.put(id, state);
          }
          return CompletableFuture.completedFuture(null);
        });
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    return provider.change(
        queue,
        (found, after) -> {
          if (!closed) {
            closed = true;
            provider.record("close " + id);
            if (!lost) {
              found.free(this);
            }
          }
          return CompletableFuture.completedFuture(null);
        });
  }

  @Override
  public void close() {
    closeAsync().join();
  }
}
