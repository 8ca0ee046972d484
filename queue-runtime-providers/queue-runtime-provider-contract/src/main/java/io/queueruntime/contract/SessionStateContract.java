package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a session's holder leaves for the next one. Used by one thread. */
@Needs({Capability.SESSIONS, Capability.SESSION_STATE})
public abstract class SessionStateContract extends ProviderContract {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  @Promise("STA-1")
  void aNewSessionHasNoState() {
    assertThat(await(accept(sessionQueue(), "s").state())).isEmpty();
  }

  @Test
  @Promise("STA-1")
  void whatWasStoredIsRead() {
    SessionReceiver session = accept(sessionQueue(), "s");

    await(session.setState(bytes("step 1")));

    assertThat(await(session.state())).contains(bytes("step 1"));
  }

  @Test
  @Promise("STA-1")
  void everyValueOfAByteIsKept() {
    SessionReceiver session = accept(sessionQueue(), "s");
    byte[] state = new byte[256];
    IntStream.range(0, 256).forEach(i -> state[i] = (byte) i);

    await(session.setState(state));

    assertThat(await(session.state())).contains(state);
  }

  @Test
  @Promise("STA-1")
  void whatWasStoredLastCounts() {
    SessionReceiver session = accept(sessionQueue(), "s");
    await(session.setState(bytes("a longer first state")));

    await(session.setState(bytes("second")));

    assertThat(await(session.state())).contains(bytes("second"));
  }

  @Test
  @Promise("STA-1")
  void nullTakesTheStateAway() {
    SessionReceiver session = accept(sessionQueue(), "s");
    await(session.setState(bytes("something")));

    await(session.setState(null));

    assertThat(await(session.state())).isEmpty();
  }

  @Test
  @Promise("STA-1")
  void theNextHolderReadsIt() {
    QueueName queue = sessionQueue();
    SessionReceiver first = accept(queue, "s");
    await(first.setState(bytes("from the first")));

    await(first.closeAsync());

    assertThat(await(accept(queue, "s").state())).contains(bytes("from the first"));
  }

  @Test
  @Promise("STA-1")
  void itOutlivesALostLock() {
    QueueName queue = sessionQueue();
    await(accept(queue, "s").setState(bytes("from the lost")));

    pass(lock());

    assertThat(await(accept(queue, "s").state())).contains(bytes("from the lost"));
  }

  @Test
  @Promise("STA-1")
  void itOutlivesTheSessionsMessages() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    SessionReceiver first = accept(queue, "s");
    await(first.setState(bytes("kept")));
    consumeAll(first, "a");
    await(first.closeAsync());
    pass(step());

    assertThat(await(accept(queue, "s").state())).contains(bytes("kept"));
  }

  @Test
  @Promise("STA-1")
  void eachSessionHasItsOwn() {
    QueueName queue = sessionQueue();
    SessionReceiver s = accept(queue, "s");
    SessionReceiver t = accept(queue, "t");

    await(s.setState(bytes("of s")));
    assertThat(await(t.state())).isEmpty();
    await(t.setState(bytes("of t")));

    assertThat(await(s.state())).contains(bytes("of s"));
    assertThat(await(t.state())).contains(bytes("of t"));
  }

  @Test
  @Promise("STA-1")
  void eachQueueHasItsOwn() {
    QueueName queue = sessionQueue();
    QueueName other = sessionQueue();

    await(accept(queue, "s").setState(bytes("of the first queue")));

    assertThat(await(accept(other, "s").state())).isEmpty();
  }

  @Test
  @Promise("STA-1")
  void settlingDoesNotTouchIt() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver session = accept(queue, "s");
    await(session.setState(bytes("kept")));

    settle(session, take(session), Settlement.complete());
    settle(session, take(session), Settlement.abandon());

    assertThat(await(session.state())).contains(bytes("kept"));
  }

  @Test
  @Needs(Capability.ACCEPT_NEXT_SESSION)
  @Promise("STA-1")
  void aSessionWithAStateButNoMessagesIsNotNext() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    await(session.setState(bytes("waiting")));
    await(session.closeAsync());

    noSessionIn(queue);
    assertThat(await(accept(queue, "s").state())).contains(bytes("waiting"));
  }

  @Test
  @Promise("STA-1")
  void aStateBeyondTheLimitIsRefusedAndTheOldOneKept() {
    long limit = provider.capabilities().limits().maxSessionStateSize();
    assumeThat(limit).as("the limit, which a test can exceed").isLessThan(64L * 1024 * 1024);
    SessionReceiver session = accept(sessionQueue(), "s");
    await(session.setState(bytes("kept")));

    failureOf(
        session.setState(new byte[(int) limit + 1]),
        List.of(MessageTooLarge.class, ValidationFailed.class, QuotaExceeded.class));

    assertThat(await(session.state())).contains(bytes("kept"));
  }
}
