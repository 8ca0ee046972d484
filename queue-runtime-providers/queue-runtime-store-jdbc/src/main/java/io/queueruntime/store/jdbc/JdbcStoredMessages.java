package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.StoreArguments;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.StoredMessages;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one kind. Whoever takes some locks their rows, passing over those that others are
 * taking in the same moment.
 *
 * <p>{@code ready_millis} is when a message can be taken because it is due: the later one of its
 * time and the end of its lease, so that one index serves both.
 *
 * <p>Thread-safe.
 */
final class JdbcStoredMessages implements StoredMessages {

  private static final long NEVER = Long.MAX_VALUE;
  private static final int ROUNDS = 5;

  /** Parameters of a list in a statement; few sizes, so that few statements are prepared. */
  private static final int[] LISTS = {1, 8, 64, MAX_BATCH};

  private static final String COLUMNS = "number, message_id, due_millis, content, taken";
  private static final String OF_QUEUE = " WHERE scope = ? AND queue = ? AND kind = ?";
  private static final String OF_ONE = OF_QUEUE + " AND number = ?";
  private static final String IS_FREE = " AND (token IS NULL OR lease_millis <= ?)";
  private static final String PUT =
      """
      INSERT INTO {message} (scope, queue, kind, number, message_id, due_millis, ready_millis,
        lease_millis, taken, content)
      VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?)""";
  private static final String ID = "SELECT message_id FROM {message}" + OF_ONE;
  private static final String CANCEL = "DELETE FROM {message}" + OF_ONE + IS_FREE;
  private static final String FREE =
      "SELECT "
          + COLUMNS
          + " FROM {message}"
          + OF_QUEUE
          + " AND number IN (%s)"
          + IS_FREE
          + " ORDER BY number FOR UPDATE SKIP LOCKED";
  private static final String DUE =
      "SELECT "
          + COLUMNS
          + " FROM {message}"
          + OF_QUEUE
          + " AND ready_millis <= ? ORDER BY ready_millis, number LIMIT ? FOR UPDATE SKIP LOCKED";
  private static final String HOLD =
      "UPDATE {message} SET token = ?, lease_millis = ?, ready_millis = GREATEST(due_millis, ?), taken = taken + 1"
          + OF_ONE;
  private static final String NEXT =
      "SELECT ready_millis FROM {message}" + OF_QUEUE + " ORDER BY ready_millis LIMIT 1";
  private static final String LIST =
      "SELECT "
          + COLUMNS
          + " FROM {message}"
          + OF_QUEUE
          + " AND number >= ? ORDER BY number LIMIT ?";
  private static final String COUNT =
      "SELECT COUNT(*) FROM (SELECT 1 AS one FROM {message}" + OF_QUEUE + " LIMIT ?) AS bounded";
  private static final String RENEW =
      "UPDATE {message} SET lease_millis = ?, ready_millis = GREATEST(due_millis, ?)"
          + OF_ONE
          + " AND token = ?";
  private static final String RELEASE =
      "UPDATE {message} SET token = NULL, lease_millis = 0, ready_millis = due_millis"
          + OF_ONE
          + " AND token = ?";
  private static final String REMOVE = "DELETE FROM {message}" + OF_ONE + " AND token = ?";

  private final Database database;
  private final StoreThreads threads;
  private final String kind;
  private final String scope;
  private final StoreLimits limits;
  private final InstantSource clock;

  JdbcStoredMessages(
      Database database, StoreThreads threads, String kind, JdbcStoreOptions options) {
    this.database = database;
    this.threads = threads;
    this.kind = kind;
    this.scope = options.scope();
    this.limits = options.limits();
    this.clock = options.clock();
  }

  /** A message, and how often it was taken before. */
  private record Found(StoredMessage message, int taken) {}

  @Override
  public CompletableFuture<Boolean> put(StoredMessage message) {
    byte[] content = message.content().clone();
    return threads.submit(
        () -> {
          StoreArguments.checkMessage(message, limits);
          return database.alone(
              session -> {
                for (int round = 0; round < ROUNDS; round++) {
                  Boolean isNew = put(session, message, content);
                  if (isNew != null) {
                    return isNew;
                  }
                }
                throw new ProviderFailed(
                    message.queue().value(),
                    "Cannot keep message '%s' of queue '%s': its number comes and goes; try again."
                        .formatted(message.messageId(), message.queue()),
                    true,
                    null);
              });
        });
  }

  /** Null when the one that was there is gone. */
  private @Nullable Boolean put(Database.Session session, StoredMessage message, byte[] content)
      throws SQLException {
    String queue = message.queue().value();
    long number = message.number().value();
    Instant due = message.dueAt();
    long dueMillis = due == null ? NEVER : due.toEpochMilli();
    String id = IdText.escape(message.messageId());
    if (session.insert(PUT, scope, queue, kind, number, id, dueMillis, dueMillis, content)) {
      return true;
    }
    Optional<String> there = session.first(row -> row.getString(1), ID, scope, queue, kind, number);
    if (there.isPresent() && !there.get().equals(id)) {
      throw StoreArguments.numberTaken(message);
    }
    return there.isEmpty() ? null : Boolean.FALSE;
  }

  @Override
  public CompletableFuture<Boolean> cancel(QueueName queue, SequenceNumber number) {
    return one(CANCEL, queue, number, clock::millis);
  }

