package io.queueruntime.history;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of a history.
 *
 * <p>Immutable.
 */
public final class HistoryEvent {

  private final long time;
  private final String process;
  private final long call;
  private final Operation operation;
  private final Phase phase;
  private final Map<Field, String> fields;

  HistoryEvent(
      long time,
      String process,
      long call,
      Operation operation,
      Phase phase,
      Map<Field, String> fields) {
    this.time = time;
    this.process = process;
    this.call = call;
    this.operation = operation;
    this.phase = phase;
    this.fields = Collections.unmodifiableMap(fields);
  }

  /** Starts an event. */
  public static Builder of(long time, String process, long call, Operation operation, Phase phase) {
    return new Builder(time, process, call, operation, phase);
  }

  /** Nanoseconds on one clock that all processes share and that never goes back. */
  public long time() {
    return time;
  }

  /** Who called: does one thing at a time. */
  public String process() {
    return process;
  }

  /** Number of the call within its process: ties the answer to the question. */
  public long call() {
    return call;
  }

  public Operation operation() {
    return operation;
  }

  public Phase phase() {
    return phase;
  }

  /** Everything else the event says. */
  public Map<Field, String> fields() {
    return fields;
  }

  public @Nullable String get(Field field) {
    return fields.get(field);
  }

  public boolean has(Field field) {
    return fields.containsKey(field);
  }

  /** The field's text, or an empty one. */
  public String text(Field field) {
    return fields.getOrDefault(field, "");
  }

  /** The field as a number, or {@code otherwise}. */
  public long number(Field field, long otherwise) {
    String text = fields.get(field);
    return text == null ? otherwise : Long.parseLong(text);
  }

  public boolean flag(Field field) {
    return "true".equals(fields.get(field));
  }

  @Override
  public String toString() {
    return HistoryLine.format(this);
  }

  /** Collects an event. Not thread-safe. */
  public static final class Builder {
    private final long time;
    private final String process;
    private final long call;
    private final Operation operation;
    private final Phase phase;
    private final EnumMap<Field, String> fields = new EnumMap<>(Field.class);

    private Builder(long time, String process, long call, Operation operation, Phase phase) {
      this.time = time;
      this.process = process;
      this.call = call;
      this.operation = operation;
      this.phase = phase;
    }

    /** Sets a field; null leaves it out. */
    public Builder with(Field field, @Nullable Object value) {
      if (value == null) {
        fields.remove(field);
      } else {
        fields.put(field, value.toString());
      }
      return this;
    }

    /** Sets all those fields. */
    public Builder with(Map<Field, String> values) {
      fields.putAll(values);
      return this;
    }

    public HistoryEvent build() {
      return new HistoryEvent(time, process, call, operation, phase, new EnumMap<>(fields));
    }
  }
}
