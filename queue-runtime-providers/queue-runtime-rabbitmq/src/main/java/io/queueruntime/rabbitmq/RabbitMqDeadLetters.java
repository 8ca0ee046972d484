package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.Fronts;
import io.queueruntime.provider.front.Holding;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;

/** The dead letters of one queue. Thread-safe. */
final class RabbitMqDeadLetters implements DeadLetterQueue {

  private final QueueName queue;
  private final ProviderParts parts;
  private final Fronts fronts;

  RabbitMqDeadLetters(QueueName queue, ProviderParts parts, Fronts fronts) {
    this.queue = queue;
    this.parts = parts;
    this.fronts = fronts;
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
    return taken(
        "replay", sequenceNumbers, (queueNow, letters) -> replay(queueNow, letters, edits));
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    return taken(
        "discard",
        sequenceNumbers,
        (queueNow, letters) ->
            (int) letters.stream().filter(letter -> letter.remove().getAsBoolean()).count());
  }

  /** One dead letter that nobody else has for now, and how it is removed. */
  private record Letter(Incoming message, BooleanSupplier remove) {}

  /** Does something with dead letters, in the order of their numbers; the rest goes back. */
  private CompletableFuture<Integer> taken(
      String doing,
      List<SequenceNumber> numbers,
      BiFunction<Definition, List<Letter>, Integer> work) {
    return run(
        doing,
        front -> {
          Set<SequenceNumber> wanted = new HashSet<>(numbers);
          if (wanted.isEmpty()) {
            return 0;
          }
          front.sync();
          List<Letter> letters = new ArrayList<>();
          List<Holding> here = front.takeOut(wanted::contains);
          here.forEach(
              holding -> {
                ChannelDelivery found = (ChannelDelivery) holding.delivery();
                letters.add(new Letter(found.message(), found::remove));
              });
          return parts
              .connections()
              .with(
                  queue.value(),
                  "%s dead letters of queue '%s'".formatted(doing, queue),
                  channel -> {
                    fetch(channel, front, wanted, letters);
                    letters.sort(Comparator.comparing(letter -> letter.message().sequenceNumber()));
                    int done = work.apply(parts.find(queue), letters);
                    channel.basicNack(0, true, true);
                    return done;
                  });
        });
  }

  private void fetch(Channel channel, Front front, Set<SequenceNumber> wanted, List<Letter> letters)
      throws IOException {
    String name = front.feeds().get(0).queue();
    int found = letters.size();
    Set<SequenceNumber> seen = new HashSet<>();
    letters.forEach(letter -> seen.add(letter.message().sequenceNumber()));
    for (GetResponse next = channel.basicGet(name, false);
        next != null;
        next = channel.basicGet(name, false)) {
      Incoming message =
          new Incoming(queue, true, next.getProps(), next.getBody(), parts.time().now());
      long tag = next.getEnvelope().getDeliveryTag();
      if (wanted.contains(message.sequenceNumber()) && seen.add(message.sequenceNumber())) {
        letters.add(new Letter(message, () -> acknowledge(channel, tag)));
        if (++found == wanted.size()) {
          return;
        }
      }
    }
  }

  private static boolean acknowledge(Channel channel, long tag) {
    try {
      channel.basicAck(tag, false);
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private int replay(Definition to, List<Letter> letters, MessageEdits edits) {
    List<CompletableFuture<Void>> sends = new ArrayList<>();
    Instant now = parts.time().now();
    for (Letter letter : letters) {
      AMQP.BasicProperties properties =
          Replayed.of(letter.message(), edits, to, parts.numbers().next(), now);
      String session = letter.message().sessionId().map(Object::toString).orElse(null);
      sends.add(
          parts
              .publisher()
              .publish(queue.value(), "", to.target(session), properties, letter.message().body()));
    }
    int moved = 0;
    for (int i = 0; i < letters.size(); i++) {
      sends.get(i).join();
      if (letters.get(i).remove().getAsBoolean()) {
        moved++;
      }
    }
    return moved;
  }

  @Override
  public CompletableFuture<Long> purge() {
    return run(
        "purge",
        front -> {
          front.sync();
          List<Holding> here = front.takeOut(number -> true);
          here.forEach(holding -> holding.delivery().acknowledge());
          long ready =
              parts
                  .connections()
                  .with(
                      queue.value(),
                      "purge the dead letters of queue '%s'".formatted(queue),
                      channel ->
                          (long)
                              channel.queuePurge(front.feeds().get(0).queue()).getMessageCount());
          return here.size() + ready;
        });
  }

  private <T> CompletableFuture<T> run(String doing, java.util.function.Function<Front, T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    if (parts.connections().isClosed()) {
      result.completeExceptionally(parts.closed(queue));
      return result;
    }
    parts
        .callbacks()
        .execute(
            () -> {
              try {
                result.complete(work.apply(fronts.of(queue, SubQueue.DEAD_LETTER)));
              } catch (RuntimeException e) {
                result.completeExceptionally(
                    Failures.of(
                        queue.value(),
                        "%s dead letters of queue '%s'".formatted(doing, queue),
                        io.queueruntime.provider.TransientRetry.unwrap(e)));
              }
            });
    return result;
  }
}
