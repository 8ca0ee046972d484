package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueSender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends to one queue: finds out where to, refuses what cannot be sent before anything is, and
 * publishes one message after the other. The first send looks the queue up and blocks for it; later
 * ones do not wait.
 *
 * <p>For adapters. Thread-safe, as what extends it has to be.
 *
 * @param <T> where messages go
 */
public abstract class FrontSender<T> implements QueueSender {

  private final QueueName queue;
  private final FrontHost host;

  /** {@code null} without a state store. */
  private final @Nullable DuplicateCheck duplicates;

  /** Sends nothing yet. */
  protected FrontSender(QueueName queue, FrontHost host) {
    this.queue = queue;
    this.host = host;
    this.duplicates =
        host.store().map(store -> new DuplicateCheck(queue, host, store.duplicates())).orElse(null);
  }

  /** Where messages go now; looks it up, and blocks for it, when it is not known. */
  protected abstract T target();

  /** The queue that is there. */
  protected abstract FrontQueue queue(T target);

  /** How many bytes a message has with its headers. */
  protected abstract long size(OutgoingMessage message);

  /** How many it may have, where the queue says nothing. */
  protected abstract long sizeMax();

  /**
   * Refuses what this broker in particular cannot send.
   *
   * @throws io.queueruntime.QueueRuntimeException that says why
   */
  protected abstract void check(OutgoingMessage message);

  /**
   * Publishes a message that was checked; completes once the broker has confirmed it.
   *
   * @param mark what it is to bear; {@code null}: it was not sent under a duplicate window
   */
  protected abstract CompletableFuture<SendReceipt> publish(
      OutgoingMessage message, T target, @Nullable CopyMark mark);

  @Override
  public final QueueName queue() {
    return queue;
  }

  @Override
  public final CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    try {
      T target = open();
      check(message, queue(target));
      return pass(message, target);
    } catch (RuntimeException e) {
      return refused(e);
    }
  }

  @Override
  public final CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    try {
      T target = open();
      messages.forEach(message -> check(message, queue(target)));
      List<CompletableFuture<SendReceipt>> sends = new ArrayList<>(messages.size());
      messages.forEach(message -> sends.add(pass(message, target)));
      return CompletableFuture.allOf(sends.toArray(CompletableFuture[]::new))
          .thenApply(done -> sends.stream().map(CompletableFuture::join).toList());
    } catch (RuntimeException e) {
      return refused(e);
    }
  }

  /** Past the duplicate window, where the queue has one. */
  private CompletableFuture<SendReceipt> pass(OutgoingMessage message, T target) {
    Duration window = queue(target).options().duplicateDetectionWindow();
    return window == null || duplicates == null
        ? publish(message, target, null)
        : duplicates.send(message, window, mark -> publish(message, target, mark));
  }

  private T open() {
    if (host.isClosed()) {
      throw host.closed(queue);
    }
    host.fronts().used(queue);
    return target();
  }

  private <R> CompletableFuture<R> refused(RuntimeException failure) {
    return CompletableFuture.failedFuture(
        host.failure(queue, "send to queue '%s'".formatted(queue), failure));
  }

  private void check(OutgoingMessage message, FrontQueue to) {
    checkSize(message, to);
    checkSession(message, to);
    check(message);
    if (duplicates == null
        && to.options().duplicateDetectionWindow() != null
        && DuplicateCheck.isAsked(message)) {
      throw host.unsupported(queue, Capability.DUPLICATE_DETECTION); // others have the store
    }
    if (message.deduplicationKey().isPresent()) {
      throw host.unsupported(queue, Capability.DEDUPLICATION_KEY);
    }
  }

  private void checkSize(OutgoingMessage message, FrontQueue to) {
    long limit = sizeMax();
    Long own = to.options().maxMessageSize();
    if (own != null) {
      limit = Math.min(limit, own);
    }
    long size = size(message);
    if (size > limit) {
      throw new MessageTooLarge(
          queue.value(),
          "A message to queue '%s' has %d bytes with its headers; at most %d are allowed. Send a reference to the content instead, or raise max-message-size."
              .formatted(queue, size, limit),
          size,
          limit);
    }
  }

  private void checkSession(OutgoingMessage message, FrontQueue to) {
    if (to.options().sessions() && message.sessionId().isEmpty()) {
      throw new ValidationFailed(
          queue.value(),
          "Queue '%s' has sessions, and the message has no session id; give it one."
              .formatted(queue));
    }
    if (to.known() && !to.options().sessions() && message.sessionId().isPresent()) {
      throw new ValidationFailed(
          queue.value(),
          "Queue '%s' has no sessions, and the message has session id '%s'; send it without, or to a queue with session: required."
              .formatted(queue, message.sessionId().get()));
    }
  }
}
