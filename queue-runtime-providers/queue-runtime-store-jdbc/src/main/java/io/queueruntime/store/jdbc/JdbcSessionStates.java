package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.Fence;
import io.queueruntime.store.SessionStates;
import io.queueruntime.store.StoreArguments;
import io.queueruntime.store.StoreLimits;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * States beside the epochs of the units they belong to. A write holds the unit's row, so that a
 * taking over either waits for it or comes before it.
 *
 * <p>Thread-safe.
 */
final class JdbcSessionStates implements SessionStates {

  private static final String OF_UNIT = " WHERE scope = ? AND queue = ? AND unit = ?";
  private static final String OF_SESSION = " WHERE scope = ? AND queue = ? AND session_id = ?";
  private static final String INSERT_UNIT =
      "INSERT INTO {unit} (scope, queue, unit, epoch) VALUES (?, ?, ?, ?)";

  /** No less than the time: should a row be lost with its queue, no old fence fits the new one. */
  private static final String TAKE_OVER =
      "UPDATE {unit} SET epoch = GREATEST(epoch + 1, ?)" + OF_UNIT;

  private static final String EPOCH = "SELECT epoch FROM {unit}" + OF_UNIT;
  private static final String READ =
      """
      SELECT u.epoch, s.state FROM {unit} u
      LEFT JOIN {session} s ON s.scope = u.scope AND s.queue = u.queue AND s.session_id = ?
      WHERE u.scope = ? AND u.queue = ? AND u.unit = ?""";
  private static final String FORGET = "DELETE FROM {session}" + OF_SESSION;
  private static final int ROUNDS = 5;

  private final Database database;
  private final StoreThreads threads;
  private final String scope;
  private final StoreLimits limits;
  private final InstantSource clock;

  JdbcSessionStates(Database database, StoreThreads threads, JdbcStoreOptions options) {
    this.database = database;
    this.threads = threads;
    this.scope = options.scope();
    this.limits = options.limits();
    this.clock = options.clock();
  }

  @Override
  public CompletableFuture<Fence> takeOver(QueueName queue, String unit) {
    return threads.submit(
        () -> {
          StoreArguments.checkUnit(queue, unit);
          for (int round = 0; round < ROUNDS; round++) {
            Long epoch = nextEpoch(queue, IdText.escape(unit));
            if (epoch != null) {
              return new Fence(queue, unit, epoch);
            }
          }
          throw new ProviderFailed(
              queue.value(),
              "'%s' of queue '%s' cannot be taken over in the state store: its entry comes and goes; try again."
                  .formatted(unit, queue),
              true,
              null);
        });
  }

  /** Null when another one was faster to make the row. */
  private @Nullable Long nextEpoch(QueueName queue, String unit) {
    long now = clock.millis();
    Optional<Long> next =
        database.transaction(
            session ->
                session.update(TAKE_OVER, now, scope, queue.value(), unit) == 0
                    ? Optional.empty()
                    : epoch(session, queue, unit, ""));
    if (next.isPresent()) {
      return next.get();
    }
    boolean isNew =
        database.alone(session -> session.insert(INSERT_UNIT, scope, queue.value(), unit, now));
    return isNew ? now : null;
  }

  private Optional<Long> epoch(Database.Session session, QueueName queue, String unit, String lock)
      throws SQLException {
    return session.first(row -> row.getLong(1), EPOCH + lock, scope, queue.value(), unit);
  }

  /** What there is of a unit and a session. */
  private record Found(long epoch, byte @Nullable [] state) {}

  @Override
  public CompletableFuture<Optional<byte[]>> get(Fence fence, SessionId session) {
    return threads.submit(
        () -> {
          Optional<Found> found =
              database.alone(
                  connection ->
                      connection.first(
                          row -> new Found(row.getLong(1), row.getBytes(2)),
                          READ,
                          IdText.escape(session.value()),
                          scope,
                          fence.queue().value(),
                          IdText.escape(fence.unit())));
          if (found.isEmpty() || found.get().epoch() != fence.epoch()) {
            throw StoreArguments.takenOver(fence, session);
          }
          return Optional.ofNullable(found.get().state());
        });
  }

  @Override
  public CompletableFuture<Void> set(Fence fence, SessionId session, byte @Nullable [] state) {
    byte[] copy = state == null ? null : state.clone();
    return threads.perform(
        () -> {
          StoreArguments.checkState(fence.queue(), session, copy, limits);
          boolean held =
              database.transaction(connection -> store(connection, fence, session, copy));
          if (!held) {
            throw StoreArguments.takenOver(fence, session);
          }
        });
  }

  /** False when the fence is worth nothing any more. */
  private boolean store(
      Database.Session connection, Fence fence, SessionId session, byte @Nullable [] state)
      throws SQLException {
    String queue = fence.queue().value();
    Optional<Long> epoch =
        epoch(
            connection,
            fence.queue(),
            IdText.escape(fence.unit()),
            " " + database.dialect().lockShared());
    if (epoch.isEmpty() || epoch.get() != fence.epoch()) {
      return false;
    }
    String id = IdText.escape(session.value());
    if (state == null) {
      connection.update(FORGET, scope, queue, id);
    } else {
      connection.update(database.dialect().putState(), scope, queue, id, state);
    }
    return true;
  }
}
