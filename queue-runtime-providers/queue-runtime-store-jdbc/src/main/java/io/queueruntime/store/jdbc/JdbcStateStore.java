package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueName;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.SessionStates;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A state store in a relational database: PostgreSQL, or H2 for development. Any number of
 * instances use the same tables at once.
 *
 * <p>Operations run on threads of the store's own and with connections of their own: they neither
 * block a caller nor join a transaction of his. What an acknowledgement promises is what a commit
 * of the database does. Once a minute an instance drops some message ids that are over.
 *
 * <p>Thread-safe.
 */
public final class JdbcStateStore implements QueueStateStore {

  private static final Logger log = LoggerFactory.getLogger(JdbcStateStore.class);

  /** Its name in the configuration. */
  public static final String NAME = "jdbc";

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long CLEAN_EVERY_SECONDS = 60;
  private static final int CLEANED_PER_STATEMENT = 1000;
  private static final int CLEANED_PER_TURN = 50_000;
  private static final int DELETED_PER_STATEMENT = 500;

  /** The condition stands twice: a row may be claimed anew between the two looks at it. */
  private static final String EXPIRED =
      """
      DELETE FROM {message_id} WHERE until_millis <= ? AND (scope, queue, id_hash) IN (
        SELECT scope, queue, id_hash FROM {message_id} WHERE until_millis <= ?
        ORDER BY until_millis LIMIT ?)""";

  /** Some rows of a queue, table by table. */
  private static final List<String> DELETE =
      List.of(
          """
          DELETE FROM {message} WHERE scope = ? AND queue = ? AND (kind, number) IN (
            SELECT kind, number FROM {message} WHERE scope = ? AND queue = ? LIMIT ?)""",
          """
          DELETE FROM {session} WHERE scope = ? AND queue = ? AND session_id IN (
            SELECT session_id FROM {session} WHERE scope = ? AND queue = ? LIMIT ?)""",
          """
          DELETE FROM {unit} WHERE scope = ? AND queue = ? AND unit IN (
            SELECT unit FROM {unit} WHERE scope = ? AND queue = ? LIMIT ?)""",
          """
          DELETE FROM {message_id} WHERE scope = ? AND queue = ? AND id_hash IN (
            SELECT id_hash FROM {message_id} WHERE scope = ? AND queue = ? LIMIT ?)""");

  private final JdbcStoreOptions options;
  private final Database database;
  private final StoreThreads threads;
  private final ScheduledExecutorService cleaner;
  private final DuplicateWindow duplicates;
  private final SessionStates sessionStates;
  private final StoredMessages deferred;
  private final StoredMessages scheduled;

  private JdbcStateStore(JdbcStoreOptions options, Database database) {
    this.options = options;
    this.database = database;
    this.threads = new StoreThreads(options.threads(), options.scope());
    this.duplicates = new JdbcDuplicateWindow(database, threads, options);
    this.sessionStates = new JdbcSessionStates(database, threads, options);
    this.deferred = new JdbcStoredMessages(database, threads, "deferred", options);
    this.scheduled = new JdbcStoredMessages(database, threads, "scheduled", options);
    this.cleaner =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "queue-runtime-store-cleaner");
              thread.setDaemon(true);
              return thread;
            });
    cleaner.scheduleWithFixedDelay(
        this::clean, CLEAN_EVERY_SECONDS, CLEAN_EVERY_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Connects, and creates or checks the tables as the options say.
   *
   * @throws QueueRuntimeException.ConfigurationInvalid when the tables are missing, of another
   *     version, or cannot be created, or when the database is none that is known
   * @throws QueueRuntimeException when the database cannot be reached or refuses
   */
  public static JdbcStateStore open(DataSource source, JdbcStoreOptions options) {
    Database database = new Database(source, options);
    new SchemaSetup(database).run(options.schema());
    return new JdbcStateStore(options, database);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public StoreLimits limits() {
    return options.limits();
  }

  @Override
  public DuplicateWindow duplicates() {
    return duplicates;
  }

  @Override
  public SessionStates sessionStates() {
    return sessionStates;
  }

  @Override
  public StoredMessages deferred() {
    return deferred;
  }

  @Override
  public StoredMessages scheduled() {
    return scheduled;
  }

  @Override
  public CompletableFuture<Void> deleteQueue(QueueName queue) {
    return threads.perform(
        () -> {
          for (String statement : DELETE) {
            int deleted;
            do {
              deleted =
                  database.alone(
                      session ->
                          session.update(
                              statement,
                              options.scope(),
                              queue.value(),
                              options.scope(),
                              queue.value(),
                              DELETED_PER_STATEMENT));
            } while (deleted == DELETED_PER_STATEMENT);
          }
        });
  }

  @Override
  public CompletableFuture<Integer> removeExpired(int max) {
    return threads.submit(() -> remove(max));
  }

  private int remove(int max) {
    if (max < 1) {
      return 0;
    }
    long now = options.clock().millis();
    return database.alone(session -> session.update(EXPIRED, now, now, max));
  }

  private void clean() {
    try {
      int removed = 0;
      int last;
      do {
        last = remove(CLEANED_PER_STATEMENT);
        removed += last;
      } while (last == CLEANED_PER_STATEMENT && removed < CLEANED_PER_TURN);
    } catch (QueueRuntimeException e) {
      log.warn(
          "Message ids that are over could not be dropped from the state store; it is tried again in a minute.",
          e);
    }
  }

  @Override
  public void close() {
    cleaner.shutdown();
    threads.close(PATIENCE);
    try {
      cleaner.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
