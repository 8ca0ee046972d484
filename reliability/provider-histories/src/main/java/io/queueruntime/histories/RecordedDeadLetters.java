package io.queueruntime.histories;

import static io.queueruntime.histories.Recording.about;
import static io.queueruntime.histories.Recording.fields;
import static io.queueruntime.histories.Recording.with;

import io.queueruntime.history.Field;
import io.queueruntime.history.Operation;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.DeadLetterQueue;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Dead letters that are looked at and replayed on the record. Thread-safe. */
record RecordedDeadLetters(DeadLetterQueue letters, Recording recording) {

  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(int maxMessages) {
    Map<Field, String> question = fields(Field.QUEUE, letters.queue(), Field.DEAD, true);
    return recording.ask(
        Operation.PEEK,
        List.of(question),
        true,
        () -> letters.peek(SequenceNumber.START, maxMessages),
        found -> Recording.received(question, found));
  }

  CompletableFuture<Integer> replay(List<ReceivedMessage<byte[]>> chosen) {
    List<Map<Field, String>> questions =
        chosen.stream().map(letter -> about(letter, true)).toList();
    return recording.ask(
        Operation.REPLAY,
        questions,
        false,
        () ->
            letters.replay(
                chosen.stream().map(ReceivedMessage::sequenceNumber).toList(), MessageEdits.NONE),
        count -> questions.stream().map(question -> with(question, Field.COUNT, count)).toList());
  }
}
