package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.front.DeliveryHistory;
import io.queueruntime.provider.front.FoundMessage;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.Fronts;
import io.queueruntime.provider.front.Holding;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks at messages: at those that are here, and at those at the broker by fetching them and giving
 * them all back at once, which keeps their order. From a session queue the broker gives nothing to
 * look at, but what its active consumer is sent; so the front becomes one.
 *
 * <p>Thread-safe.
 */
final class Peeking {

  /** Most messages that one look goes through. */
  private static final int SCAN_MAX = 10_000;

  private static final Duration WARM_MAX = Duration.ofSeconds(2);
  private final ProviderParts parts;

  Peeking(ProviderParts parts) {
    this.parts = parts;
  }

  /** Asks for at least one message. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      Fronts fronts,
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int max) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> seen = new CompletableFuture<>();
    parts
        .callbacks()
        .execute(
            () -> {
              try {
                Front front = fronts.of(queue, subQueue);
                seen.complete(
                    look(front, queue).values().stream()
                        .filter(message -> message.sequenceNumber().compareTo(from) >= 0)
                        .filter(
                            message ->
                                session == null
                                    || message.sessionId().filter(session::equals).isPresent())
                        .limit(max)
                        .toList());
              } catch (RuntimeException e) {
                seen.completeExceptionally(
                    Failures.of(queue.value(), "look into queue '%s'".formatted(queue), e));
              }
            });
    return seen;
  }

  private Map<SequenceNumber, ReceivedMessage<byte[]>> look(Front front, QueueName queue) {
    Map<SequenceNumber, ReceivedMessage<byte[]>> seen = new TreeMap<>();
    front.sync();
    Instant now = parts.time().now();
    if (front.hasSessions()) {
      front.awaitWarm(WARM_MAX);
    } else {
      String name = front.feeds().get(0).queue();
      parts
          .connections()
          .with(
              queue.value(),
              "look into queue '%s'".formatted(queue),
              channel -> fetch(channel, name, front, now, seen));
    }
    for (Holding holding : front.held()) {
      if (!front.isExpired(holding) || holding.isLocked()) {
        add(holding.message(), holding.deliveries(), now, seen);
      }
    }
    return seen;
  }

  private boolean fetch(
      Channel channel,
      String name,
      Front front,
      Instant now,
      Map<SequenceNumber, ReceivedMessage<byte[]>> seen)
      throws IOException {
    int counted = parts.connections().version().releasesUncounted() ? 0 : 1;
    int fetched = 0;
    for (GetResponse found = channel.basicGet(name, false);
        found != null;
        found = channel.basicGet(name, false)) {
      Incoming message =
          new Incoming(
              front.queue().name(), front.isDeadLetters(), found.getProps(), found.getBody(), now);
      DeliveryHistory.Entry before = parts.history().look(name, message.sequenceNumber());
      int deliveries =
          before == null ? message.countedBefore() : before.deliveries(message.countedBefore());
      parts
          .history()
          .note(
              name,
              message.sequenceNumber(),
              new DeliveryHistory.Entry(
                  deliveries,
                  message.countedBefore() + counted,
                  before == null ? null : before.firstFailure()));
      Instant expires = message.expires();
      if (expires == null || expires.isAfter(now)) {
        add(message, deliveries, now, seen);
      }
      if (++fetched == SCAN_MAX) {
        break;
      }
    }
    if (fetched > 0) {
      channel.basicNack(0, true, true);
    }
    return true;
  }

  private static void add(
      FoundMessage message,
      int deliveries,
      Instant now,
      Map<SequenceNumber, ReceivedMessage<byte[]>> seen) {
    ReceivedMessage.Builder<byte[]> builder = message.toMessage().deliveryCount(deliveries);
    Instant due = message.due();
    if (due != null && due.isAfter(now)) {
      builder.state(MessageState.SCHEDULED);
    }
    seen.put(message.sequenceNumber(), builder.build());
  }
}
