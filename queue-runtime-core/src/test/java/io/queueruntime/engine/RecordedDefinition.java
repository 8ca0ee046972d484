package io.queueruntime.engine;

import io.queueruntime.history.Field;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryRecorder;
import io.queueruntime.history.Operation;
import io.queueruntime.history.QueueRules;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The definition of one queue as the only process sees it that changes it. In the history it is
 * kept like the state of a session that this process holds, of a queue by the name of {@link
 * #DEFINITIONS}: so the same check says that what was stored last is what is read, in this life and
 * the next.
 *
 * <p>Confined to its process.
 */
final class RecordedDefinition {

  /** Where the history keeps definitions. */
  static final String DEFINITIONS = "definitions";

  static final QueueRules RULES = new QueueRules(true, Duration.ofDays(1), 1, null, false);

  private static final String NOTE = "note";

  private final QueueEngine engine;
  private final String queue;
  private final Map<Field, String> about;
  private final HistoryRecorder recorder;

  /** Takes the definition over from whoever had it in a life before. */
  RecordedDefinition(
      QueueEngine engine, String queue, String process, Consumer<HistoryEvent> sink) {
    this.engine = engine;
    this.queue = queue;
    this.about =
        Map.of(Field.QUEUE, DEFINITIONS, Field.SESSION, queue, Field.HOLD, process + "/" + queue);
    this.recorder = new HistoryRecorder(process + "." + queue, System::nanoTime, sink);
    recorder
        .invoke(
            Operation.ACCEPT, RecordedEngine.fields(Field.QUEUE, DEFINITIONS, Field.SESSION, queue))
        .ok(about);
  }

  /** Changes the definition to one with that note, and with whatever else was changed in it. */
  void change(int note, QueueOptions options) {
    QueueOptions noted = options.withAttributes(Map.of(NOTE, Integer.toString(note)));
    Map<Field, String> question = with(Integer.toString(note));
    ask(
        Operation.SET_STATE,
        question,
        () -> engine.updateQueue(QueueName.of(queue), noted),
        done -> question);
  }

  /** Reads the note. */
  void read() {
    ask(
        Operation.GET_STATE,
        about,
        () -> engine.describeQueue(QueueName.of(queue)),
        found ->
            with(
                found
                    .map(description -> description.options().attributes().get(NOTE))
                    .orElse(null)));
  }

  private Map<Field, String> with(String note) {
    Map<Field, String> fields = RecordedEngine.fields(Field.STATE, note);
    fields.putAll(about);
    return fields;
  }

  /** Notes the question before the engine hears it: a kill may come in between. */
  private <R> void ask(
      Operation operation,
      Map<Field, String> question,
      Supplier<CompletableFuture<R>> work,
      Function<R, Map<Field, String>> words) {
    HistoryRecorder.Call call = recorder.invoke(operation, question);
    try {
      call.ok(words.apply(work.get().get(60, TimeUnit.SECONDS)));
    } catch (ExecutionException e) {
      call.unknown(question);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("no answer to " + question, e);
    }
  }
}
