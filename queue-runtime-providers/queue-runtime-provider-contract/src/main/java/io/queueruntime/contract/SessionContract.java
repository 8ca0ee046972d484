package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Taking hold of sessions and giving them back. Used by one thread. */
@Needs(Capability.SESSIONS)
public abstract class SessionContract extends ProviderContract {

  private static final SessionId S = SessionId.of("s");

  @Test
  @Promise("SES-3")
  void aSessionCanBeAcceptedBeforeItHasMessages() {
    QueueName queue = sessionQueue();

    SessionReceiver session = accept(queue, "s");

    assertThat(session.sessionId()).isEqualTo(S);
    assertThat(session.queue()).isEqualTo(queue);
    nothingIn(session);
  }

  @Test
  @Promise("SES-2")
  void aHolderKnowsUntilWhenItHolds() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    Instant before = fixture.now();

    SessionReceiver session = accept(queue, "s");

    isAfter(lock(), before, session.lockedUntil());
    isAfter(lock(), before, take(session).lockedUntil().orElseThrow()); // as long as the session
  }

  @Test
  @Promise("semantics 4")
  void aSessionHasOneHolder() {
    QueueName queue = sessionQueue();
    accept(queue, "s");

    SessionLocked refused =
        failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));

    assertThat(refused.isTransient()).isTrue();
    assertThat(refused.queue()).contains(queue.value());
  }

  @Test
  @Promise("SES-2")
  void whoIsRefusedLearnsUntilWhenTheSessionIsHeld() {
    QueueName queue = sessionQueue();
    SessionReceiver holder = accept(queue, "s");
    pass(lock().dividedBy(2));

    SessionLocked refused =
        failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));

    refused.lockedUntil().ifPresent(until -> assertThat(until).isEqualTo(holder.lockedUntil()));
    assertThat(refused.lockedUntil().orElse(holder.lockedUntil())).isAfter(fixture.now());
  }

  @Test
  @Promise("semantics 3")
  void otherSessionsCanBeHeldAtTheSameTime() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    send(queue, "t", "x");
    SessionReceiver s = accept(queue, "s");
    take(s, "a");

    consumeAll(accept(queue, "t"), "x");
  }

  @Test
  @Promise("SES-19")
  void sessionsWithSimilarIdsAreDifferentSessions() {
    QueueName queue = sessionQueue();
    List<String> ids = List.of("a/b", "a_b", "a b", "a::b", "A/B", "a%2Fb", "ä/b");
    ids.forEach(id -> send(queue, id, "for " + id));

    ids.forEach(id -> consumeAll(accept(queue, id), "for " + id));
  }

  @Test
  @Promise("SES-8")
  void aClosedSessionCanBeAcceptedAtOnce() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver first = accept(queue, "s");

    await(first.closeAsync());

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("SES-8")
  void theBlockingCloseGivesTheSessionBackToo() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver first = accept(queue, "s");
    take(first);

    first.close();

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("SES-8")
  void closingASessionAgainDoesNothing() {
    QueueName queue = sessionQueue();
    SessionReceiver first = accept(queue, "s");
    await(first.closeAsync());
    SessionReceiver second = accept(queue, "s");

    await(first.closeAsync());
    first.close();

    failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));
    nothingIn(second);
  }

  @Test
  @Promise("semantics 17")
  void aClosedHolderCanDoNothing() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(session);
    await(session.closeAsync());

    List<Class<? extends RuntimeException>> ended =
        List.of(Closed.class, SessionLockLost.class, InvalidReceipt.class);
    failureOf(session.receive(1, fixture.look()), ended);
    failureOf(session.settle(message, Settlement.complete()), ended);
    failureOf(session.renewSessionLock(), ended);

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("SES-8")
  void closingEndsTheHoldersWaitingReceiveEmpty() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    var receive = waiting(session);

    await(session.closeAsync());

    assertThat(await(receive)).isEmpty();
  }

  @Test
  @Promise("SES-8")
  void whatAHolderSettledStaysSettledAfterItsClose() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver first = accept(queue, "s");
    consume(first, "a");

    await(first.closeAsync());

    consumeAll(accept(queue, "s"), "b");
  }

  @Test
  @Promise("QueueProvider.acceptSession")
  void acceptingWaitsForTheHolderToClose() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver first = accept(queue, "s");
    CompletableFuture<SessionReceiver> second = provider.acceptSession(queue, S, LONG);
    settleDown();
    assertThat(second).isNotDone();

    await(first.closeAsync());

    consumeAll(track(await(second)), "a");
  }

  @Test
  @Promise("SES-9")
  void acceptingWaitsForTheHoldersLockToEnd() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    accept(queue, "s");
    CompletableFuture<SessionReceiver> second = provider.acceptSession(queue, S, LONG);
    settleDown();
    assertThat(second).isNotDone();

    pass(lock());

    consumeAll(track(await(second)), "a");
  }

  @Test
  @Promise("QueueProvider.acceptSession")
  void acceptingGivesUpWhenItsTimeIsOver() {
    QueueName queue = sessionQueue();
    accept(queue, "s");
    CompletableFuture<SessionReceiver> second = provider.acceptSession(queue, S, step());
    pass(step().dividedBy(2));
    assertThat(second).isNotDone();

    pass(step().dividedBy(2));

    failure(SessionLocked.class, second);
  }

  @Test
  @Promise("SES-13")
  void ofTwoWhoWaitForASessionOneGetsIt() {
    QueueName queue = sessionQueue();
    SessionReceiver first = accept(queue, "s");
    CompletableFuture<SessionReceiver> second = provider.acceptSession(queue, S, LONG);
    CompletableFuture<SessionReceiver> third = provider.acceptSession(queue, S, LONG);
    settleDown();

    await(first.closeAsync());

    SessionReceiver winner = track((SessionReceiver) await(CompletableFuture.anyOf(second, third)));
    settleDown();
    CompletableFuture<SessionReceiver> loser = second.isDone() ? third : second;
    assertThat(loser).isNotDone();
    await(winner.closeAsync());
    track(await(loser));
  }

  @Test
  @Promise("QueueProvider.acceptSession")
  void aCancelledAcceptTakesNoSession() {
    QueueName queue = sessionQueue();
    SessionReceiver first = accept(queue, "s");
    CompletableFuture<SessionReceiver> second = provider.acceptSession(queue, S, LONG);
    settleDown();

    second.cancel(true);
    settleDown();
    await(first.closeAsync());

    accept(queue, "s");
  }

  @Test
  @Promise("SES-16")
  void aPlainReceiverCannotReceiveFromASessionQueue() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");

    failure(ValidationFailed.class, receiver(queue).receive(1, fixture.look()));

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("SES-16")
  void aPlainQueueHasNoSessionToAccept() {
    QueueName queue = queue();
    send(queue, "a");

    failure(ValidationFailed.class, provider.acceptSession(queue, S, fixture.look()));

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("ACK-12")
  void aHolderCannotSettleAnotherSessionsMessage() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver s = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(s);

    failure(InvalidReceipt.class, accept(queue, "t").settle(message, Settlement.complete()));

    settle(s, message, Settlement.complete());
  }
}
