package io.queueruntime.contract;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SubQueue;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One message of a {@link PlainQueue} and all that happened to it. Confined to the store's lock.
 */
final class PlainMessage {

  enum State {
    READY,
    HELD,
    DEFERRED,
    SCHEDULED
  }

  final SubQueue subQueue;
  long number;
  OutgoingMessage content;
  String id;
  Instant enqueued;
  State state = State.READY;
  int count;
  int renewals;
  long call;
  boolean superseded;
  Instant notBefore = Instant.MIN;
  @Nullable Instant expires;
  @Nullable Instant due;
  @Nullable LockToken token;
  @Nullable LockToken lastToken;
  @Nullable Instant lockedUntil;
  @Nullable PlainHold hold;
  @Nullable Instant firstFailure;
  @Nullable DeadLetterDetails deadLetter;

  PlainMessage(
      SubQueue subQueue, long number, OutgoingMessage content, String id, Instant enqueued) {
    this.subQueue = subQueue;
    this.number = number;
    this.content = content;
    this.id = id;
    this.enqueued = enqueued;
  }
}
