package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.Holding;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/** The dead letters of one queue. Thread-safe. */
final class KafkaDeadLetters implements DeadLetterQueue {

  private final QueueName queue;
  private final ProviderParts parts;

  KafkaDeadLetters(QueueName queue, ProviderParts parts) {
    this.queue = queue;
    this.parts = parts;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    if (maxMessages < 1) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              queue.value(), "At least 1 message is peeked at, found " + maxMessages + "."));
    }
    return parts.isClosed()
        ? CompletableFuture.failedFuture(parts.closed(queue))
        : parts.peek(queue, SubQueue.DEAD_LETTER, null, from, maxMessages);
  }

  @Override
  public CompletableFuture<Integer> replay(
      List<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    Set<SequenceNumber> wanted = new HashSet<>(sequenceNumbers);
    return run("replay", front -> wanted.isEmpty() ? 0 : replay(front, wanted, edits));
  }

  private int replay(Front front, Set<SequenceNumber> wanted, MessageEdits edits) {
    Definition to = parts.definitions().of(queue);
    List<Holding> letters = Taking.from(front, wanted::contains);
    letters.sort(Comparator.comparing(letter -> letter.message().sequenceNumber()));
    List<CompletableFuture<Boolean>> moves =
        letters.stream()
            .map(
                letter ->
                    parts
                        .clients()
                        .send(
                            Outgoing.replayed(
                                to,
                                ((RecordDelivery) letter.delivery()).message(),
                                edits,
                                parts.numbers().next(),
                                parts.time().now()))
                        .thenCompose(sent -> letter.delivery().acknowledge()))
            .toList();
    return (int) moves.stream().filter(CompletableFuture::join).count();
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    Set<SequenceNumber> wanted = new HashSet<>(sequenceNumbers);
    return run(
        "discard", front -> wanted.isEmpty() ? 0 : (int) Taking.remove(front, wanted::contains));
  }

  @Override
  public CompletableFuture<Long> purge() {
    Predicate<SequenceNumber> all = number -> true;
    return run("purge", front -> Taking.remove(front, all));
  }

  private <T> CompletableFuture<T> run(String doing, Function<Front, T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    if (parts.isClosed()) {
      result.completeExceptionally(parts.closed(queue));
      return result;
    }
    parts
        .callbacks()
        .execute(
            () -> {
              try {
                result.complete(work.apply(parts.fronts().of(queue, SubQueue.DEAD_LETTER)));
              } catch (RuntimeException e) {
                result.completeExceptionally(
                    Failures.of(
                        queue.value(), "%s dead letters of queue '%s'".formatted(doing, queue), e));
              }
            });
    return result;
  }
}
