package io.queueruntime.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Writes a history by hand: each step takes a millisecond unless time is moved. */
final class Script {

  static final Duration LOCK = Duration.ofSeconds(10);
  static final Duration WINDOW = Duration.ofMinutes(1);
  static final int MAX_DELIVERIES = 3;

  /**
   * Queue {@code q} is plain, {@code s} has sessions, {@code n} finds no duplicates and drops what
   * expires.
   */
  static final Map<String, QueueRules> RULES =
      Map.of(
          "q", new QueueRules(false, LOCK, MAX_DELIVERIES, WINDOW, true),
          "s", new QueueRules(true, LOCK, MAX_DELIVERIES, WINDOW, true),
          "n", new QueueRules(false, LOCK, MAX_DELIVERIES, null, false));

  private final List<HistoryEvent> events = new ArrayList<>();
  private final Map<String, HistoryRecorder> processes = new HashMap<>();
  private final Map<String, Map<Field, String>> sent = new HashMap<>();
  private long now = 1_000;
  private int sequences;
  private int tokens;
  private int holds;

  /** One call under way. */
  final class Step {
    private final HistoryRecorder.Call call;
    private final Map<Field, String> question;

    private Step(HistoryRecorder.Call call, Map<Field, String> question) {
      this.call = call;
      this.question = question;
    }

    void ok(Object... fields) {
      now++;
      call.ok(merged(question, fields));
    }

    void fail() {
      now++;
      call.fail(question);
    }

    void info() {
      now++;
      call.unknown(question);
    }
  }

  static Map<Field, String> fields(Object... pairs) {
    return merged(Map.of(), pairs);
  }

  private static Map<Field, String> merged(Map<Field, String> base, Object... pairs) {
    Map<Field, String> all = new EnumMap<>(Field.class);
    all.putAll(base);
    for (int i = 0; i < pairs.length; i += 2) {
      all.put((Field) pairs[i], pairs[i + 1].toString());
    }
    return all;
  }

  long now() {
    return now * 1_000_000;
  }

  void advance(Duration time) {
    now += time.toMillis();
  }

  Step begin(String process, Operation operation, Object... pairs) {
    now++;
    Map<Field, String> question = fields(pairs);
    HistoryRecorder recorder =
        processes.computeIfAbsent(
            process, name -> new HistoryRecorder(name, this::now, events::add));
    return new Step(recorder.invoke(operation, question), question);
  }

  /** Begins a send of a message whose content goes by its id. */
  Step beginSend(String process, String queue, String id, Object... pairs) {
    Map<Field, String> message =
        merged(fields(Field.QUEUE, queue, Field.MESSAGE, id, Field.PAYLOAD, "p-" + id), pairs);
    sent.putIfAbsent(queue + id, message);
    now++;
    HistoryRecorder recorder =
        processes.computeIfAbsent(
            process, name -> new HistoryRecorder(name, this::now, events::add));
    return new Step(recorder.invoke(Operation.SEND, message), message);
  }

  /** Sends a message and returns its sequence number. */
  long send(String queue, String id, Object... pairs) {
    Step step = beginSend("sender", queue, id, pairs);
    step.ok(Field.OUTCOME, "ENQUEUED", Field.SEQUENCE, ++sequences);
    return sequences;
  }

  Map<Field, String> about(String queue, String id) {
    Map<Field, String> all = sent.get(queue + id);
    Map<Field, String> some = new EnumMap<>(Field.class);
    for (Field field : List.of(Field.QUEUE, Field.MESSAGE, Field.PAYLOAD, Field.SESSION)) {
      if (all.containsKey(field)) {
        some.put(field, all.get(field));
      }
    }
    return some;
  }

  /** Receives that message and returns its token. */
  String receive(
      String process, String queue, String id, long sequence, int attempt, Object... pairs) {
    Step step = begin(process, Operation.RECEIVE, merged(fields(Field.QUEUE, queue), pairs));
    return answer(step, queue, id, sequence, attempt, pairs);
  }

