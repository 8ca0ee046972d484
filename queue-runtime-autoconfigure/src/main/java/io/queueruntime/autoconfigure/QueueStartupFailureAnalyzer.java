package io.queueruntime.autoconfigure;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

/** Reports everything that kept the queues from starting, numbered. Immutable. */
@Order(0)
final class QueueStartupFailureAnalyzer extends AbstractFailureAnalyzer<QueueStartupException> {

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, QueueStartupException cause) {
    return analysis(cause.problems(), cause);
  }

  static FailureAnalysis analysis(List<StartupProblem> problems, Throwable cause) {
    String description = listed(problems, StartupProblem::description);
    String heading =
        problems.size() == 1
            ? "The queues of this application cannot start:"
            : "The queues of this application cannot start, for %d reasons:"
                .formatted(problems.size());
    return new FailureAnalysis(
        heading + System.lineSeparator() + System.lineSeparator() + description,
        listed(problems, StartupProblem::action),
        cause);
  }

  private static String listed(
      List<StartupProblem> problems, Function<StartupProblem, String> text) {
    return IntStream.range(0, problems.size())
        .mapToObj(
            i ->
                (problems.size() == 1 ? "" : (i + 1) + ". ")
                    + "["
                    + problems.get(i).code()
                    + "] "
                    + text.apply(problems.get(i)))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
