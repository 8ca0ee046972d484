/**
 * The provider for Azure Service Bus, on Azure's own SDK.
 *
 * <p>What was decided, and where it is explained:
 *
 * <ul>
 *   <li>Receiving goes through the SDK's asynchronous client, with credit only for what somebody
 *       waits for: {@code Intake}. All receivers of a queue share one link: {@code QueueLink}.
 *   <li>A session has a link of its own, whose end is the end of the hold: {@code
 *       ServiceBusSession}. An accept that was given up serves the next caller: {@code
 *       QueueSessions}.
 *   <li>What the SDK begins while a link ends it may forget: sends are looked after by {@code
 *       LinkWatch}, accepts by {@code AskedAgain} and {@code NextSessions}.
 *   <li>Service Bus knows no delayed abandon. In a session the listener holds the failed message,
 *       and the session, for its back-off, and renews the lock meanwhile, up to {@code
 *       max-lock-renewal}; deferring it and noting it in the session's state would let another
 *       holder, or a foreign one, take later messages first, and would overwrite the application's
 *       own state. On a plain queue a failed message is held for a third of its lock at most.
 *   <li>A replayed dead letter is sent before it is completed, under an id of its own: {@code
 *       Replay}.
 *   <li>The SDK's retries are off: {@code Connections}. What its errors mean: {@code FailureKind}.
 * </ul>
 */
@NullMarked
package io.queueruntime.servicebus;

import org.jspecify.annotations.NullMarked;
