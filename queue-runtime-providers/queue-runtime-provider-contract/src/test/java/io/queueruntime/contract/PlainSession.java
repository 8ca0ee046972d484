package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A session's holder of the {@link PlainProvider}. Thread-safe. */
final class PlainSession extends PlainReceiver implements SessionReceiver {

  private final PlainHold hold;

  PlainSession(PlainProvider provider, QueueName queue, PlainHold hold) {
    super(provider, queue, SubQueue.MAIN, hold);
    this.hold = hold;
  }

  @Override
  public SessionId sessionId() {
    return has(Flaw.QUEUES_ARE_NOT_TOLD) ? SessionId.of("unknown") : hold.sessionId;
  }

  @Override
  public Instant lockedUntil() {
    synchronized (store) {
      return has(Flaw.LOCKS_ARE_NOT_TOLD)
          ? store.now
          : has(Flaw.RENEWALS_ARE_NOT_TOLD) ? hold.accepted : hold.until;
    }
  }

  private <T> CompletableFuture<T> held(boolean evenIfLost, Function<PlainQueue, T> work) {
    return provider.now(
        queue,
        state -> {
          if (!has(Flaw.A_CLOSED_HOLDER_GOES_ON)) {
            checkNotEnded();
          }
          if (!evenIfLost) {
            state.sessions.checkHeld(hold);
          }
          return work.apply(state);
        });
  }

  @Override
  public CompletableFuture<Instant> renewSessionLock() {
    return held(
        has(Flaw.A_LOST_HOLDER_RENEWS),
        state -> {
          provider.require(Capability.RENEW_LOCK, true);
          return state.sessions.renew(hold);
        });
  }

  private SessionId key() {
    return has(Flaw.SESSIONS_SHARE_A_STATE) ? SessionId.of("all") : hold.sessionId;
  }

  private Map<SessionId, byte[]> states(PlainQueue state) {
    return has(Flaw.QUEUES_SHARE_STATES)
        ? store.queues.firstEntry().getValue().sessions.states
        : state.sessions.states;
  }

  @Override
  public CompletableFuture<Optional<byte[]>> state() {
    return held(
        has(Flaw.A_LOST_HOLDER_READS),
        state -> {
          provider.require(Capability.SESSION_STATE, true);
          if (has(Flaw.STATES_GO_WITH_THE_MESSAGES)
              && state.ofSession(hold.sessionId).isEmpty()
              && hold.received == 0) {
            return Optional.empty();
          } else if (has(Flaw.SETTLING_CLEARS_THE_STATE) && !hold.completed.isEmpty()) {
            return Optional.empty();
          }
          return Optional.ofNullable(states(state).get(key())).map(this::told);
        });
  }

  private byte[] told(byte[] state) {
    return has(Flaw.STATES_ARE_TEXT)
        ? new String(state, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8)
        : state;
  }

  @Override
  public CompletableFuture<Void> setState(byte @Nullable [] bytes) {
    return held(
        has(Flaw.A_LOST_HOLDER_WRITES),
        state -> {
          provider.require(Capability.SESSION_STATE, true);
          if (bytes == null) {
            if (!has(Flaw.STATES_CANNOT_BE_TAKEN_AWAY)) {
              states(state).remove(key());
            }
          } else if (bytes.length > PlainProvider.MAX_SIZE && !has(Flaw.STATES_HAVE_NO_LIMIT)) {
            if (has(Flaw.A_REFUSED_STATE_CLEARS_THE_OLD_ONE)) {
              states(state).remove(key());
            }
            throw new MessageTooLarge(
                queue.value(), "The state is too large.", bytes.length, PlainProvider.MAX_SIZE);
          } else if (!has(Flaw.STATES_ARE_NOT_KEPT)
              && !(has(Flaw.THE_FIRST_STATE_STAYS) && states(state).containsKey(key()))) {
            states(state).put(key(), bytes.clone());
          }
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    synchronized (store) {
      if (!has(Flaw.A_CLOSED_HOLDER_GOES_ON)) {
        super.close();
      }
      PlainQueue state = store.queues.get(queue);
      if (state != null && !provider.isClosed()) {
        store.newCall();
        state.sessions.release(hold);
        store.catchUp();
      }
      return CompletableFuture.completedFuture(null);
    }
  }

  @Override
  public void close() {
    if (has(Flaw.THE_BLOCKING_CLOSE_DOES_NOTHING)) {
      return;
    }
    closeAsync().join();
  }
}
