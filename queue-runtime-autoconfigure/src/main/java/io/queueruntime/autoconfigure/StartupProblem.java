package io.queueruntime.autoconfigure;

/**
 * One thing that keeps the queues of an application from starting, or is only risky.
 *
 * <p>Immutable.
 *
 * @param code its entry in the error catalogue, e.g. {@code QR-101}
 * @param severity whether the start fails because of it
 * @param description what was found, where, and what is allowed; never holds a secret
 * @param action the one edit to make
 */
public record StartupProblem(String code, Severity severity, String description, String action) {

  /** What a problem does to the start. */
  public enum Severity {
    /** The start fails. */
    FAILURE,
    /** The start goes on with a warning, or fails too with {@code queue-runtime.strict: true}. */
    WARNING,
    /** A choice that has its price; the log says so at every start. */
    NOTICE
  }

  /** A problem that fails the start. */
  public static StartupProblem failure(String code, String description, String action) {
    return new StartupProblem(code, Severity.FAILURE, description, action);
  }

  /** A problem that is reported and lived with. */
  public static StartupProblem warning(String code, String description, String action) {
    return new StartupProblem(code, Severity.WARNING, description, action);
  }

  /** A choice that has its price, without anything to correct. */
  public static StartupProblem notice(String code, String description) {
    return new StartupProblem(code, Severity.NOTICE, description, "");
  }

  boolean failsStart(boolean strict) {
    return severity == Severity.FAILURE || (strict && severity == Severity.WARNING);
  }
}
