package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Gets hold of messages by their sequence numbers where the broker gives them out in order only:
 * looks which of them are there, receives until it has them or nothing more comes, and gives back,
 * uncounted, what was locked on the way. Used once.
 */
final class Picking {

  private static final int AT_ONCE = 256;
  private static final int HELD_MAX = 10_000;

  private final QueueName queue;
  private final QueueLink link;
  private final TreeSet<SequenceNumber> wanted;
  private final NavigableMap<SequenceNumber, ReceivedMessage<byte[]>> found = new TreeMap<>();
  private final List<ReceivedMessage<byte[]>> others = new ArrayList<>();

  Picking(QueueName queue, QueueLink link, List<SequenceNumber> numbers) {
    this.queue = queue;
    this.link = link;
    this.wanted = new TreeSet<>(numbers);
  }

  /** Does the work on each of them, one after the other in their order; returns how many. */
  CompletableFuture<Integer> each(Function<ReceivedMessage<byte[]>, CompletableFuture<Void>> work) {
    return keepExisting(wanted.isEmpty() ? SequenceNumber.START : wanted.first(), new TreeSet<>())
        .thenCompose(exist -> receive())
        .thenCompose(received -> next(work, 0))
        .handle(
            (count, error) -> {
              List<ReceivedMessage<byte[]>> left = new ArrayList<>(others);
              left.addAll(found.values());
              link.giveBack(left);
              return error == null
                  ? CompletableFuture.completedFuture(count)
                  : CompletableFuture.<Integer>failedFuture(FailureKind.unwrapped(error));
            })
        .thenCompose(Function.identity());
  }

  private CompletableFuture<Void> keepExisting(SequenceNumber from, Set<SequenceNumber> existing) {
    return link.peek(from, AT_ONCE)
        .thenCompose(
            page -> {
              page.stream()
                  .map(ReceivedMessage::sequenceNumber)
                  .filter(wanted::contains)
                  .forEach(existing::add);
              SequenceNumber last =
                  page.isEmpty() ? null : page.get(page.size() - 1).sequenceNumber();
              if (last == null || wanted.isEmpty() || last.compareTo(wanted.last()) >= 0) {
                wanted.retainAll(existing);
                return CompletableFuture.completedFuture(null);
              }
              return keepExisting(last.next(), existing);
            });
  }

  private CompletableFuture<Void> receive() {
    if (found.size() == wanted.size()) {
      return CompletableFuture.completedFuture(null);
    } else if (others.size() >= HELD_MAX) {
      return CompletableFuture.failedFuture(
          new ProviderFailed(
              queue.value(),
              "Cannot reach the messages asked for of queue '%s': more than %d stand before them. Work on the earlier ones first."
                  .formatted(queue, HELD_MAX),
              false,
              null));
    }
    return link.receive(AT_ONCE, Purge.PATIENCE)
        .thenCompose(
            messages -> {
              for (ReceivedMessage<byte[]> message : messages) {
                if (wanted.contains(message.sequenceNumber())) {
                  found.put(message.sequenceNumber(), message);
                } else {
                  others.add(message);
                }
              }
              return messages.isEmpty() ? CompletableFuture.completedFuture(null) : receive();
            });
  }

  private CompletableFuture<Integer> next(
      Function<ReceivedMessage<byte[]>, CompletableFuture<Void>> work, int done) {
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture(done);
    }
    ReceivedMessage<byte[]> first = found.firstEntry().getValue();
    return work.apply(first)
        .thenCompose(
            worked -> {
              found.remove(first.sequenceNumber());
              return next(work, done + 1);
            });
  }
}
