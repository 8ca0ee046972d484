package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What survives the sudden death of the provider. Used by one thread. */
@Needs(crash = true)
public abstract class CrashContract extends ProviderContract {

  @Test
  @Promise("semantics 1")
  void whatWasAcknowledgedSurvivesSuddenDeath() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    await(provider.sender(queue).sendAll(List.of(message("d").build(), message("e").build())));
    QueueReceiver receiver = receiver(queue);
    consume(receiver, "a");
    settle(receiver, take(receiver, "b"), Settlement.deadLetter("Broken", null));
    take(receiver, "c");

    provider = fixture.crash();

    consumeAll(receiver(queue), "c", "d", "e");
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("b");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.SESSION_STATE})
  @Promise("semantics 4")
  void sessionsAreFreeAndWholeAfterSuddenDeath() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b", "c");
    SessionReceiver before = accept(queue, "s");
    consume(before, "a");
    await(before.setState(new byte[] {7}));
    take(before, "b");

    provider = fixture.crash();

    SessionReceiver session = accept(queue, "s");
    assertThat(await(session.state())).contains(new byte[] {7});
    consumeAll(session, "b", "c");
  }

  @Test
  @Needs({Capability.DUPLICATE_DETECTION, Capability.SCHEDULE, Capability.DEFER})
  @Promise("semantics 1")
  void whatWasSetAsideSurvivesSuddenDeath() {
    QueueName queue =
        queue(options -> options.withDuplicateDetectionWindow(step().multipliedBy(5)));
    send(queue, message("deferred").messageId("1"));
    QueueReceiver before = receiver(queue);
    ReceivedMessage<byte[]> deferred = take(before);
    settle(before, deferred, Settlement.defer());
    send(queue, message("later").messageId("2").scheduledEnqueueTime(fixture.now().plus(step())));

    provider = fixture.crash();

    discarded(send(queue, message("copy").messageId("1")).outcome());
    discarded(send(queue, message("copy").messageId("2")).outcome());
    QueueReceiver receiver = receiver(queue);
    nothingIn(receiver);
    pass(step());
    consumeAll(receiver, "later");
    assertThat(texts(await(receiver.receiveDeferred(List.of(deferred.sequenceNumber())))))
        .containsExactly("deferred");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 4")
  void aHolderFromBeforeASuddenDeathHoldsNothing() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    ReceivedMessage<byte[]> before = take(accept(queue, "s"));

    provider = fixture.crash();

    SessionReceiver session = accept(queue, "s");
    take(session, "a");
    failureOf(
        session.settle(before, Settlement.complete()),
        List.of(InvalidReceipt.class, LockLost.class, SessionLockLost.class));
    await(session.closeAsync());
    consumeAll(accept(queue, SessionId.of("s").value()), "a");
  }
}
