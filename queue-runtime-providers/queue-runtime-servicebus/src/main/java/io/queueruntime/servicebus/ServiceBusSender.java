package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueSender;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Puts messages into one queue. A message gets its id before the first attempt, so that a queue
 * that detects duplicates recognizes the copy that a retry makes.
 *
 * <p>Service Bus tells the sequence number of scheduled messages only, and never that a message was
 * a duplicate. Thread-safe.
 */
final class ServiceBusSender implements QueueSender {

  private static final Duration WAIT_WHEN_MANY = Duration.ofSeconds(1);

  private final QueueName queue;
  private final Senders senders;
  private final Links links;
  private final QueueFacts facts;
  private final ProviderTime time;
  private final long maxMessageSize;

  /** The beginning of the latest send that had to wait for what is known of the queue. */
  private CompletableFuture<?> begun = CompletableFuture.completedFuture(null);

  ServiceBusSender(
      QueueName queue,
      Senders senders,
      Links links,
      QueueFacts facts,
      ProviderTime time,
      long maxMessageSize) {
    this.queue = queue;
    this.senders = senders;
    this.links = links;
    this.facts = facts;
    this.time = time;
    this.maxMessageSize = maxMessageSize;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    return known(
        options -> {
          Outgoing outgoing = checked(message, options);
          return outgoing.isScheduled() ? schedule(outgoing) : one(outgoing);
        });
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    return known(
        options -> {
          List<Outgoing> outgoing = new ArrayList<>(messages.size());
          for (OutgoingMessage message : messages) {
            outgoing.add(checked(message, options));
          }
          return outgoing.isEmpty() ? CompletableFuture.completedFuture(List.of()) : all(outgoing);
        });
  }

