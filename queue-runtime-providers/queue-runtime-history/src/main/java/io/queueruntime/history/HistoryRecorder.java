package io.queueruntime.history;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Records the calls of one process: the question before the call, the answer after it.
 *
 * <p>Confined to its process.
 */
public final class HistoryRecorder {

  private final String process;
  private final LongSupplier clock;
  private final Consumer<HistoryEvent> sink;
  private long calls;

  /**
   * Records into that sink.
   *
   * @param process its name in the history, never used by another one, not even in another life
   * @param clock nanoseconds that all processes of the history share
   * @param sink takes an event before the call goes on
   */
  public HistoryRecorder(String process, LongSupplier clock, Consumer<HistoryEvent> sink) {
    this.process = process;
    this.clock = clock;
    this.sink = sink;
  }

  /** Writes the question. */
  public Call invoke(Operation operation, Map<Field, String> fields) {
    return invoke(operation, List.of(fields));
  }

  /** Writes the question of a call about several messages. */
  public Call invoke(Operation operation, List<Map<Field, String>> items) {
    Call call = new Call(operation, ++calls);
    items.forEach(fields -> call.write(Phase.INVOKE, fields));
    return call;
  }

  /** One call that was begun. Confined to its process. */
  public final class Call {
    private final Operation operation;
    private final long number;

    private Call(Operation operation, long number) {
      this.operation = operation;
      this.number = number;
    }

    /** It happened. */
    public void ok(Map<Field, String> fields) {
      write(Phase.OK, fields);
    }

    /** It happened, with something to say about each of several messages. */
    public void ok(List<Map<Field, String>> items) {
      items.forEach(fields -> write(Phase.OK, fields));
    }

    /** It certainly did not happen. */
    public void fail(Map<Field, String> fields) {
      write(Phase.FAIL, fields);
    }

    /** Nobody knows. */
    public void unknown(Map<Field, String> fields) {
      write(Phase.INFO, fields);
    }

    private void write(Phase phase, Map<Field, String> fields) {
      sink.accept(
          HistoryEvent.of(clock.getAsLong(), process, number, operation, phase)
              .with(fields)
              .build());
    }
  }
}
