package io.queueruntime.histories;

import io.queueruntime.history.Field;
import io.queueruntime.history.Operation;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A held session whose calls are written down. Thread-safe. */
final class RecordedSession extends RecordedReceiver implements SessionReceiver {

  private final SessionReceiver session;

  RecordedSession(SessionReceiver session, Recording recording, Map<Field, String> place) {
    super(session, recording, place);
    this.session = session;
  }

  @Override
  public SessionId sessionId() {
    return session.sessionId();
  }

  @Override
  public Instant lockedUntil() {
    return session.lockedUntil();
  }

  @Override
  public CompletableFuture<Instant> renewSessionLock() {
    return recording.ask(
        Operation.RENEW_SESSION,
        List.of(place),
        true,
        session::renewSessionLock,
        until -> List.of(place));
  }

  @Override
  public CompletableFuture<Optional<byte[]>> state() {
    return session.state();
  }

  @Override
  public CompletableFuture<Void> setState(byte @Nullable [] state) {
    return session.setState(state);
  }

  @Override
  public CompletableFuture<Void> closeAsync() {
    return recording.ask(
        Operation.CLOSE_SESSION,
        List.of(place),
        true,
        session::closeAsync,
        nothing -> List.of(place));
  }
}
