package io.queueruntime.servicebus.emulator.management;

import static java.util.Objects.requireNonNull;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.Work;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import io.queueruntime.servicebus.emulator.message.WireMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Takes messages for later, and takes that back. Thread-safe. */
final class Scheduling {

  private static final String SEQUENCE_NUMBERS = "sequence-numbers";

  private final QueueEngine engine;
  private final Supplier<Duration> offset;
  private final MessageLimits limits;

  Scheduling(QueueEngine engine, Supplier<Duration> offset, MessageLimits limits) {
    this.engine = engine;
    this.offset = offset;
    this.limits = limits;
  }

  CompletableFuture<Answer> schedule(Request request) {
    return engine
        .send(request.target().queue(), messagesOf(request))
        .thenApply(
            receipts ->
                Answer.ok(
                    Map.of(
                        SEQUENCE_NUMBERS,
                        receipts.stream().map(Scheduling::numberOf).toArray(Long[]::new))));
  }

  /**
   * The same as parts of a transaction, to be done later, in places whose numbers can be told now.
   */
  CompletableFuture<List<Work.Send>> works(Request request) {
    List<OutgoingMessage> messages = messagesOf(request);
    QueueName queue = request.target().queue();
    return engine
        .reserve(queue, messages.size())
        .thenApply(
            places -> {
              List<Work.Send> works = new ArrayList<>(messages.size());
              for (int i = 0; i < messages.size(); i++) {
                works.add(new Work.Send(queue, messages.get(i), places.get(i)));
              }
              return works;
            });
  }

  /** What tells a client the numbers of such parts. */
  static Answer scheduled(List<Work.Send> works) {
    return Answer.ok(
        Map.of(
            SEQUENCE_NUMBERS,
            works.stream()
                .map(work -> requireNonNull(work.place()).sequenceNumber().value())
                .toArray(Long[]::new)));
  }

  /** The messages of a request to schedule; all of them are checked before one is taken. */
  private List<OutgoingMessage> messagesOf(Request request) {
    Target target = request.target();
    if (target.subQueue() != SubQueue.MAIN) {
      throw new Refused(
          new Refusal(
              Condition.NOT_ALLOWED,
              "Messages cannot be sent to the dead-letter queue of '%s'."
                  .formatted(target.queue())));
    }
    Duration ahead = offset.get();
    MessageLimits largest = limits.withMaxMessageBytes(target.maxMessageBytes());
    List<OutgoingMessage> messages = new ArrayList<>();
    for (byte[] encoded : request.body().binariesIn("messages", "message")) {
      WireMessage message = WireMessage.parse(encoded, largest);
      if (message.scheduledEnqueueTime().isEmpty()) {
        throw new Refused(
            Refusal.argument(
                "A message to schedule has no annotation x-opt-scheduled-enqueue-time."));
      }
      messages.add(message.toOutgoing(target.sessions(), ahead));
    }
    return messages;
  }

  /** All that are found are cancelled; refused when one of them was not. */
  CompletableFuture<Answer> cancel(Request request) {
    List<SequenceNumber> numbers = request.sequenceNumbers();
    List<CompletableFuture<Boolean>> cancelled =
        numbers.stream()
            .map(number -> engine.cancelScheduled(request.target().queue(), number))
            .toList();
    return CompletableFuture.allOf(cancelled.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              long found = cancelled.stream().filter(CompletableFuture::join).count();
              int asked = request.body().numbers(SEQUENCE_NUMBERS).size();
              return found == asked
                  ? Answer.ok()
                  : Answer.of(
                      new Refusal(
                          Condition.MESSAGE_NOT_FOUND,
                          "%d of %d messages to cancel were not found among the scheduled messages of '%s'; the others were cancelled."
                              .formatted(asked - found, asked, request.target().queue())));
            });
  }

  /** A duplicate has no place of its own. */
  private static long numberOf(SendReceipt receipt) {
    return receipt.findSequenceNumber().map(SequenceNumber::value).orElse(0L);
  }
}
