package io.queueruntime.histories;

import static io.queueruntime.histories.Recording.fields;
import static io.queueruntime.histories.Recording.with;

import io.queueruntime.history.Field;
import io.queueruntime.history.Operation;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueSender;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A sender whose calls are written down. Thread-safe. */
record RecordedSender(QueueSender sender, Recording recording) implements QueueSender {

  @Override
  public QueueName queue() {
    return sender.queue();
  }

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    Map<Field, String> question =
        fields(
            Field.QUEUE,
            queue(),
            Field.MESSAGE,
            message.messageId().orElseThrow(),
            Field.SESSION,
            message.sessionId().orElse(null),
            Field.PAYLOAD,
            Recording.hash(message.body()));
    return recording.ask(
        Operation.SEND,
        List.of(question),
        true,
        () -> sender.send(message),
        receipt ->
            List.of(
                with(
                    question,
                    Field.OUTCOME,
                    receipt.outcome(),
                    Field.SEQUENCE,
                    receipt.findSequenceNumber().orElse(null))));
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    throw new UnsupportedOperationException("No run sends batches.");
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    throw new UnsupportedOperationException("No run schedules messages.");
  }
}
