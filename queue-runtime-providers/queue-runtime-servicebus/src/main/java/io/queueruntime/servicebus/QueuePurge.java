package io.queueruntime.servicebus;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Empties one queue: cancels what is scheduled, fetches and completes what is deferred, receives
 * and completes the rest, session by session where there are sessions. Blocks. Used once.
 */
final class QueuePurge {

  private static final int PAGE = 250;

  private final QueueProvider provider;
  private final QueueName queue;
  private final Instant begun;
  private long removed;

  QueuePurge(QueueProvider provider, QueueName queue, Instant begun) {
    this.provider = provider;
    this.queue = queue;
    this.begun = begun;
  }

  long run(QueueOptions options) {
    try (QueueReceiver receiver = provider.receiver(queue, SubQueue.MAIN)) {
      Map<Optional<SessionId>, List<SequenceNumber>> deferred = cancelScheduled(receiver);
      if (options.sessions()) {
        deferred.forEach(this::inSession);
        sessions(receiver);
      } else {
        deferred.values().forEach(numbers -> complete(receiver, numbers));
        removed += await(Purge.of(receiver, begun));
      }
    }
    return removed;
  }

  /** Returns what is deferred, by session. */
  private Map<Optional<SessionId>, List<SequenceNumber>> cancelScheduled(QueueReceiver receiver) {
    Map<Optional<SessionId>, List<SequenceNumber>> deferred =
        new TreeMap<>(
            (one, other) ->
                one.map(SessionId::value)
                    .orElse("")
                    .compareTo(other.map(SessionId::value).orElse("")));
    SequenceNumber from = SequenceNumber.START;
    while (true) {
      List<ReceivedMessage<byte[]>> page = await(receiver.peek(from, PAGE));
      for (ReceivedMessage<byte[]> seen : page) {
        if (seen.state() == MessageState.SCHEDULED) {
          removed += await(provider.sender(queue).cancelScheduled(seen.sequenceNumber())) ? 1 : 0;
        } else if (seen.state() == MessageState.DEFERRED) {
          deferred
              .computeIfAbsent(seen.sessionId(), key -> new ArrayList<>())
              .add(seen.sequenceNumber());
        }
      }
      if (page.isEmpty() || page.get(page.size() - 1).enqueuedTime().isAfter(begun)) {
        return deferred;
      }
      from = page.get(page.size() - 1).sequenceNumber().next();
    }
  }

  private void inSession(Optional<SessionId> id, List<SequenceNumber> numbers) {
    if (id.isEmpty()) {
      return;
    }
    try (SessionReceiver session = await(provider.acceptSession(queue, id.get(), Purge.QUIET))) {
      complete(session, numbers);
    } catch (io.queueruntime.QueueRuntimeException.SessionLocked e) {
      return; // held by somebody, and so are its messages
    }
  }

  private void complete(QueueReceiver receiver, List<SequenceNumber> numbers) {
    for (ReceivedMessage<byte[]> message : await(receiver.receiveDeferred(numbers))) {
      await(receiver.settle(message, Settlement.complete()));
      removed++;
    }
  }

  private void sessions(QueueReceiver receiver) {
    int inVain = 0;
    while (inVain < Purge.LOOKS_MAX && await(Purge.isLeft(receiver, begun))) {
      Optional<SessionReceiver> next = await(provider.acceptNextSession(queue, Purge.QUIET));
      long some = next.isPresent() ? purge(next.get()) : 0;
      removed += some;
      inVain = some > 0 ? 0 : inVain + 1;
    }
  }

  private long purge(SessionReceiver held) {
    try (SessionReceiver session = held) {
      return await(Purge.of(session, begun));
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
