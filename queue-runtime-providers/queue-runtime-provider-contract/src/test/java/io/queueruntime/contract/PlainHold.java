package io.queueruntime.contract;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One holder's right to one session of a {@link PlainQueue}. Confined to the store's lock. */
final class PlainHold {

  final QueueName queue;
  final SessionId sessionId;
  final List<PlainMessage> completed = new ArrayList<>();
  final Instant accepted;
  Instant until;
  boolean lost;
  boolean closed;
  int received;
  int renewals;

  PlainHold(QueueName queue, SessionId sessionId, Instant until) {
    this.queue = queue;
    this.sessionId = sessionId;
    this.accepted = until;
    this.until = until;
  }
}
