package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.observation.ListenerMeters;
import io.queueruntime.observation.Observed;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the handler and turns whatever comes of it into the settlement of the messages: read the
 * payloads, call, wait for a result that is still to come, send a reply, judge a failure.
 *
 * <p>Thread-safe.
 */
final class HandlerInvoker {

  private static final Logger log = LoggerFactory.getLogger(HandlerInvoker.class);

  private final ListenerEndpoint endpoint;
  private final FailurePolicy policy;
  private final ReplySender replies;
  private final QueueObservations observations;
  private final ListenerMeters meters;
  private final Timings timings;
  private final @Nullable Executor handlerThreads;
  private final Executor userThreads;

  /**
   * @param handlerThreads where handlers run; null: on the thread that received
   * @param userThreads runs code of users that has no thread of its own
   */
  HandlerInvoker(
      ListenerEndpoint endpoint,
      FailurePolicy policy,
      ReplySender replies,
      QueueObservations observations,
      ListenerMeters meters,
      Timings timings,
      @Nullable Executor handlerThreads,
      Executor userThreads) {
    this.endpoint = endpoint;
    this.policy = policy;
    this.replies = replies;
    this.observations = observations;
    this.meters = meters;
    this.timings = timings;
    this.handlerThreads = handlerThreads;
    this.userThreads = userThreads;
  }

  /** Whether handlers run on other threads than the one that calls {@link #invoke}. */
  boolean handsOff() {
    return handlerThreads != null;
  }

  /**
   * Calls the handler; returns when it has left this thread, which does not mean that its result is
   * there. False when the executor for handlers takes no more: the work has been given back then.
   */
  boolean invoke(Work work) {
    if (handlerThreads == null) {
      call(work);
      return true;
    }
    try {
      handlerThreads.execute(() -> call(work));
      return true;
    } catch (RejectedExecutionException e) {
      log.warn(
          "The executor for handlers of listener '{}' takes no more work; {} is given back.",
          endpoint.id(),
          work);
      giveBack(work);
      return false;
    }
  }

  /**
   * Ends work whose handler was not started: its messages return to their places as if they had not
   * been delivered.
   */
  void giveBack(Work work) {
    if (work.close()) {
      work.dispatch(
          SettlementPlan.all(work.messages().size(), Settlement.release(), work.inSession()));
    }
    work.handlerEnded();
  }

  private void call(Work work) {
    if (!work.begin(timings.now(), endpoint.options().timeout().toNanos())) {
      work.handlerEnded();
      return;
    }
    started(work);
    Object result = null;
    Throwable failure = null;
    Decoded decoded = null;
    CompletableFuture<@Nullable Object> pending = null;
    try (Observed.Within scope = work.observation().openScope()) {
      decoded = decode(work);
      if (!decoded.readable().isEmpty()) {
        result = endpoint.handler().handle(decoded.readable(), work);
        // Here, not outside: a reactive result begins its work when it is subscribed to.
        pending = Results.pending(result);
      }
    } catch (Throwable e) {
      failure = e;
    } finally {
      work.leave();
    }
    List<@Nullable Settlement> preset = decoded == null ? List.of() : decoded.preset();
    if (pending == null) {
      replyThenConclude(work, preset, result, failure, false);
      return;
    }
    pending.whenComplete((value, error) -> replyThenConclude(work, preset, value, error, true));
    if (work.await(pending)) {
      pending.cancel(true);
    }
  }

  private void started(Work work) {
    work.observedBy(observations.process(endpoint.id(), work.messages()));
    Instant now = meters == ListenerMeters.NONE ? Instant.EPOCH : timings.clock().instant();
    for (ReceivedMessage<byte[]> message : work.messages()) {
      boolean known = !message.enqueuedTime().equals(Instant.EPOCH);
      meters.started(
          message.deliveryCount(), known ? Duration.between(message.enqueuedTime(), now) : null);
    }
  }

  /** What the handler is called with, and what is decided already for messages it will not see. */
  private record Decoded(
      List<ReceivedMessage<Object>> readable, List<@Nullable Settlement> preset) {}

  @SuppressWarnings("unchecked") // a message is only read from: one of T is one of Object
  private Decoded decode(Work work) {
    List<ReceivedMessage<byte[]>> messages = work.messages();
    if (messages.size() == 1) {
      return new Decoded(List.of((ReceivedMessage<Object>) decode(work, 0)), List.of());
    }
    List<ReceivedMessage<Object>> readable = new ArrayList<>(messages.size());
    List<@Nullable Settlement> preset = new ArrayList<>(messages.size());
    boolean unreadable = false;
    for (int i = 0; i < messages.size(); i++) {
      try {
        readable.add((ReceivedMessage<Object>) decode(work, i));
        preset.add(null);
      } catch (SerializationFailed | DeadLetterException e) {
        preset.add(settlementOf(messages.get(i), e, true, work));
        unreadable = true;
      }
    }
    return new Decoded(readable, unreadable ? preset : List.of());
  }

  private ReceivedMessage<?> decode(Work work, int index) {
    ReceivedMessage<?> decoded = endpoint.decoder().decode(work.messages().get(index));
    return endpoint.options().ackMode() == AckMode.MANUAL
        ? decoded.withReceipt(new ItemReceipt(work, index))
        : decoded;
  }

