package io.queueruntime.history;

/** What was asked of the queue, or what happened around it. */
public enum Operation {
  /** One message goes in; a batch is one call with an event for each message. */
  SEND,
  /**
   * Messages are taken under a lock; the answer has an event for each message, or a single one
   * without any.
   */
  RECEIVE,
  /** A message's lock is extended. */
  RENEW,
  COMPLETE,
  ABANDON,
  DEFER,
  /** A holder moves its message to the dead-letter queue. */
  DEAD_LETTER,
  /** A holder gives its message back without counting the delivery. */
  RELEASE,
  /** A session is taken; the hold in the answer names this acceptance. */
  ACCEPT,
  RENEW_SESSION,
  /** A session is given back with its unsettled messages, uncounted. */
  CLOSE_SESSION,
  SET_STATE,
  GET_STATE,
  /** A scheduled message is taken back. */
  CANCEL,
  /** A queue, or its dead-letter queue, is emptied of what is not locked. */
  PURGE,
  /** Dead letters go back into their queue; one event for each. */
  REPLAY,
  /** Dead letters are removed; one event for each. */
  DISCARD,
  /** Messages are looked at without taking them; the answer has an event for each. */
  PEEK,
  /** The queue's own count of its messages, asked for while nothing else was going on. */
  COUNT,
  /** What is tested stopped without warning: open calls have no answer, locks are void. */
  CRASH,
  /**
   * The process of that name ended without warning, while others went on: what it had asked took
   * effect before this, if at all, and what it held is void.
   */
  GONE,
  /**
   * Something happened at which a provider may promise less: connections broke, the broker was
   * killed, a process came or went. {@link Relaxations} say what.
   */
  DISTURBED,
  /** What is tested was closed in good order: locks are given back uncounted. */
  SHUTDOWN,
  /**
   * All that was left in the queues has been received or looked at: from here on what is missing is
   * lost.
   */
  DRAINED
}
