package io.queueruntime.engine;

import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Delivered;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.Event.Removed;
import io.queueruntime.engine.Event.Returned;
import io.queueruntime.message.LockToken;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bind.annotation.Argument;
import net.bytebuddy.implementation.bind.annotation.This;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/**
 * Mistakes that an engine could have, as code to be put into a copy of the real one. See {@link
 * PlantedBug}.
 *
 * <p>The classes that end in {@code Advice} are copied into methods; the others are called in their
 * stead.
 */
final class Bugs {

  private Bugs() {}

  /** Second argument, a boolean: false. */
  static final class SecondIsFalseAdvice {
    @Advice.OnMethodEnter
    static void enter(@Advice.Argument(value = 1, readOnly = false) boolean second) {
      second = false;
    }
  }

  /** First argument, a number: one more. */
  static final class FirstIsOneMoreAdvice {
    @Advice.OnMethodEnter
    static void enter(@Advice.Argument(value = 0, readOnly = false) long first) {
      first = first + 1;
    }
  }

  /** Whatever the method throws is forgotten. */
  static final class NothingIsThrownAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class)
    static void exit(@Advice.Thrown(readOnly = false) Throwable thrown) {
      thrown = null;
    }
  }

  /** The checksum that is computed is the one that is read. */
  static final class EveryChecksumFitsAdvice {
    @Advice.OnMethodExit
    static void exit(
        @Advice.Argument(2) java.nio.ByteBuffer source,
        @Advice.Argument(3) int at,
        @Advice.Return(readOnly = false) int crc) {
      crc = source.getInt(at);
    }
  }

  /** Answers that came while the disk was forced go with those that waited for that. */
  static final class AllAreHeldAdvice {
    @Advice.OnMethodExit
    static void exit(
        @Advice.FieldValue("pending") List<Reply<?>> pending,
        @Advice.Return List<Reply<?>> answers) {
      answers.addAll(pending);
      pending.clear();
    }
  }

  /** A message that left is written, but nobody waits for the disk because of it. */
  static final class DepartureIsNotForcedAdvice {
    @Advice.OnMethodEnter
    static boolean enter(@Advice.FieldValue("mustForce") boolean mustForce) {
      return mustForce;
    }

    @Advice.OnMethodExit
    static void exit(
        @Advice.Argument(0) Event event,
        @Advice.Enter boolean before,
        @Advice.FieldValue(value = "mustForce", readOnly = false) boolean mustForce) {
      if (event instanceof Removed) {
        mustForce = before;
      }
    }
  }

  /** The event is another one when it is recorded. */
  static final class ReplayInTwoStepsAdvice {
    @Advice.OnMethodEnter
    static void enter(
        @Advice.This EventLog log,
        @Advice.Argument(value = 0, readOnly = false, typing = Assigner.Typing.DYNAMIC)
            Event event) {
      event = Bugs.inTwoSteps(log, event, Enqueued.Kind.REPLAYED);
    }
  }

  static final class ActivationInTwoStepsAdvice {
    @Advice.OnMethodEnter
    static void enter(
        @Advice.This EventLog log,
        @Advice.Argument(value = 0, readOnly = false, typing = Assigner.Typing.DYNAMIC)
            Event event) {
      event = Bugs.inTwoSteps(log, event, Enqueued.Kind.ACTIVATED);
    }
  }

  static Event inTwoSteps(EventLog log, Event event, Enqueued.Kind kind) {
    if (!(event instanceof Enqueued moved) || moved.kind() != kind) {
      return event;
    }
    boolean dead = kind == Enqueued.Kind.REPLAYED;
    log.record(new Removed(moved.queueId(), moved.origin(), dead, Cause.DISCARDED));
    log.flush();
    return as(moved, Enqueued.Kind.SENT, moved.sequence(), moved.rememberedUntil());
  }

  private static Enqueued as(
      Enqueued event, Enqueued.Kind kind, long sequence, long rememberedUntil) {
    byte[] head = event.head().clone();
    RecordHead.put(
        head,
        event.queueId(),
        sequence,
        kind,
        RecordHead.hops(head),
        event.origin(),
        RecordHead.first(head),
        RecordHead.enqueuedTime(ByteBuffer.wrap(head)),
        event.dueAt(),
        event.expiresAt(),
        rememberedUntil);
    MessageContent.Keys keys =
        new MessageContent.Keys(event.messageId(), event.sessionId(), event.deduplicationKey(), -1);
    return event.payload() == null ? new Event.ReadBack(keys, head) : Draft.again(head, keys);
  }

  static final class ReplacedAtTheEndAdvice {
    @Advice.OnMethodEnter
    static void enter(
        @Advice.This EventLog log,
        @Advice.FieldValue("state") EngineState state,
        @Advice.Argument(value = 0, readOnly = false, typing = Assigner.Typing.DYNAMIC)
            Event event) {
      event = Bugs.atTheEnd(log, state, event);
    }
  }

  static Event atTheEnd(EventLog log, EngineState state, Event event) {
    if (!(event instanceof Enqueued newer) || newer.kind() != Enqueued.Kind.REPLACED) {
      return event;
    }
    log.record(new Removed(newer.queueId(), newer.sequence(), false, Cause.SUPERSEDED), true);
    return as(
        newer,
        Enqueued.Kind.SENT,
        state.find(newer.queueId()).nextSequence(),
        newer.rememberedUntil());
  }

  static final class ReleaseCountsAdvice {
    @Advice.OnMethodEnter
    static void enter(
        @Advice.Argument(value = 0, readOnly = false, typing = Assigner.Typing.DYNAMIC)
            Event event) {
      event = Bugs.counted(event);
    }
  }

  static Event counted(Event event) {
    return event instanceof Returned back && back.failedAt() < 0 && !back.dead()
        ? new Returned(
            back.queueId(), back.sequence(), false, back.deliveryCount() + 1, back.dueAt(), -1)
        : event;
  }

  /** What is read back after a restart is not what was written. */
  static final class IdsAreForgottenAdvice {
    @Advice.OnMethodExit
    static void exit(
        @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Event event) {
      event = Bugs.withoutMemory(event);
    }
  }

  static Event withoutMemory(Event event) {
    return event instanceof Enqueued sent ? as(sent, sent.kind(), sent.sequence(), 0) : event;
  }

  static final class DeliveriesAreForgottenAdvice {
    @Advice.OnMethodExit
    static void exit(
        @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Event event) {
      event = Bugs.undelivered(event);
    }
  }

  static Event undelivered(Event event) {
    return event instanceof Delivered given
        ? new Delivered(given.queueId(), given.sequence(), given.dead(), given.deliveryCount() - 1)
        : event;
  }

  /** The clock on the wall is looked at too, and the later one counts. */
  static final class LocksByTheWallClockAdvice {
    @Advice.OnMethodEnter
    static long enter(@Advice.FieldValue("tick") long tick) {
      return tick;
    }

    @Advice.OnMethodExit
    static void exit(
        @Advice.Enter long before,
        @Advice.FieldValue("wall") long wall,
        @Advice.FieldValue(value = "tick", readOnly = false) long tick) {
      tick = Math.max(tick, Math.max(before, wall - 1_800_000_000_000L));
    }
  }

  /** A message that was completed leaves the memory only. */
  static final class CompletionIsNotWrittenAdvice {
    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
    static boolean enter(
        @Advice.FieldValue("state") EngineState state,
        @Advice.Argument(0) Event event,
        @Advice.Argument(1) boolean more) {
      return Bugs.appliedOnly(state, event, more);
    }
  }

  static boolean appliedOnly(EngineState state, Event event, boolean more) {
    if (!(event instanceof Removed gone) || gone.cause() != Cause.COMPLETED || more) {
      return false;
    }
    state.apply(event, 0, 0);
    return true;
  }

  /** A token that says which message, not which delivery. */
  static LockToken tokenOf(@Argument(0) MessageLock lock) {
    return LockToken.of(new UUID(7, lock.message.sequence));
  }

  static MessageLock findBySequence(@This MessageLocks locks, @Argument(0) LockToken token) {
    for (MessageLock lock : locks.held()) {
      if (lock.message.sequence == token.value().getLeastSignificantBits()) {
        return lock;
      }
    }
    return null;
  }

  /** Whoever holds the session now. */
  static SessionLock findBySession(@This MessageLocks locks, @Argument(0) SessionHold hold) {
    for (SessionLock lock : locks.heldSessions()) {
      if (lock.hold.sessionId().equals(hold.sessionId())) {
        return lock;
      }
    }
    return null;
  }
}