  private void replyThenConclude(
      Work work,
      List<@Nullable Settlement> preset,
      @Nullable Object result,
      @Nullable Throwable failure,
      boolean foreignThread) {
    if (failure == null
        && result != null
        && !endpoint.isBatch()
        && work.isOpen()
        && !isSettlement(result)) {
      CompletableFuture<SendReceipt> reply = replies.reply(work.messages().get(0), result);
      if (reply != null) {
        reply.whenComplete((receipt, error) -> conclude(work, preset, null, error, true));
        if (work.await(reply)) {
          reply.cancel(true);
        }
        return;
      }
    }
    conclude(work, preset, result, failure, foreignThread);
  }

  private static boolean isSettlement(Object result) {
    return result instanceof Settlement || result instanceof BatchResult;
  }

  private void conclude(
      Work work,
      List<@Nullable Settlement> preset,
      @Nullable Object result,
      @Nullable Throwable failure,
      boolean foreignThread) {
    if (failure != null && foreignThread && endpoint.options().errorHandler().isPresent()) {
      // The thread that completed the future may be the provider's own, which an error handler must
      // not block.
      userThreads.execute(() -> conclude(work, preset, result, failure, false));
      return;
    }
    ended(work, failure);
    int size = work.messages().size();
    int seen = preset.isEmpty() ? size : (int) preset.stream().filter(each -> each == null).count();
    Throwable problem = failure;
    SettlementPlan plan = null;
    if (problem == null) {
      try {
        plan = SettlementPlan.ofResult(result, seen, work.inSession());
      } catch (IllegalStateException e) {
        problem = e;
      }
    }
    Throwable fenced = work.takeFenced();
    if (fenced == null) {
      if (problem == null
          && plan == null
          && endpoint.options().ackMode() == AckMode.MANUAL
          && work.isOpen()) {
        work.observation().stop();
        work.handlerEnded();
        return;
      }
      if (!work.close()) {
        late(work, problem);
        return;
      }
    } else {
      problem = fenced;
    }
    if (problem != null) {
      plan = planFor(work, problem, preset);
    } else {
      if (plan == null) {
        plan = SettlementPlan.all(seen, Settlement.complete(), work.inSession());
      }
      plan = plan.with(preset, work.inSession());
    }
    finish(work, plan);
  }

  private void finish(Work work, SettlementPlan plan) {
    work.dispatch(plan);
    work.observation().stop();
    work.handlerEnded();
  }

  private void ended(Work work, @Nullable Throwable failure) {
    meters.ended(work.messages().size(), timings.now() - work.startedAt());
    if (failure != null) {
      meters.failed();
      work.observation().error(FailurePolicy.unwrap(failure));
    }
  }

  private void late(Work work, @Nullable Throwable problem) {
    work.observation().stop();
    work.handlerEnded();
    if (problem != null) {
      log.debug(
          "The handler of listener '{}' failed after {} had been decided.",
          endpoint.id(),
          work,
          problem);
    } else {
      log.debug(
          "The result of the handler of listener '{}' for {} came too late.", endpoint.id(), work);
    }
  }

  private SettlementPlan planFor(Work work, Throwable thrown, List<@Nullable Settlement> preset) {
    Throwable failure = FailurePolicy.unwrap(thrown);
    int size = work.messages().size();
    if (work.isStopping()) {
      log.info(
          "The handler of listener '{}' was interrupted by the stop; {} is given back.",
          endpoint.id(),
          work);
      return SettlementPlan.all(size, Settlement.release(), work.inSession());
    }
    SettlementPlan plan =
        SettlementPlan.ofFailure(
            work.messages(),
            preset,
            work.inSession(),
            message -> settlementOf(message, failure, size == 1, work));
    FailureLog.tell(endpoint.id(), work, failure, plan.settlements().get(0));
    return plan;
  }

  private Settlement settlementOf(
      ReceivedMessage<byte[]> message, Throwable failure, boolean alone, Work work) {
    QueueErrorHandler own = endpoint.options().errorHandler().orElse(null);
    if (own != null) {
      try {
        Settlement chosen = own.onError(message, failure);
        if (chosen != null) {
          return chosen;
        }
      } catch (RuntimeException e) {
        log.error(
            "The error handler of listener '{}' failed on {}; the listener's own rules decide.",
            endpoint.id(),
            work,
            e);
      }
    }
    return policy.settlementOf(
        failure, message.deliveryCount(), alone, timings.random().getAsDouble());
  }

  // ---- what the renewer finds out; none of it may block

  /** The handler is over its time: whatever it still returns does not count. */
  void timedOut(Work work, TimeoutException failure, long now) {
    if (work.fence(failure, now + timings.zombieGrace().toNanos())) {
      log.warn(
          "{} Listener '{}', {}; it is interrupted.", failure.getMessage(), endpoint.id(), work);
      work.interrupt();
    }
  }

  /** The handler was told to end and has not: its messages go back without it. */
  void graceOver(Work work) {
    userThreads.execute(
        () -> {
          Throwable fenced = work.takeFenced();
          if (fenced != null) {
            meters.failed();
            work.observation().error(fenced);
            log.error(
                "The handler of listener '{}' does not end although it was interrupted; {} is settled without it. It"
                    + " counts as in work until it ends.",
                endpoint.id(),
                work);
            work.dispatch(planFor(work, fenced, List.of()));
            work.giveUpSession();
          }
        });
  }

  /** The container stops and will not wait longer for this handler. */
  void abandonForStop(Work work) {
    boolean undecided = work.takeFenced() != null || work.close();
    if (undecided) {
      log.error(
          "The handler of listener '{}' did not end when the listener was stopped; {} is given back.",
          endpoint.id(),
          work);
      work.dispatch(
          SettlementPlan.all(work.messages().size(), Settlement.release(), work.inSession()));
    }
    work.handlerEnded();
  }
}