  String answer(Step step, String queue, String id, long sequence, int attempt, Object... pairs) {
    String token = "t" + ++tokens;
    now++;
    step.call.ok(
        merged(
            merged(
                about(queue, id),
                Field.SEQUENCE,
                sequence,
                Field.ATTEMPT,
                attempt,
                Field.TOKEN,
                token),
            pairs));
    return token;
  }

  private Step begin(String process, Operation operation, Map<Field, String> question) {
    now++;
    HistoryRecorder recorder =
        processes.computeIfAbsent(
            process, name -> new HistoryRecorder(name, this::now, events::add));
    return new Step(recorder.invoke(operation, question), question);
  }

  void empty(String process, String queue) {
    begin(process, Operation.RECEIVE, Field.QUEUE, queue).ok();
  }

  void settle(String process, Operation operation, String token, Object... pairs) {
    begin(process, operation, merged(fields(Field.QUEUE, "q", Field.TOKEN, token), pairs)).ok();
  }

  /** Accepts a session and returns the hold. */
  String accept(String process, String session) {
    String hold = "h" + ++holds;
    begin(process, Operation.ACCEPT, Field.QUEUE, "s", Field.SESSION, session).ok(Field.HOLD, hold);
    return hold;
  }

  void use(String process, Operation operation, String session, String hold, Object... pairs) {
    begin(
            process,
            operation,
            merged(fields(Field.QUEUE, "s", Field.SESSION, session, Field.HOLD, hold), pairs))
        .ok();
  }

  void touch(
      String process, Operation operation, String queue, String id, long sequence, int count) {
    begin(process, operation, merged(about(queue, id), Field.SEQUENCE, sequence))
        .ok(Field.COUNT, count);
  }

  void peek(String process, String queue, String id, long sequence, Object... pairs) {
    Step step = begin(process, Operation.PEEK, Field.QUEUE, queue);
    now++;
    step.call.ok(merged(merged(about(queue, id), Field.SEQUENCE, sequence), pairs));
  }

  /** Begins a look, which shows that message once it is answered. */
  Step beginPeek(String process, String queue) {
    return begin(process, Operation.PEEK, fields(Field.QUEUE, queue));
  }

  void seen(Step peek, String queue, String id, long sequence, Object... pairs) {
    now++;
    peek.call.ok(merged(merged(about(queue, id), Field.SEQUENCE, sequence), pairs));
  }

  /** Begins a batch of messages. */
  HistoryRecorder.Call beginBatch(String process, String queue, String... ids) {
    List<Map<Field, String>> items = new ArrayList<>();
    for (String id : ids) {
      Map<Field, String> message =
          fields(Field.QUEUE, queue, Field.MESSAGE, id, Field.PAYLOAD, "p-" + id);
      sent.put(queue + id, message);
      items.add(message);
    }
    now++;
    return processes
        .computeIfAbsent(process, name -> new HistoryRecorder(name, this::now, events::add))
        .invoke(Operation.SEND, items);
  }

  HistoryRecorder.Call beginReplay(String process, String queue, Map<String, Long> sequences) {
    List<Map<Field, String>> items = new ArrayList<>();
    sequences.forEach((id, number) -> items.add(merged(about(queue, id), Field.SEQUENCE, number)));
    now++;
    return processes
        .computeIfAbsent(process, name -> new HistoryRecorder(name, this::now, events::add))
        .invoke(Operation.REPLAY, items);
  }

  /** That process ends without warning. */
  void gone(String process) {
    now++;
    events.add(HistoryEvent.of(now(), process, 0, Operation.GONE, Phase.INFO).build());
  }

  void mark(Operation operation) {
    now++;
    events.add(HistoryEvent.of(now(), "harness", 0, operation, Phase.INFO).build());
  }

  List<HistoryEvent> events() {
    return events;
  }

  static Set<Invariant> broken(Consumer<Script> story) {
    return broken(story, Relaxations.NONE);
  }

  static Set<Invariant> broken(Consumer<Script> story, Relaxations relaxations) {
    Script script = new Script();
    story.accept(script);
    Set<Invariant> found = new LinkedHashSet<>();
    new HistoryChecker(RULES, relaxations)
        .check(script.events())
        .forEach(finding -> found.add(finding.invariant()));
    return found;
  }
}
