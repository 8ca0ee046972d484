package io.queueruntime.autoconfigure;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The queues of an application cannot start: all the reasons found, at once.
 *
 * <p>Immutable.
 */
public final class QueueStartupException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<StartupProblem> problems;

  QueueStartupException(List<StartupProblem> problems) {
    super(
        problems.stream()
            .map(problem -> "[" + problem.code() + "] " + problem.description())
            .collect(Collectors.joining(System.lineSeparator())));
    this.problems = List.copyOf(problems);
  }

  /** What was found, in the order of the configuration's checks. */
  public List<StartupProblem> problems() {
    return problems;
  }
}
