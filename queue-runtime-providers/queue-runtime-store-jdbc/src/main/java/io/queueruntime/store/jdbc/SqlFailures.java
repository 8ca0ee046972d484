package io.queueruntime.store.jdbc;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/** Failures of the database by their SQL states, as the runtime's own. */
final class SqlFailures {

  /** A serialization failure, a deadlock, a lock that did not come in time (H2). */
  private static final Set<String> IN_THE_WAY = Set.of("40001", "40P01", "55P03", "HYT00");

  private static final String KEY_IS_THERE = "23505";

  private SqlFailures() {}

  /** Another transaction was in the way: the same may succeed at once. */
  static boolean isInTheWay(SQLException failure) {
    return IN_THE_WAY.contains(state(failure));
  }

  /** An insert found its key taken. */
  static boolean isKeyThere(SQLException failure) {
    return KEY_IS_THERE.equals(state(failure));
  }

  /** A table or a column is missing. */
  static boolean isMissing(SQLException failure) {
    String state = state(failure);
    return state.equals("42P01") || state.equals("42703") || state.startsWith("42S");
  }

  /** A connection cannot be had, e.g. from a pool that has none to give. */
  static QueueRuntimeException ofConnecting(SQLException failure, Tables tables) {
    QueueRuntimeException known = of(failure, tables);
    return known instanceof ProviderFailed
        ? new ConnectionFailed(
            null,
            "The state store (%s) gets no connection: %s (SQL state %s)."
                .formatted(tables, firstLine(failure), state(failure)),
            failure)
        : known;
  }

  static QueueRuntimeException of(SQLException failure, Tables tables) {
    String state = state(failure);
    String what = "The state store (%s) ".formatted(tables);
    String why = ": %s (SQL state %s).".formatted(firstLine(failure), state);
    if (failure instanceof SQLTimeoutException || state.equals("57014")) {
      return new OperationTimedOut(
          null, what + "did not answer within queue-runtime.store.jdbc.timeout" + why, failure);
    }
    if (isConnection(failure, state)) {
      return new ConnectionFailed(null, what + "cannot be reached" + why, failure);
    }
    if (state.startsWith("28")) {
      return new AuthenticationFailed(
          null, what + "does not know this user; check its data source" + why, failure);
    }
    if (state.equals("42501")) {
      return new PermissionDenied(
          null,
          what + "does not allow this user to read and write its tables; grant it that" + why,
          failure);
    }
    if (isMissing(failure)) {
      return new ConfigurationInvalid(
          null,
          what
              + "lacks a table or a column; set queue-runtime.store.jdbc.schema to create, or run the script of docs/state-store.md"
              + why,
          failure);
    }
    if (state.equals("53100")) {
      return new QuotaExceeded(null, what + "has a full disk" + why, failure);
    }
    boolean again = isInTheWay(failure) || state.startsWith("53") || state.equals("25006");
    return new ProviderFailed(null, what + "failed" + why, again, failure);
  }

  /** What follows may be the statement, or values in it. */
  private static String firstLine(SQLException failure) {
    String message = String.valueOf(failure.getMessage());
    return message.lines().findFirst().orElse("");
  }

  private static boolean isConnection(SQLException failure, String state) {
    return failure instanceof SQLTransientConnectionException
        || failure instanceof SQLNonTransientConnectionException
        || failure instanceof SQLRecoverableException
        || state.startsWith("08")
        || state.startsWith("57P")
        // H2: the database was closed
        || state.equals("90098")
        || state.equals("90121");
  }

  private static String state(SQLException failure) {
    String state = failure.getSQLState();
    return state == null ? "unknown" : state;
  }
}
