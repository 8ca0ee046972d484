package io.queueruntime.store.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.Fence;
import io.queueruntime.store.IdHash;
import io.queueruntime.store.SessionStates;
import io.queueruntime.store.StoreArguments;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.embedded.Change.StateSet;
import io.queueruntime.store.embedded.Change.UnitTaken;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Lets the last who took a unit over read and write. Thread-safe. */
final class EmbeddedSessionStates implements SessionStates {

  private final StoreLoop loop;
  private final StoreLimits limits;

  EmbeddedSessionStates(StoreLoop loop, StoreLimits limits) {
    this.loop = loop;
    this.limits = limits;
  }

  @Override
  public CompletableFuture<Fence> takeOver(QueueName queue, String unit) {
    return loop.submit(
        () -> {
          StoreArguments.checkUnit(queue, unit);
          // No less than the time: should the entry be lost with its queue, no old fence fits the
          // new one.
          long epoch = Math.max(loop.state().epoch(queue, unit) + 1, loop.now());
          loop.apply(new UnitTaken(queue, unit, epoch));
          return new Fence(queue, unit, epoch);
        });
  }

  @Override
  public CompletableFuture<Optional<byte[]>> get(Fence fence, SessionId session) {
    return loop.submit(
        () -> {
          requireCurrent(fence, session);
          byte[] state = loop.state().state(fence.queue(), IdHash.of(session.value()));
          return Optional.ofNullable(state == null ? null : state.clone());
        });
  }

  @Override
  public CompletableFuture<Void> set(Fence fence, SessionId session, byte @Nullable [] state) {
    byte[] copy = state == null ? null : state.clone();
    return loop.perform(() -> store(fence, session, copy));
  }

  private void store(Fence fence, SessionId session, byte @Nullable [] state) {
    StoreArguments.checkState(fence.queue(), session, state, limits);
    requireCurrent(fence, session);
    IdHash id = IdHash.of(session.value());
    StateSet set = new StateSet(fence.queue(), id, state);
    long more = StoreState.cost(state) - StoreState.cost(loop.state().state(fence.queue(), id));
    if (more > 0) {
      loop.requireRoom(set, more);
    }
    loop.apply(set);
  }

  private void requireCurrent(Fence fence, SessionId session) {
    if (loop.state().epoch(fence.queue(), fence.unit()) != fence.epoch()) {
      throw StoreArguments.takenOver(fence, session);
    }
  }
}
