package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.contract.PlainWait.For;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A receiver of the {@link PlainProvider}, of a queue without sessions, of dead letters, or of one
 * session. Thread-safe.
 */
class PlainReceiver implements QueueReceiver {

  final PlainProvider provider;
  final PlainStore store;
  final QueueName queue;
  private final SubQueue subQueue;
  private final @Nullable PlainHold hold;
  private final List<CompletableFuture<List<ReceivedMessage<byte[]>>>> pending = new ArrayList<>();
  private boolean ended;

  PlainReceiver(
      PlainProvider provider, QueueName queue, SubQueue subQueue, @Nullable PlainHold hold) {
    this.provider = provider;
    this.store = provider.store;
    this.queue = queue;
    this.subQueue = subQueue;
    this.hold = hold;
  }

  boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  @Override
  public QueueName queue() {
    return has(Flaw.QUEUES_ARE_NOT_TOLD) ? QueueName.of("unknown") : queue;
  }

  void checkNotEnded() {
    provider.checkOpen(queue);
    if (ended && !has(Flaw.A_CLOSED_RECEIVER_GOES_ON)) {
      throw new Closed(queue.value(), "The receiver is closed.");
    }
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    synchronized (store) {
      CompletableFuture<List<ReceivedMessage<byte[]>>> receive =
          provider.waiting(
              queue,
              For.MESSAGES,
              maxWait,
              (state, mine) -> attempt(state, maxMessages, maxWait),
              this::nothing);
      pending.add(receive);
      pending.removeIf(CompletableFuture::isDone);
      return receive;
    }
  }

  private List<ReceivedMessage<byte[]>> nothing() {
    if (has(Flaw.NOTHING_IS_AN_ERROR)) {
      throw new OperationTimedOut(queue.value(), "Nothing came.", null);
    }
    return List.of();
  }

  private Supplier<Optional<List<ReceivedMessage<byte[]>>>> attempt(
      PlainQueue state, int maxMessages, Duration maxWait) {
    checkNotEnded();
    if (maxMessages < 1 && !has(Flaw.ARGUMENTS_ARE_NOT_CHECKED)) {
      throw new ValidationFailed(
          queue.value(), "At least one message must be asked for, found " + maxMessages + ".");
    }
    boolean sessions = state.options.sessions() && subQueue == SubQueue.MAIN;
    if (hold == null && sessions && !has(Flaw.ANYBODY_RECEIVES_FROM_SESSIONS)) {
      throw new ValidationFailed(queue.value(), "Queue '" + queue + "' has sessions: accept one.");
    }
    return () -> {
      boolean looksOnce = has(Flaw.A_SHORT_LOOK_SEES_NOTHING) && maxWait.isZero();
      if (has(Flaw.A_WAITING_HOLDER_LEARNS_NOTHING_OF_HIS_LOSS)
          && hold != null
          && hold.lost
          && !maxWait.isZero()) {
        return Optional.empty();
      }
      List<PlainMessage> messages =
          looksOnce
              ? List.of()
              : hold == null
                  ? state.receiving.receive(subQueue, Math.max(maxMessages, 1))
                  : state.sessions.receive(hold, maxMessages);
      return messages.isEmpty()
          ? Optional.empty()
          : Optional.of(PlainViews.delivered(state, messages));
    };
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    return provider.now(
        queue,
        state -> {
          provider.require(Capability.DEFER, true);
          checkNotEnded();
          return PlainViews.delivered(
              state, state.receiving.receiveDeferred(subQueue, hold, sequenceNumbers));
        });
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return provider.now(
        queue,
        state -> {
          provider.require(Capability.PEEK, true);
          checkNotEnded();
          if (maxMessages < 1 && !has(Flaw.ARGUMENTS_ARE_NOT_CHECKED)) {
            throw new ValidationFailed(queue.value(), "At least one message must be asked for.");
          }
          if (hold != null && !has(Flaw.A_LOST_HOLDER_PEEKS)) {
            state.sessions.checkHeld(hold);
          }
          return PlainViews.seen(
              state,
              state.peek(
                  subQueue,
                  Optional.ofNullable(hold).map(h -> h.sessionId),
                  from.value(),
                  maxMessages));
        });
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return provider.now(
        queue,
        state -> {
          checkMine(message);
          if (ended && hold == null && has(Flaw.A_CLOSED_RECEIVER_SETTLES_NOTHING)) {
            throw new Closed(queue.value(), "The receiver is closed.");
          }
          provider.require(Capability.DEFER, settlement instanceof Settlement.Defer);
          provider.require(
              Capability.ABANDON_WITH_DELAY,
              settlement instanceof Settlement.Abandon abandon && !abandon.delay().isZero());
          state.deliveries.settle(
              message.lockToken().orElseThrow(),
              message.sequenceNumber(),
              message.messageId(),
              settlement);
          return null;
        });
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return provider.now(
        queue,
        state -> {
          provider.require(Capability.RENEW_LOCK, true);
          checkMine(message);
          return state.deliveries.renew(message.lockToken().orElseThrow());
        });
  }

  private void checkMine(ReceivedMessage<?> message) {
    boolean dead = message.state() == MessageState.DEAD_LETTERED;
    boolean mine =
        message.queue().equals(queue)
            && message.lockToken().isPresent()
            && dead == (subQueue == SubQueue.DEAD_LETTER)
            && (hold == null || message.sessionId().equals(Optional.of(hold.sessionId)));
    if (!mine && !has(Flaw.ANY_RECEIVER_SETTLES) && !has(Flaw.ANY_QUEUE_SETTLES)) {
      throw new InvalidReceipt(queue.value(), "The message was not received here.");
    }
  }

  @Override
  public void close() {
    synchronized (store) {
      if (ended && has(Flaw.CLOSING_TWICE_FAILS)) {
        throw new Closed(queue.value(), "The receiver is closed already.");
      }
      ended = true;
      if (!has(Flaw.CLOSING_A_RECEIVER_LEAVES_IT_WAITING)) {
        pending.forEach(receive -> receive.complete(List.of()));
        pending.clear();
      }
      if (has(Flaw.CLOSING_ONE_RECEIVER_CLOSES_ALL)) {
        store.catchUp();
      } else if (has(Flaw.CLOSING_A_RECEIVER_GIVES_ITS_MESSAGES_BACK) && hold == null) {
        store.queues.values().forEach(q -> q.deliveries.restart());
      }
    }
  }
}
