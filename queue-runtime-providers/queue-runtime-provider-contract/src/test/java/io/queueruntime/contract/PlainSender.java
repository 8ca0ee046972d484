package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.contract.PlainWait.For;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueSender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A sender of the {@link PlainProvider}. Thread-safe. */
final class PlainSender implements QueueSender {

  private final PlainProvider provider;
  private final QueueName queue;

  PlainSender(PlainProvider provider, QueueName queue) {
    this.provider = provider;
    this.queue = queue;
  }

  private boolean has(Flaw flaw) {
    return provider.store.has(flaw);
  }

  @Override
  public QueueName queue() {
    return has(Flaw.QUEUES_ARE_NOT_TOLD) ? QueueName.of("unknown") : queue;
  }

  private Duration timeout() {
    return has(Flaw.SENDERS_DO_NOT_WAIT) ? Duration.ZERO : PlainProvider.SEND_TIMEOUT;
  }

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    return provider.waiting(
        queue,
        For.ROOM,
        timeout(),
        (state, mine) -> {
          check(state, message);
          return () -> state.sending.send(List.of(message), mine).map(receipts -> receipts.get(0));
        },
        this::full);
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    if (messages.isEmpty() && has(Flaw.EMPTY_BATCHES_ARE_REFUSED)) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(queue.value(), "A batch is not empty."));
    }
    return provider.waiting(
        queue,
        For.ROOM,
        timeout(),
        (state, mine) -> {
          for (OutgoingMessage message : messages) {
            check(state, message);
            if (has(Flaw.BATCHES_ARE_CHECKED_WHILE_SENDING)) {
              state.sending.send(List.of(message), mine);
            }
          }
          return () -> state.sending.send(messages, mine);
        },
        this::full);
  }

  private void check(PlainQueue state, OutgoingMessage message) {
    provider.require(Capability.SCHEDULE, message.scheduledEnqueueTime().isPresent());
    provider.require(Capability.TIME_TO_LIVE, message.timeToLive().isPresent());
    provider.require(Capability.DEDUPLICATION_KEY, message.deduplicationKey().isPresent());
    state.sending.check(message);
  }

  private <T> T full() {
    if (has(Flaw.FULL_MEANS_TIMED_OUT)) {
      throw new io.queueruntime.QueueRuntimeException.OperationTimedOut(
          queue.value(), "No room.", null);
    }
    throw new QueueFull(queue.value(), "Queue '" + queue + "' is full.");
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return provider.now(
        queue,
        state -> {
          provider.require(Capability.CANCEL_SCHEDULED, true);
          boolean cancelled = state.schedule.cancelScheduled(sequenceNumber);
          provider.store.stir(Flaw.NO_ROOM_AFTER_A_CANCELLATION);
          return cancelled;
        });
  }
}
