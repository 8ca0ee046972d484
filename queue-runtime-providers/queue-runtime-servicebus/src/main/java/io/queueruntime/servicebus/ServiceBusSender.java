package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusMessageBatch;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueSender;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Puts messages into one queue. A message gets its id before the first attempt, so that a queue
 * that detects duplicates recognizes the copy that a retry makes.
 *
 * <p>Service Bus tells the sequence number of scheduled messages only, and never that a message was
 * a duplicate. Immutable and thread-safe.
 */
final class ServiceBusSender implements QueueSender {

  private final QueueName queue;
  private final Senders senders;
  private final Links links;
  private final QueueFacts facts;
  private final ProviderTime time;
  private final long maxMessageSize;

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
    return checked(List.of(message))
        .thenCompose(
            ready ->
                message.scheduledEnqueueTime().isPresent()
                    ? schedule(ready.get(0))
                    : one(ready.get(0)));
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    return messages.isEmpty()
        ? checked(messages).thenApply(ready -> List.of())
        : checked(messages).thenCompose(this::parts);
  }

  /** A message that passed all checks, with the id it goes by. */
  private record Ready(OutgoingMessage message, String id) {

    ServiceBusMessage wire() {
      return OutgoingConversion.convert(message, id);
    }

    SendReceipt receipt(@Nullable Long sequenceNumber) {
      return new SendReceipt(
          id,
          SendOutcome.ENQUEUED,
          sequenceNumber == null ? null : SequenceNumber.of(sequenceNumber));
    }
  }

  private CompletableFuture<List<Ready>> checked(List<OutgoingMessage> messages) {
    return facts
        .of(queue)
        .thenApply(
            options -> {
              messages.forEach(message -> check(message, options));
              return messages.stream()
                  .map(
                      message ->
                          new Ready(
                              message,
                              message.messageId().orElseGet(() -> UUID.randomUUID().toString())))
                  .toList();
            });
  }

  private void check(OutgoingMessage message, Optional<QueueOptions> options) {
    if (message.deduplicationKey().isPresent()) {
      throw new UnsupportedCapability(
          queue.value(),
          "Cannot send to queue '%s': Service Bus cannot replace a pending message by its deduplication key; use a message id and the queue's duplicate detection."
              .formatted(queue));
    }
    long limit =
        Math.min(maxMessageSize, options.map(QueueOptions::maxMessageSize).orElse(maxMessageSize));
    long size = OutgoingConversion.size(message);
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

  private <T> CompletableFuture<T> use(
      java.util.function.Function<ServiceBusSenderAsyncClient, Mono<T>> call) {
    return noting(senders.use(queue, "send to", call));
  }

  /** What was known of a queue that refuses may be out of date. */
  private <T> CompletableFuture<T> noting(CompletableFuture<T> sending) {
    return sending.whenComplete(
        (value, error) -> {
          if (error != null && !isTransient(error)) {
            facts.forget(queue);
          }
        });
  }

  private static boolean isTransient(Throwable error) {
    return error instanceof QueueRuntimeException failure && failure.isTransient();
  }

  private CompletableFuture<SendReceipt> one(Ready ready) {
    return noting(senders.send(queue, ready.wire(), OutgoingConversion.size(ready.message)))
        .thenApply(sent -> ready.receipt(null));
  }

  private CompletableFuture<SendReceipt> schedule(Ready ready) {
    Instant due = time.toBroker(ready.message.scheduledEnqueueTime().orElseThrow());
    return use(client ->
            client.scheduleMessage(ready.wire(), OffsetDateTime.ofInstant(due, ZoneOffset.UTC)))
        .thenApply(ready::receipt);
  }

  /** Runs of messages that are not scheduled go in batches, the others one by one, all in order. */
  private CompletableFuture<List<SendReceipt>> parts(List<Ready> messages) {
    CompletableFuture<List<SendReceipt>> sent =
        CompletableFuture.completedFuture(new ArrayList<>(messages.size()));
    int from = 0;
    while (from < messages.size()) {
      int first = from;
      if (messages.get(from).message.scheduledEnqueueTime().isPresent()) {
        sent = sent.thenCompose(receipts -> schedule(messages.get(first)).thenApply(add(receipts)));
        from++;
        continue;
      }
      while (from < messages.size()
          && messages.get(from).message.scheduledEnqueueTime().isEmpty()) {
        from++;
      }
      List<Ready> run = messages.subList(first, from);
      sent =
          sent.thenCompose(
              receipts ->
                  run(run)
                      .thenApply(
                          done -> {
                            run.forEach(ready -> receipts.add(ready.receipt(null)));
                            return receipts;
                          }));
    }
    return sent;
  }

  private static java.util.function.Function<SendReceipt, List<SendReceipt>> add(
      List<SendReceipt> receipts) {
    return receipt -> {
      receipts.add(receipt);
      return receipts;
    };
  }

  /** As few batches as the SDK's own measure allows, one after the other. */
  private CompletableFuture<Boolean> run(List<Ready> run) {
    if (run.size() == 1) {
      return one(run.get(0)).thenApply(receipt -> true);
    }
    return use(client ->
            client.createMessageBatch().flatMap(batch -> sendTogether(client, batch, run)))
        .thenCompose(
            count ->
                count == 0
                    // Not even the first fits: it is told so, and nothing after it is sent.
                    ? one(run.get(0)).thenApply(receipt -> 1)
                    : CompletableFuture.completedFuture(count))
        .thenCompose(
            count ->
                count == run.size()
                    ? CompletableFuture.completedFuture(true)
                    : run(run.subList(count, run.size())));
  }

  /** How many of them, from the first on, went with the batch. */
  private static Mono<Integer> sendTogether(
      ServiceBusSenderAsyncClient client, ServiceBusMessageBatch batch, List<Ready> run) {
    int count = fill(batch, run);
    return count == 0 ? Mono.just(0) : client.sendMessages(batch).thenReturn(count);
  }

  private static int fill(ServiceBusMessageBatch batch, List<Ready> run) {
    int count = 0;
    while (count < run.size() && batch.tryAddMessage(run.get(count).wire())) {
      count++;
    }
    return count;
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
