package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.store.Claim;
import io.queueruntime.store.Claim.Outcome;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.IdHash;
import io.queueruntime.store.StoreArguments;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Decides whose an id is by single statements, each of which changes a row only as long as it is
 * what was found. Where several instances come at once the database lets one of them through.
 *
 * <p>Thread-safe.
 */
final class JdbcDuplicateWindow implements DuplicateWindow {

  /** Rounds of looking and changing, each of which fails only where another one succeeded. */
  private static final int ROUNDS = 20;

  private static final String INSERT =
      "INSERT INTO {message_id} (scope, queue, id_hash, copy_id, confirmed, until_millis) VALUES (?, ?, ?, ?, ?, ?)";
  private static final String OF_ID = " WHERE scope = ? AND queue = ? AND id_hash = ?";
  private static final String TAKE =
      "UPDATE {message_id} SET copy_id = ?, confirmed = ?, until_millis = ?"
          + OF_ID
          + " AND (until_millis <= ? OR (copy_id = ? AND confirmed = FALSE))";
  private static final String FIND =
      "SELECT copy_id, confirmed, until_millis FROM {message_id}" + OF_ID;
  private static final String RELEASE =
      "DELETE FROM {message_id}" + OF_ID + " AND copy_id = ? AND confirmed = FALSE";

  private final Database database;
  private final StoreThreads threads;
  private final String scope;
  private final InstantSource clock;

  JdbcDuplicateWindow(Database database, StoreThreads threads, JdbcStoreOptions options) {
    this.database = database;
    this.threads = threads;
    this.scope = options.scope();
    this.clock = options.clock();
  }

  /** Who has an id. */
  private record Taken(UUID copy, boolean confirmed, long until) {}

  @Override
  public CompletableFuture<Claim> claim(
      QueueName queue, String messageId, CopyId copy, Duration lease) {
    return threads.submit(
        () -> {
          StoreArguments.checkClaim(queue, messageId, lease);
          String id = IdHash.of(messageId).hex();
          return database.alone(
              session -> {
                for (int round = 0; round < ROUNDS; round++) {
                  Claim claim = claim(session, queue, id, copy.value(), lease);
                  if (claim != null) {
                    return claim;
                  }
                }
                throw tooMany(queue);
              });
        });
  }

  /** Null when others were faster, so that it has to be looked at anew. */
  private @Nullable Claim claim(
      Database.Session session, QueueName queue, String id, UUID copy, Duration lease)
      throws SQLException {
    long now = clock.millis();
    long until = now + Math.max(1, lease.toMillis());
    if (session.insert(INSERT, scope, queue.value(), id, copy, false, until)
        || take(session, queue, id, copy, false, until, now)) {
      return new Claim(Outcome.CLAIMED, Instant.ofEpochMilli(until));
    }
    Taken taken = find(session, queue, id);
    if (taken == null || taken.until() <= now) {
      return null;
    }
    boolean own = taken.copy().equals(copy);
    Instant end = Instant.ofEpochMilli(taken.until());
    if (taken.confirmed()) {
      return new Claim(own ? Outcome.CONFIRMED : Outcome.DUPLICATE, end);
    }
    return own ? null : new Claim(Outcome.IN_DOUBT, end);
  }

  @Override
  public CompletableFuture<Boolean> confirm(
      QueueName queue, String messageId, CopyId copy, Instant until) {
    return threads.submit(
        () -> {
          StoreArguments.checkWindow(queue, until, clock.instant());
          String id = IdHash.of(messageId).hex();
          return database.alone(
              session -> {
                for (int round = 0; round < ROUNDS; round++) {
                  Boolean confirmed =
                      confirm(session, queue, id, copy.value(), until.toEpochMilli());
                  if (confirmed != null) {
                    return confirmed;
                  }
                }
                throw tooMany(queue);
              });
        });
  }

  private @Nullable Boolean confirm(
      Database.Session session, QueueName queue, String id, UUID copy, long until)
      throws SQLException {
    long now = clock.millis();
    if (take(session, queue, id, copy, true, until, now)
        || session.insert(INSERT, scope, queue.value(), id, copy, true, until)) {
      return true;
    }
    Taken taken = find(session, queue, id);
    if (taken == null || taken.until() <= now) {
      return null;
    }
    return taken.copy().equals(copy) ? (taken.confirmed() ? true : null) : Boolean.FALSE;
  }

  @Override
  public CompletableFuture<Boolean> release(QueueName queue, String messageId, CopyId copy) {
    return threads.submit(
        () -> {
          String id = IdHash.of(messageId).hex();
          return database.alone(
              session -> session.update(RELEASE, scope, queue.value(), id, copy.value()) == 1);
        });
  }

  private boolean take(
      Database.Session session,
      QueueName queue,
      String id,
      UUID copy,
      boolean confirmed,
      long until,
      long now)
      throws SQLException {
    return session.update(TAKE, copy, confirmed, until, scope, queue.value(), id, now, copy) == 1;
  }

  private @Nullable Taken find(Database.Session session, QueueName queue, String id)
      throws SQLException {
    return session
        .first(
            row -> new Taken(row.getObject(1, UUID.class), row.getBoolean(2), row.getLong(3)),
            FIND,
            scope,
            queue.value(),
            id)
        .orElse(null);
  }

  private static ProviderFailed tooMany(QueueName queue) {
    return new ProviderFailed(
        queue.value(),
        "A message id of queue '%s' changed hands %d times while it was looked at; try again."
            .formatted(queue, ROUNDS),
        true,
        null);
  }
}
