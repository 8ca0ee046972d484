package io.queueruntime.fake;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Receives from a fake queue, or its dead letters. */
class FakeReceiver implements QueueReceiver {

  final FakeProvider provider;
  final QueueName queue;
  final SubQueue part;
  final Set<UUID> settled = new HashSet<>();
  boolean closed;

  FakeReceiver(FakeProvider provider, QueueName queue, SubQueue part) {
    this.provider = provider;
    this.queue = queue;
    this.part = part;
  }

  boolean isDeadLetters() {
    return part == SubQueue.DEAD_LETTER;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    return provider.change(
        queue,
        (found, after) -> {
          provider.check(FakeProvider.Operation.RECEIVE);
          if (this instanceof FakeSession session && session.lost) {
            throw found.sessionLost(session);
          }
          return found.receive(this, maxMessages, maxWait);
        });
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> numbers) {
    return provider.change(
        queue,
        (found, after) -> {
          List<ReceivedMessage<byte[]>> taken = new ArrayList<>();
          for (SequenceNumber number : numbers) {
            FakeQueue.Entry entry = found.messages.get(number.value());
            if (entry != null && entry.deferred) {
              entry.deferred = false;
              taken.add(found.lock(entry, this));
            }
          }
          return CompletableFuture.completedFuture(taken);
        });
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return provider.change(
        queue,
        (found, after) ->
            CompletableFuture.completedFuture(
                (isDeadLetters() ? found.deadLetters : found.messages)
                    .tailMap(from.value()).values().stream()
                        .limit(maxMessages)
                        .map(
                            entry ->
                                found.view(
                                    entry,
                                    isDeadLetters()
                                        ? MessageState.DEAD_LETTERED
                                        : MessageState.ACTIVE))
                        .toList()));
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return provider.change(
        queue,
        (found, after) -> {
          provider.check(FakeProvider.Operation.SETTLE);
          found.settle(this, message, settlement);
          CompletableFuture<Void> future = new CompletableFuture<>();
          provider.answerSettlement(future, after);
          return future;
        });
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return provider.answerRenewal(
        provider.change(
            queue,
            (found, after) -> {
              provider.check(FakeProvider.Operation.RENEW);
              return CompletableFuture.completedFuture(found.renew(this, message));
            }));
  }

  @Override
  public void close() {
    provider.change(
        queue,
        (found, after) -> {
          closed = true;
          return CompletableFuture.completedFuture(null);
        });
  }
}
