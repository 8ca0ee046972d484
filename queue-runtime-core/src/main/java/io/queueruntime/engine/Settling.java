package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Relocated;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What holders decide about their deliveries: each decision is checked first, which makes a step of
 * it, and done afterwards.
 *
 * <p>Confined to the engine thread.
 */
final class Settling {

  private static final int SMALL = 64;

  /** Records that one step writes at most, where the message does not change. */
  private static final int RECORDS = 2;

  private final EngineContext context;
  private final Returns returns;
  private final Sessions sessions;
  private final HeaderEdits headers;

  Settling(EngineContext context, Returns returns, Sessions sessions, HeaderEdits headers) {
    this.context = context;
    this.returns = returns;
    this.sessions = sessions;
    this.headers = headers;
  }

  /** Does what was found valid. */
  void perform(Step step) {
    context.log.requireRoom(step.queue(), step.bytes(), step.records());
    step.doing().run();
  }

  Step complete(QueueName name, LockToken token) {
    MessageLock lock = require(name, token, "complete");
    return step(lock, SMALL, () -> complete(lock));
  }

  /** Completes it at once: what is done most is done without a step that others could go with. */
  void completeAlone(QueueName name, LockToken token) {
    MessageLock lock = require(name, token, "complete");
    context.log.requireRoom(lock.message.queue(), SMALL, RECORDS);
    complete(lock);
  }

  private void complete(MessageLock lock) {
    returns.remove(lock, Cause.COMPLETED);
    stirSession(lock);
  }

  Step abandon(QueueName name, LockToken token, long delayMillis, MessageEdits edits) {
    MessageLock lock = require(name, token, "abandon");
    return edited(
        "abandon message",
        edits,
        step(lock, Returns.SETTLING_BYTES, () -> returns.abandon(lock, delayMillis)),
        lock);
  }

  Step release(QueueName name, LockToken token) {
    MessageLock lock = require(name, token, "release");
    return step(lock, SMALL, () -> returns.release(lock));
  }

  Step defer(QueueName name, LockToken token, MessageEdits edits) {
    MessageLock lock = require(name, token, "defer");
    if (lock.message.home() == Home.DEAD) {
      throw new ValidationFailed(
          name.value(),
          "Cannot defer dead letter %d of queue '%s': complete it, abandon it, or replay it."
              .formatted(lock.message.sequence, name));
    }
    return edited("defer message", edits, step(lock, SMALL, () -> returns.defer(lock)), lock);
  }

  Step deadLetter(
      QueueName name,
      LockToken token,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass,
      MessageEdits edits) {
    MessageLock lock = require(name, token, "dead-letter");
    if (lock.message.home() == Home.DEAD) {
      throw new ValidationFailed(
          name.value(),
          "Cannot dead-letter message %d of queue '%s': it is a dead letter already."
              .formatted(lock.message.sequence, name));
    }
    int texts = length(reason) + length(description) + length(exceptionClass);
    return edited(
        "dead-letter message",
        edits,
        step(
            lock,
            Returns.SETTLING_BYTES + texts,
            () -> {
              returns.deadLetter(lock, reason, description, exceptionClass);
              stirSession(lock);
            }),
        lock);
  }

  Instant renew(QueueName name, LockToken token) {
    context.require(name, "renew a lock in");
    MessageLock lock = context.requireLock(name, token, "renew the lock of");
    if (lock.session != null) {
      return sessions.renew(lock.session);
    }
    long length = lock.message.queue().options().lockDuration().toMillis();
    context.holdFor(lock, length);
    return context.options.time().wall().instant().plusMillis(length);
  }

  private MessageLock require(QueueName name, LockToken token, String attempt) {
    context.require(name, "settle messages of");
    return context.requireLock(name, token, attempt);
  }

  private static Step step(MessageLock lock, long bytes, Runnable doing) {
    return new Step(lock.message.queue(), bytes, RECORDS, doing);
  }

  /** The same step with the edits before it, both of which survive or neither. */
  private Step edited(String attempt, MessageEdits edits, Step step, MessageLock lock) {
    StoredMessage message = lock.message;
    if (edits.isEmpty() || message.isSuperseded()) {
      return step;
    }
    byte[] payload = headers.edited(message, edits, attempt);
    int queueId = step.queue().id;
    return new Step(
        step.queue(),
        step.bytes() + payload.length,
        step.records() + 2,
        () ->
            context.log.group(
                queueId,
                () -> {
                  context.log.record(new Relocated(queueId, message.sequence, payload));
                  step.doing().run();
                }));
  }

  /** Bytes that a text takes at most, once cut. */
  private static int length(@Nullable String text) {
    return text == null ? 0 : (int) Math.min(text.length() * 3L, DeadLetterDetails.MAX_BYTES);
  }

  /** A session whose message left may go on with the next one. */
  private void stirSession(MessageLock lock) {
    context.stir(lock.message.lane);
  }
}
