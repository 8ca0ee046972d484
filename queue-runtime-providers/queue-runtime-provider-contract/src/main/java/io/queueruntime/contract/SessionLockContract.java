package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A session's lock: renewing it, losing it, and what a holder that has lost it cannot do. Used by
 * one thread.
 */
@Needs(Capability.SESSIONS)
public abstract class SessionLockContract extends ProviderContract {

  private static final SessionId S = SessionId.of("s");

  @Test
  @Promise("SES-9")
  void aSessionIsHeldForTheLengthOfItsLock() {
    QueueName queue = sessionQueue();
    accept(queue, "s");

    pass(lock().dividedBy(2));

    failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));
  }

  @Test
  @Promise("SES-9")
  void whenItsLockEndsASessionCanBeAccepted() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    take(accept(queue, "s"));

    pass(lock());

    assertThat(take(accept(queue, "s"), "a").deliveryCount()).isEqualTo(2);
  }

  @Test
  @Promise("semantics 4")
  void aLostSessionsHolderReceivesNothing() {
    SessionReceiver lost = lostSession(sessionQueue());

    SessionLockLost failure = failure(SessionLockLost.class, lost.receive(1, fixture.look()));

    assertThat(failure.isTransient()).isFalse();
  }

  @Test
  @Promise("semantics 4")
  void aLostSessionsHolderCannotRenewIt() {
    QueueName queue = sessionQueue();
    SessionReceiver lost = lostSession(queue);

    failure(SessionLockLost.class, lost.renewSessionLock());

    accept(queue, "s");
  }

  @Test
  @Needs(Capability.SESSION_STATE)
  @Promise("semantics 4")
  void aLostSessionsHolderCannotReadItsState() {
    SessionReceiver lost = lostSession(sessionQueue());

    failure(SessionLockLost.class, lost.state());
  }

  @Test
  @Needs(Capability.SESSION_STATE)
  @Promise("semantics 4")
  void aLostSessionsHolderCannotChangeItsState() {
    QueueName queue = sessionQueue();
    SessionReceiver lost = lostSession(queue);
    SessionReceiver holder = accept(queue, "s");
    await(holder.setState(new byte[] {1}));

    failure(SessionLockLost.class, lost.setState(new byte[] {2}));

    assertThat(await(holder.state())).contains(new byte[] {1});
  }

  @Test
  @Needs(Capability.DEFER)
  @Promise("semantics 4")
  void aLostSessionsHolderReceivesNothingDeferred() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(session);
    settle(session, message, Settlement.defer());
    pass(lock());

    failure(SessionLockLost.class, session.receiveDeferred(List.of(message.sequenceNumber())));
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("semantics 4")
  void aLostSessionsHolderCannotPeek() {
    SessionReceiver lost = lostSession(sessionQueue());

    failure(SessionLockLost.class, lost.peek(SequenceNumber.START, 1));
  }

  @Test
  @Promise("semantics 4")
  void aLostSessionsHolderCannotComplete() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver lost = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(lost);
    pass(lock());

    failure(SessionLockLost.class, lost.settle(message, Settlement.complete()));

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("semantics 4")
  void aLostSessionsHolderCannotSettleWhatTheNextOneHolds() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver lost = accept(queue, "s");
    ReceivedMessage<byte[]> late = take(lost);
    pass(lock());
    SessionReceiver holder = accept(queue, "s");
    ReceivedMessage<byte[]> held = take(holder);

    failure(SessionLockLost.class, lost.settle(late, Settlement.complete()));
    failure(SessionLockLost.class, lost.settle(late, Settlement.abandon()));

    nothingIn(holder); // the message is still out
    settle(holder, held, Settlement.abandon()); // and not completed
    take(holder, "a");
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("semantics 4")
  void aLostSessionsHolderCannotRenewThroughAMessage() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver lost = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(lost);
    pass(lock());

    failure(SessionLockLost.class, lost.renewLock(message));

    accept(queue, "s");
  }

  @Test
  @Promise("SES-8")
  void aLostSessionsHolderFreesNothingByClosing() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver lost = accept(queue, "s");
    take(lost);
    pass(lock());
    SessionReceiver holder = accept(queue, "s");
    ReceivedMessage<byte[]> held = take(holder);

    await(lost.closeAsync());

    failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));
    settle(holder, held, Settlement.complete());
  }

  @Test
  @Promise("semantics 4")
  void aSessionOnceLostStaysLost() {
    QueueName queue = sessionQueue();
    SessionReceiver lost = lostSession(queue);
    await(accept(queue, "s").closeAsync()); // held by another one, and free again
    send(queue, "s", "a");

    failure(SessionLockLost.class, lost.receive(1, fixture.look()));
    failure(SessionLockLost.class, lost.renewSessionLock());

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("semantics 4")
  void aReceiveThatWaitsEndsWhenTheSessionIsLost() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    var receive = waiting(session);

    pass(lock());

    try {
      assertThat(await(receive)).isEmpty();
    } catch (SessionLockLost e) {
      assertThat(e.isTransient()).isFalse();
    }
    send(queue, "s", "a");
    assertThat(take(accept(queue, "s"), "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("semantics 3")
  void losingOneSessionLeavesTheOthersAlone() {
    QueueName queue = sessionQueue();
    send(queue, "t", "x");
    accept(queue, "s");
    pass(lock().dividedBy(2));
    SessionReceiver t = accept(queue, "t");
    ReceivedMessage<byte[]> message = take(t);

    pass(lock().dividedBy(2));

    settle(t, message, Settlement.complete());
    failure(
        SessionLocked.class, provider.acceptSession(queue, SessionId.of("t"), fixture.glance()));
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("SES-6")
  void renewingExtendsASessionsLockToItsFullLengthFromNow() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    pass(lock().dividedBy(2));
    Instant before = fixture.now();

    Instant until = await(session.renewSessionLock());

    isAfter(lock(), before, until);
    assertThat(session.lockedUntil()).isEqualTo(until);
    pass(lock().multipliedBy(3).dividedBy(4)); // beyond the first lock's end
    failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));
    nothingIn(session);
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("SES-2")
  void whoIsRefusedLearnsOfTheRenewal() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    pass(lock().dividedBy(2));
    Instant until = await(session.renewSessionLock());

    SessionLocked refused =
        failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));

    assertThat(refused.lockedUntil().orElse(until)).isEqualTo(until);
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("SES-6")
  void aRenewedSessionsLockEndsToo() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    pass(lock().dividedBy(2));
    await(session.renewSessionLock());

    pass(lock());

    failure(SessionLockLost.class, session.receive(1, fixture.look()));
    accept(queue, "s");
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("SES-4")
  void renewingASessionRenewsItsMessages() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(session);
    pass(lock().dividedBy(2));
    await(session.renewSessionLock());

    pass(lock().multipliedBy(3).dividedBy(4)); // beyond the first lock's end

    nothingIn(session);
    settle(session, message, Settlement.complete());
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("SessionReceiver")
  void renewingAMessageRenewsItsSession() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> message = take(session);
    pass(lock().dividedBy(2));
    Instant before = fixture.now();

    Instant until = await(session.renewLock(message));

    isAfter(lock(), before, until);
    pass(lock().multipliedBy(3).dividedBy(4));
    failure(SessionLocked.class, provider.acceptSession(queue, S, fixture.glance()));
    settle(session, message, Settlement.complete());
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("semantics 16")
  void aSessionCanBeRenewedAgainAndAgain() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");

    for (int i = 0; i < 5; i++) {
      pass(lock().multipliedBy(2).dividedBy(3));
      await(session.renewSessionLock());
    }

    send(queue, "s", "a");
    consumeAll(session, "a");
  }

  @Test
  @Needs(Capability.RENEW_LOCK)
  @Promise("SES-6")
  void renewingOneSessionLeavesTheOthersAlone() {
    QueueName queue = sessionQueue();
    SessionReceiver s = accept(queue, "s");
    SessionReceiver t = accept(queue, "t");
    pass(lock().dividedBy(2));
    await(s.renewSessionLock());

    pass(lock().dividedBy(2));

    failure(SessionLockLost.class, t.receive(1, fixture.look()));
    nothingIn(s);
  }

  @Test
  @Promise("SES-9")
  void theNextHolderGetsAFullLock() {
    QueueName queue = sessionQueue();
    lostSession(queue);

    SessionReceiver holder = accept(queue, "s");

    pass(lock().multipliedBy(3).dividedBy(4));
    send(queue, "s", "a");
    assertThat(new String(take(holder).body(), StandardCharsets.UTF_8)).isEqualTo("a");
  }

  @Test
  @Needs(Capability.ACCEPT_NEXT_SESSION)
  @Promise("DYN-5")
  void aSessionWhoseHolderDisappearedIsTakenOver() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver gone = acceptNext(queue);
    consume(gone, "a");
    take(gone, "b");

    pass(lock());

    SessionReceiver successor = acceptNext(queue);
    assertThat(take(successor, "b").deliveryCount()).isEqualTo(2);
    await(gone.closeAsync());
    nothingIn(successor);
  }

  private SessionReceiver lostSession(QueueName queue) {
    SessionReceiver session = accept(queue, "s");
    pass(lock());
    return session;
  }
}