  /**
   * Sends with what is known of the queue. Once that is so, no future stands between the one that
   * the SDK's answer ends and the caller, who is woken by it then; until then sends wait for one
   * another's beginning, since a future does not keep the order of what depends on it.
   */
  private <T> CompletableFuture<T> known(
      Function<Optional<QueueOptions>, CompletableFuture<T>> send) {
    CompletableFuture<Optional<QueueOptions>> options = facts.of(queue);
    synchronized (this) {
      if (!begun.isDone() || !options.isDone() || options.isCompletedExceptionally()) {
        if (!facts.sendWaits()) {
          return CompletableFuture.failedFuture(tooMany());
        }
        CompletableFuture<CompletableFuture<T>> begins =
            begun
                .handle((before, error) -> null)
                .thenCompose(nothing -> options)
                .whenComplete((known, error) -> facts.waitedSend())
                .thenApply(send);
        begun = begins;
        return begins.thenCompose(Function.identity());
      }
    }
    try {
      return send.apply(options.join());
    } catch (QueueRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Throttled tooMany() {
    return new Throttled(
        queue.value(),
        "Cannot send to queue '%s': %d messages wait until Service Bus has told what their queue takes. Send more slowly, or wait for the futures of earlier sends."
            .formatted(queue, QueueFacts.WAITING_MAX),
        WAIT_WHEN_MANY,
        null);
  }

  private Outgoing checked(OutgoingMessage message, Optional<QueueOptions> options) {
    long size = OutgoingConversion.size(message);
    check(message, size, options);
    return new Outgoing(
        message, message.messageId().orElseGet(() -> UUID.randomUUID().toString()), size);
  }

  private void check(OutgoingMessage message, long size, Optional<QueueOptions> options) {
    if (message.deduplicationKey().isPresent()) {
      throw new UnsupportedCapability(
          queue.value(),
          "Cannot send to queue '%s': Service Bus cannot replace a pending message by its deduplication key; use a message id and the queue's duplicate detection."
              .formatted(queue));
    }
    long limit =
        Math.min(maxMessageSize, options.map(QueueOptions::maxMessageSize).orElse(maxMessageSize));
    if (size > limit) {
      throw new MessageTooLarge(
          queue.value(),
          "Cannot send to queue '%s': the message takes about %d bytes with its headers, the queue takes %d."
              .formatted(queue, size, limit),
          size,
          limit);
    }
    options.ifPresent(known -> checkSession(message, known));
  }

  private void checkSession(OutgoingMessage message, QueueOptions options) {
    if (options.sessions() && message.sessionId().isEmpty()) {
      throw new ValidationFailed(
          queue.value(),
          "Cannot send to queue '%s': every message of it belongs to a session, and this one has no session id."
              .formatted(queue));
    } else if (!options.sessions() && message.sessionId().isPresent()) {
      throw new ValidationFailed(
          queue.value(),
          "Cannot send to queue '%s': it has no sessions, and this message is of session '%s'."
              .formatted(queue, message.sessionId().get()));
    }
  }

  private CompletableFuture<SendReceipt> one(Outgoing outgoing) {
    return senders.send(queue, outgoing.wire(), outgoing.size(), outgoing.receipt(null));
  }

  private CompletableFuture<SendReceipt> schedule(Outgoing outgoing) {
    Instant due = time.toBroker(outgoing.message().scheduledEnqueueTime().orElseThrow());
    return senders
        .use(
            queue,
            "send to",
            client ->
                client.scheduleMessage(
                    outgoing.wire(), OffsetDateTime.ofInstant(due, ZoneOffset.UTC)))
        .thenApply(outgoing::receipt);
  }

  private CompletableFuture<List<SendReceipt>> all(List<Outgoing> messages) {
    return messages.stream().anyMatch(Outgoing::isScheduled) ? runs(messages) : run(messages);
  }

  /** Runs of messages that are not scheduled go in batches, the others one by one, all in order. */
  private CompletableFuture<List<SendReceipt>> runs(List<Outgoing> messages) {
    CompletableFuture<List<SendReceipt>> sent =
        CompletableFuture.completedFuture(new ArrayList<>(messages.size()));
    int from = 0;
    while (from < messages.size()) {
      int to = from + 1;
      if (!messages.get(from).isScheduled()) {
        while (to < messages.size() && !messages.get(to).isScheduled()) {
          to++;
        }
      }
      List<Outgoing> run = messages.subList(from, to);
      sent = sent.thenCompose(receipts -> further(run).thenApply(more -> joined(receipts, more)));
      from = to;
    }
    return sent;
  }

  private CompletableFuture<List<SendReceipt>> further(List<Outgoing> run) {
    Outgoing first = run.get(0);
    return first.isScheduled() ? schedule(first).thenApply(List::of) : run(run);
  }

  private static List<SendReceipt> joined(List<SendReceipt> receipts, List<SendReceipt> more) {
    receipts.addAll(more);
    return receipts;
  }

  private CompletableFuture<List<SendReceipt>> run(List<Outgoing> run) {
    if (run.size() == 1) {
      return one(run.get(0)).thenApply(List::of);
    }
    List<SendReceipt> receipts = new ArrayList<>(run.size());
    run.forEach(outgoing -> receipts.add(outgoing.receipt(null)));
    return senders.sendAll(queue, run, Collections.unmodifiableList(receipts));
  }

  /**
   * Service Bus says nothing when there was no such scheduled message, so that it is looked for
   * first; one that falls due in between is delivered although it is told to be cancelled.
   */
  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return links
        .use(queue, SubQueue.MAIN, link -> link.peek(sequenceNumber, 1))
        .thenCompose(
            seen -> {
              boolean scheduled =
                  !seen.isEmpty()
                      && seen.get(0).sequenceNumber().equals(sequenceNumber)
                      && seen.get(0).state() == io.queueruntime.message.MessageState.SCHEDULED;
              return scheduled
                  ? senders.use(
                      queue,
                      "cancel a scheduled message of",
                      client ->
                          client.cancelScheduledMessage(sequenceNumber.value()).thenReturn(true))
                  : CompletableFuture.completedFuture(false);
            });
  }
}
