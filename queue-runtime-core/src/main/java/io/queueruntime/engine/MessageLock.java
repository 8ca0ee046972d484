package io.queueruntime.engine;

import org.jspecify.annotations.Nullable;

/**
 * One delivery that is held: of a message on its own, or as part of a session, then it ends with
 * the session's.
 *
 * <p>Confined to the engine thread.
 */
final class MessageLock extends TimedLock {

  final long number;
  final StoredMessage message;
  final @Nullable SessionLock session;

  MessageLock(long number, StoredMessage message, @Nullable SessionLock session) {
    this.number = number;
    this.message = message;
    this.session = session;
  }
}
