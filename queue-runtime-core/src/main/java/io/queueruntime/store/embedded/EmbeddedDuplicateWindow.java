package io.queueruntime.store.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.store.Claim;
import io.queueruntime.store.Claim.Outcome;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.IdHash;
import io.queueruntime.store.StoreArguments;
import io.queueruntime.store.embedded.Change.IdForgotten;
import io.queueruntime.store.embedded.Change.IdTaken;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Decides whose an id is. Thread-safe. */
final class EmbeddedDuplicateWindow implements DuplicateWindow {

  private static final int ID_BYTES = 256;

  private final StoreLoop loop;

  EmbeddedDuplicateWindow(StoreLoop loop) {
    this.loop = loop;
  }

  @Override
  public CompletableFuture<Claim> claim(
      QueueName queue, String messageId, CopyId copy, Duration lease) {
    return loop.submit(
        () -> {
          StoreArguments.checkClaim(queue, messageId, lease);
          return claim(queue, IdHash.of(messageId), copy, lease.toMillis());
        });
  }

  private Claim claim(QueueName queue, IdHash id, CopyId copy, long lease) {
    IdTaken taken = current(queue, id);
    if (taken != null && taken.confirmed()) {
      return new Claim(
          taken.copy().equals(copy) ? Outcome.CONFIRMED : Outcome.DUPLICATE,
          Instant.ofEpochMilli(taken.until()));
    }
    if (taken != null && !taken.copy().equals(copy)) {
      return new Claim(Outcome.IN_DOUBT, Instant.ofEpochMilli(taken.until()));
    }
    IdTaken claimed = new IdTaken(queue, id, copy, false, loop.now() + Math.max(1, lease));
    loop.requireRoom(claimed, ID_BYTES);
    loop.apply(claimed);
    return new Claim(Outcome.CLAIMED, Instant.ofEpochMilli(claimed.until()));
  }

  @Override
  public CompletableFuture<Boolean> confirm(
      QueueName queue, String messageId, CopyId copy, Instant until) {
    return loop.submit(
        () -> {
          StoreArguments.checkWindow(queue, until, Instant.ofEpochMilli(loop.now()));
          return confirm(queue, IdHash.of(messageId), copy, until.toEpochMilli());
        });
  }

  private boolean confirm(QueueName queue, IdHash id, CopyId copy, long until) {
    IdTaken taken = current(queue, id);
    if (taken != null && !taken.copy().equals(copy)) {
      return false;
    }
    if (taken == null || !taken.confirmed()) {
      loop.apply(new IdTaken(queue, id, copy, true, until));
    }
    return true;
  }

  @Override
  public CompletableFuture<Boolean> release(QueueName queue, String messageId, CopyId copy) {
    return loop.submit(
        () -> {
          IdHash id = IdHash.of(messageId);
          IdTaken taken = loop.state().id(queue, id);
          if (taken == null || taken.confirmed() || !taken.copy().equals(copy)) {
            return false;
          }
          loop.apply(new IdForgotten(queue, id));
          return true;
        });
  }

  /** Null when the id is free. */
  private @Nullable IdTaken current(QueueName queue, IdHash id) {
    IdTaken taken = loop.state().id(queue, id);
    return taken == null || taken.until() <= loop.now() ? null : taken;
  }
}
