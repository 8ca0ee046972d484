package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.store.StoreLimits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a JDBC state store keeps its entries, and how it works. Immutable.
 *
 * @param scope whose entries these are, so that several clients can share the tables: 1 to 64
 *     letters, digits and {@code . _ -}
 * @param tablePrefix what the names of the tables begin with: a small letter, then at most 29 small
 *     letters, digits and {@code _}
 * @param databaseSchema the schema that holds them; {@code null}: the one of the connection
 * @param schema what becomes of the tables at the start
 * @param limits how large entries may be
 * @param threads operations at a time, each with a connection of its own; 1 to 64
 * @param timeout longest time of one statement; 1 s to 5 min
 * @param clock what leases and windows go by
 */
public record JdbcStoreOptions(
    String scope,
    String tablePrefix,
    @Nullable String databaseSchema,
    Schema schema,
    StoreLimits limits,
    int threads,
    Duration timeout,
    InstantSource clock) {

  /** What becomes of the tables at the start. */
  public enum Schema {
    /** They are created unless they are there, then checked. */
    CREATE,
    /** They must be there, with all columns, in the version this runtime writes. */
    CHECK,
    /** Nobody looks; a mistake shows when they are used. */
    NONE
  }

  /** What the names of the tables begin with unless something else is said. */
  public static final String DEFAULT_PREFIX = "queue_runtime_";

  private static final Pattern SCOPE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9_]{0,29}");
  private static final Pattern SCHEMA = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  public JdbcStoreOptions {
    matches(SCOPE, "The scope of a state store", scope, "1 to 64 letters, digits and . _ -");
    matches(
        PREFIX,
        "queue-runtime.store.jdbc.table-prefix",
        tablePrefix,
        "a small letter, then at most 29 small letters, digits and _");
    if (databaseSchema != null) {
      matches(
          SCHEMA,
          "queue-runtime.store.jdbc.database-schema",
          databaseSchema,
          "a letter or _, then at most 62 letters, digits and _");
    }
    if (threads < 1 || threads > 64) {
      throw new ConfigurationInvalid(
          null, "queue-runtime.store.jdbc.threads is 1 to 64, found " + threads + ".");
    }
    if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new ConfigurationInvalid(
          null, "queue-runtime.store.jdbc.timeout is 1s to 5m, found " + timeout + ".");
    }
  }

  private static void matches(Pattern pattern, String what, String found, String allowed) {
    if (!pattern.matcher(found).matches()) {
      throw new ConfigurationInvalid(null, "%s is %s; found '%s'.".formatted(what, allowed, found));
    }
  }

  /** The entries of that scope, in tables that must be there. */
  public static JdbcStoreOptions of(String scope) {
    return new JdbcStoreOptions(
        scope,
        DEFAULT_PREFIX,
        null,
        Schema.CHECK,
        StoreLimits.DEFAULTS,
        4,
        Duration.ofSeconds(10),
        InstantSource.system());
  }

  public JdbcStoreOptions withTables(String prefix, @Nullable String inSchema) {
    return new JdbcStoreOptions(scope, prefix, inSchema, schema, limits, threads, timeout, clock);
  }

  public JdbcStoreOptions withSchema(Schema value) {
    return new JdbcStoreOptions(
        scope, tablePrefix, databaseSchema, value, limits, threads, timeout, clock);
  }

  public JdbcStoreOptions withLimits(StoreLimits value) {
    return new JdbcStoreOptions(
        scope, tablePrefix, databaseSchema, schema, value, threads, timeout, clock);
  }

  public JdbcStoreOptions withThreads(int value) {
    return new JdbcStoreOptions(
        scope, tablePrefix, databaseSchema, schema, limits, value, timeout, clock);
  }

  public JdbcStoreOptions withTimeout(Duration value) {
    return new JdbcStoreOptions(
        scope, tablePrefix, databaseSchema, schema, limits, threads, value, clock);
  }

  public JdbcStoreOptions withClock(InstantSource value) {
    return new JdbcStoreOptions(
        scope, tablePrefix, databaseSchema, schema, limits, threads, timeout, value);
  }
}
