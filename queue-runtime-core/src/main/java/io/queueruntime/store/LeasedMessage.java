package io.queueruntime.store;

import io.queueruntime.message.LockToken;
import java.time.Instant;

/**
 * A stored message that somebody holds for a while. Immutable.
 *
 * @param message what is held
 * @param token the proof
 * @param until when others may take it, unless the lease is renewed
 * @param count how often it was taken so far, 1 the first time; a release does not count it down
 */
public record LeasedMessage(StoredMessage message, LockToken token, Instant until, int count) {}
