package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.observation.Observed;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.observation.SenderMeters;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.TransientRetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of a message from its builder to its queue: checked, given an id, observed, sent, tried
 * again.
 *
 * <p>Thread-safe.
 */
final class MessageSending {

  private static final int SENDERS_MAX = 1_000;

  private final QueueProvider provider;
  private final QueueObservations observations;
  private final ListedSessions sessions;
  private final TransientRetry retry;
  private final MessageIds ids = new MessageIds();
  private final Map<QueueName, QueueSender> senders = new ConcurrentHashMap<>();

  MessageSending(
      QueueProvider provider,
      QueueObservations observations,
      ListedSessions sessions,
      TransientRetry retry) {
    this.provider = provider;
    this.observations = observations;
    this.sessions = sessions;
    this.retry = retry;
  }

  /** Sends one message; whatever is wrong with it is thrown here, before any I/O. */
  CompletableFuture<SendReceipt> send(QueueName queue, OutgoingMessage.Builder draft) {
    complete(queue, draft);
    SenderMeters meters = observations.senderMeters(queue);
    Observed observation = observations.send(queue, List.of(draft));
    OutgoingMessage message = draft.build();
    QueueSender sender = sender(queue);
    CompletableFuture<SendReceipt> sent =
        attempt(
            observation,
            () ->
                retry.call(
                    () -> sender.send(message),
                    failure -> meters.retried(),
                    failure -> noted(failure, message)));
    sent.whenComplete(
        (receipt, error) -> {
          if (error == null) {
            meters.sent(receipt.outcome());
          } else {
            meters.failed(1);
            observation.error(TransientRetry.unwrap(error));
          }
          observation.stop();
        });
    return sent;
  }

  /** Sends many; whatever is wrong with one of them is thrown here, before any I/O. */
  CompletableFuture<List<SendReceipt>> sendAll(
      QueueName queue, List<OutgoingMessage.Builder> drafts) {
    if (drafts.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    drafts.forEach(draft -> complete(queue, draft));
    SenderMeters meters = observations.senderMeters(queue);
    Observed observation = observations.send(queue, drafts);
    List<OutgoingMessage> messages = drafts.stream().map(OutgoingMessage.Builder::build).toList();
    CompletableFuture<List<SendReceipt>> sent =
        attempt(observation, () -> sendParts(queue, messages, meters));
    return sent.whenComplete(
        (receipts, error) -> {
          if (error == null) {
            receipts.forEach(receipt -> meters.sent(receipt.outcome()));
          } else {
            meters.failed(messages.size());
            observation.error(TransientRetry.unwrap(error));
          }
          observation.stop();
        });
  }

  /**
   * An atomic batch goes as a whole; otherwise one part after the other, so that order is kept and
   * each can be retried.
   */
  private CompletableFuture<List<SendReceipt>> sendParts(
      QueueName queue, List<OutgoingMessage> messages, SenderMeters meters) {
    QueueSender sender = sender(queue);
    int partSize =
        provider.capabilities().has(Capability.ATOMIC_BATCH)
            ? messages.size()
            : Math.max(1, provider.capabilities().limits().maxBatchSize());
    CompletableFuture<List<SendReceipt>> all = null;
    for (int start = 0; start < messages.size(); start += partSize) {
      List<OutgoingMessage> part =
          messages.subList(start, Math.min(messages.size(), start + partSize));
      Supplier<CompletableFuture<List<SendReceipt>>> sendPart =
          () ->
              retry.call(
                  () -> sender.sendAll(part),
                  failure -> meters.retried(),
                  failure -> noted(failure, null));
      all =
          all == null
              ? sendPart.get()
              : all.thenCompose(
                  before -> sendPart.get().thenApply(receipts -> joined(before, receipts)));
    }
    return all == null ? CompletableFuture.completedFuture(List.of()) : all;
  }

  private static Throwable noted(Throwable failure, @Nullable OutgoingMessage message) {
    return failure instanceof QueueRuntimeException known
        ? known.during("send", message == null ? null : message.messageId().orElse(null))
        : failure;
  }

  private static List<SendReceipt> joined(List<SendReceipt> one, List<SendReceipt> two) {
    List<SendReceipt> joined = new ArrayList<>(one.size() + two.size());
    joined.addAll(one);
    joined.addAll(two);
    return joined;
  }

  /**
   * What the sender throws on the spot counts as a failed send: the observation has been started.
   */
  private static <T> CompletableFuture<T> attempt(
      Observed observation, Supplier<CompletableFuture<T>> sending) {
    try (Observed.Within scope = observation.openScope()) {
      return sending.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Adds what every message has and takes out what none may bring along. */
  private void complete(QueueName queue, OutgoingMessage.Builder draft) {
    draft.removeHeadersIf(QueueHeaders::isReserved);
    sessions.check(queue, draft.sessionId().orElse(null));
    if (!draft.hasMessageId()) {
      draft.generatedMessageId(ids.next());
    }
  }

  String newId() {
    return ids.next();
  }

  CompletableFuture<Boolean> cancelScheduled(QueueName queue, SequenceNumber sequenceNumber) {
    return retry.call(
        () -> sender(queue).cancelScheduled(sequenceNumber),
        failure -> {},
        failure ->
            failure instanceof QueueRuntimeException known
                ? known.during("cancel-scheduled", null)
                : failure);
  }

  private QueueSender sender(QueueName queue) {
    QueueSender known = senders.get(queue);
    if (known != null) {
      return known;
    }
    QueueSender made = provider.sender(queue);
    if (senders.size() < SENDERS_MAX) {
      senders.put(queue, made);
    }
    return made;
  }
}