  @Override
  public CompletableFuture<List<LeasedMessage>> take(
      QueueName queue, Collection<SequenceNumber> numbers, Duration lease) {
    List<SequenceNumber> wanted = List.copyOf(new TreeSet<>(numbers));
    return threads.submit(
        () -> {
          StoreArguments.checkBatch(queue, numbers);
          StoreArguments.checkLease(queue, lease);
          return wanted.isEmpty()
              ? List.of()
              : hold(queue, lease, (session, now) -> free(session, queue, wanted, now));
        });
  }

  private List<Found> free(
      Database.Session session, QueueName queue, List<SequenceNumber> numbers, long now)
      throws SQLException {
    int places = 0;
    for (int i = 0; places < numbers.size(); i++) {
      places = LISTS[i];
    }
    List<Object> parameters = new ArrayList<>(List.of(scope, queue.value(), kind));
    for (int i = 0; i < places; i++) {
      parameters.add(numbers.get(Math.min(i, numbers.size() - 1)).value());
    }
    parameters.add(now);
    String list = "?" + ", ?".repeat(places - 1);
    return session.query(row -> found(queue, row), FREE.formatted(list), parameters.toArray());
  }

  @Override
  public CompletableFuture<List<LeasedMessage>> takeDue(QueueName queue, int max, Duration lease) {
    return threads.submit(
        () -> {
          StoreArguments.checkBatch(queue, max);
          StoreArguments.checkLease(queue, lease);
          return hold(
              queue,
              lease,
              (session, now) ->
                  session.query(
                      row -> found(queue, row), DUE, scope, queue.value(), kind, now, max));
        });
  }

  /** Which messages to hold; their rows are locked. */
  private interface Choice {
    List<Found> in(Database.Session session, long now) throws SQLException;
  }

  private List<LeasedMessage> hold(QueueName queue, Duration lease, Choice choice) {
    return database.transaction(
        session -> {
          long now = clock.millis();
          long until = now + Math.max(1, lease.toMillis());
          List<LeasedMessage> held = new ArrayList<>();
          for (Found found : choice.in(session, now)) {
            UUID token = UUID.randomUUID();
            session.update(
                HOLD,
                token,
                until,
                until,
                scope,
                queue.value(),
                kind,
                found.message().number().value());
            held.add(
                new LeasedMessage(
                    found.message(),
                    LockToken.of(token),
                    Instant.ofEpochMilli(until),
                    found.taken() + 1));
          }
          return List.copyOf(held);
        });
  }

  private static Found found(QueueName queue, ResultSet row) throws SQLException {
    long due = row.getLong(3);
    return new Found(
        new StoredMessage(
            queue,
            SequenceNumber.of(row.getLong(1)),
            IdText.unescape(row.getString(2)),
            due == NEVER ? null : Instant.ofEpochMilli(due),
            row.getBytes(4)),
        row.getInt(5));
  }

  @Override
  public CompletableFuture<Optional<Instant>> nextDue(QueueName queue) {
    return threads.submit(
        () -> {
          Optional<Long> next =
              database.alone(
                  session ->
                      session.first(row -> row.getLong(1), NEXT, scope, queue.value(), kind));
          return next.filter(at -> at != NEVER).map(Instant::ofEpochMilli);
        });
  }

  @Override
  public CompletableFuture<List<StoredMessage>> list(
      QueueName queue, SequenceNumber from, int max) {
    return threads.submit(
        () -> {
          StoreArguments.checkBatch(queue, max);
          return database.alone(
              session ->
                  session.query(
                      row -> found(queue, row).message(),
                      LIST,
                      scope,
                      queue.value(),
                      kind,
                      from.value(),
                      max));
        });
  }

  @Override
  public CompletableFuture<Integer> count(QueueName queue) {
    return threads.submit(
        () -> {
          Optional<Integer> count =
              database.alone(
                  session ->
                      session.first(
                          row -> row.getInt(1), COUNT, scope, queue.value(), kind, MAX_COUNT));
          return count.orElse(0);
        });
  }

  @Override
  public CompletableFuture<Optional<LeasedMessage>> renew(LeasedMessage held, Duration lease) {
    return threads.submit(
        () -> {
          StoredMessage message = held.message();
          StoreArguments.checkLease(message.queue(), lease);
          long until = clock.millis() + Math.max(1, lease.toMillis());
          int changed =
              database.alone(
                  session ->
                      session.update(
                          RENEW,
                          until,
                          until,
                          scope,
                          message.queue().value(),
                          kind,
                          message.number().value(),
                          held.token().value()));
          return changed == 0
              ? Optional.empty()
              : Optional.of(
                  new LeasedMessage(
                      message, held.token(), Instant.ofEpochMilli(until), held.count()));
        });
  }

  @Override
  public CompletableFuture<Boolean> release(LeasedMessage held) {
    return one(
        RELEASE, held.message().queue(), held.message().number(), () -> held.token().value());
  }

  @Override
  public CompletableFuture<Boolean> remove(LeasedMessage held) {
    return one(REMOVE, held.message().queue(), held.message().number(), () -> held.token().value());
  }

  /** Whether that changed the one message. */
  private CompletableFuture<Boolean> one(
      String statement, QueueName queue, SequenceNumber number, Supplier<Object> last) {
    return threads.submit(
        () ->
            database.alone(
                session ->
                    session.update(
                            statement, scope, queue.value(), kind, number.value(), last.get())
                        == 1));
  }
}
