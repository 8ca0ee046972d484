package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Taking hold of whichever session has messages. Used by one thread. */
@Needs({Capability.SESSIONS, Capability.ACCEPT_NEXT_SESSION})
public abstract class NextSessionContract extends ProviderContract {

  private static final SessionId S = SessionId.of("s");

  @Test
  @Promise("SES-3")
  void acceptingTheNextSessionTakesOneWithMessages() {
    QueueName queue = sessionQueue();
    await(accept(queue, "empty").closeAsync());
    send(queue, "s", "a");

    SessionReceiver session = acceptNext(queue);

    assertThat(session.sessionId()).isEqualTo(S);
    consumeAll(session, "a");
  }

  @Test
  @Promise("SES-3")
  void theSessionThatHasWaitedLongestIsNext() {
    QueueName queue = sessionQueue();
    send(queue, "z", "1");
    send(queue, "a", "2");
    send(queue, "m", "3");
    send(queue, "z", "4");

    assertThat(List.of(acceptNext(queue), acceptNext(queue), acceptNext(queue)))
        .extracting(SessionReceiver::sessionId)
        .containsExactly(SessionId.of("z"), SessionId.of("a"), SessionId.of("m"));
  }

  @Test
  @Promise("SES-3")
  void aBusySessionDoesNotStarveTheOthers() {
    QueueName queue = sessionQueue();
    send(queue, "busy", "1");
    send(queue, "quiet", "x");
    send(queue, "busy", "2");
    SessionReceiver busy = acceptNext(queue);
    consume(busy, "1");

    await(busy.closeAsync());

    assertThat(acceptNext(queue).sessionId()).isEqualTo(SessionId.of("quiet"));
  }

  @Test
  @Promise("semantics 4")
  void aHeldSessionIsNotNext() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    acceptNext(queue);

    noSessionIn(queue);
    send(queue, "t", "x");
    assertThat(acceptNext(queue).sessionId()).isEqualTo(SessionId.of("t"));
  }

  @Test
  @Promise("SES-3")
  void anEmptiedSessionIsNotNext() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver session = acceptNext(queue);
    consumeAll(session, "a");
    await(session.closeAsync());

    noSessionIn(queue);
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 3")
  void aSessionWhoseHeadIsInBackOffIsNotNext() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = acceptNext(queue);
    settle(session, take(session), Settlement.abandonAfter(step()));
    await(session.closeAsync());

    noSessionIn(queue);
    pass(step());
    consumeAll(acceptNext(queue), "a", "b");
  }

  @Test
  @Promise("semantics 15")
  void withoutASessionAcceptingEndsEmptyWhenItsTimeIsOver() {
    QueueName queue = sessionQueue();
    CompletableFuture<Optional<SessionReceiver>> next = provider.acceptNextSession(queue, step());
    pass(step().dividedBy(2));
    assertThat(next).isNotDone();

    pass(step().dividedBy(2));

    assertThat(await(next)).isEmpty();
    send(queue, "s", "a");
    consumeAll(acceptNext(queue), "a");
  }

  @Test
  @Promise("semantics 7")
  void aSendWakesWhoWaitsForASession() {
    QueueName queue = sessionQueue();
    CompletableFuture<Optional<SessionReceiver>> next = waitingForASession(queue);

    send(queue, "s", "a");

    consumeAll(track(await(next).orElseThrow()), "a");
  }

  @Test
  @Promise("semantics 7")
  void aClosedSessionWithMessagesWakesWhoWaitsForASession() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver first = accept(queue, "s");
    take(first);
    CompletableFuture<Optional<SessionReceiver>> next = waitingForASession(queue);

    await(first.closeAsync());

    consumeAll(track(await(next).orElseThrow()), "a");
  }

  @Test
  @Promise("semantics 7")
  void aLostSessionWithMessagesWakesWhoWaitsForASession() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    take(accept(queue, "s"));
    CompletableFuture<Optional<SessionReceiver>> next = waitingForASession(queue);

    pass(lock());

    consumeAll(track(await(next).orElseThrow()), "a");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 7")
  void theEndOfABackOffWakesWhoWaitsForASession() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver first = accept(queue, "s");
    settle(first, take(first), Settlement.abandonAfter(step()));
    await(first.closeAsync());
    CompletableFuture<Optional<SessionReceiver>> next = waitingForASession(queue);

    pass(step());

    consumeAll(track(await(next).orElseThrow()), "a");
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("semantics 7")
  void aScheduledMessageThatFallsDueWakesWhoWaitsForASession() {
    QueueName queue = sessionQueue();
    send(queue, message("s", "a").scheduledEnqueueTime(fixture.now().plus(step())));
    CompletableFuture<Optional<SessionReceiver>> next = waitingForASession(queue);

    pass(step());

    consumeAll(track(await(next).orElseThrow()), "a");
  }

  @Test
  @Promise("semantics 15")
  void everyoneWhoWaitsGetsASessionOfHisOwn() {
    QueueName queue = sessionQueue();
    List<CompletableFuture<Optional<SessionReceiver>>> waiting =
        List.of(waitingForASession(queue), waitingForASession(queue), waitingForASession(queue));

    send(queue, "s", "a");
    send(queue, "t", "x");
    send(queue, "u", "1");

    Set<String> held = new HashSet<>();
    waiting.forEach(next -> held.add(track(await(next).orElseThrow()).sessionId().value()));
    assertThat(held).containsExactlyInAnyOrder("s", "t", "u");
  }

  @Test
  @Promise("QueueProvider.acceptNextSession")
  void aCancelledWaitForASessionTakesNone() {
    QueueName queue = sessionQueue();
    CompletableFuture<Optional<SessionReceiver>> next = waitingForASession(queue);

    next.cancel(true);
    settleDown();
    send(queue, "s", "a");

    consumeAll(acceptNext(queue), "a");
  }

  @Test
  @Promise("SES-16")
  void aPlainQueueHasNoNextSession() {
    QueueName queue = queue();
    send(queue, "a");

    failure(ValidationFailed.class, provider.acceptNextSession(queue, fixture.look()));

    consumeAll(receiver(queue), "a");
  }

  private CompletableFuture<Optional<SessionReceiver>> waitingForASession(QueueName queue) {
    CompletableFuture<Optional<SessionReceiver>> next = provider.acceptNextSession(queue, LONG);
    settleDown();
    assertThat(next).isNotDone();
    return next;
  }
}
