package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import org.junit.jupiter.api.Test;

/**
 * What queues and sessions still know after the provider was closed and opened again. Used by one
 * thread.
 */
@Needs(reopen = true)
public abstract class QueueRecoveryContract extends ProviderContract {

  private void reopen() {
    provider = fixture.reopen();
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.ABANDON_WITH_DELAY, Capability.EXACT_DELIVERY_COUNT})
  @Promise("semantics 3")
  void aSessionsOrderIsKeptThoughItsHeadWasInBackOff() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    SessionReceiver before = accept(queue, "s");
    settle(before, take(before, "a"), Settlement.abandonAfter(step()));

    reopen();
    pass(step());

    SessionReceiver session = accept(queue, "s");
    assertThat(take(session, "a").deliveryCount()).isEqualTo(2);
    assertThat(take(session, "b").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 3")
  void sessionsKeepTheirMessagesInOrder() {
    QueueName queue = sessionQueue();
    for (int i = 0; i < 5; i++) {
      send(queue, "s", "s" + i);
      send(queue, "t", "t" + i);
    }
    SessionReceiver before = accept(queue, "s");
    consume(before, "s0");
    take(before, "s1");

    reopen();

    consumeAll(accept(queue, "s"), "s1", "s2", "s3", "s4");
    consumeAll(accept(queue, "t"), "t0", "t1", "t2", "t3", "t4");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 4")
  void sessionsAreHeldByNobody() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    accept(queue, "s");

    reopen();

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.SESSION_STATE})
  @Promise("STA-1")
  void sessionStateIsKept() {
    QueueName queue = sessionQueue();
    await(accept(queue, "s").setState(new byte[] {1, 2, 3}));
    SessionReceiver t = accept(queue, "t");
    await(t.setState(new byte[] {4}));
    await(t.setState(null));

    reopen();

    assertThat(await(accept(queue, "s").state())).contains(new byte[] {1, 2, 3});
    assertThat(await(accept(queue, "t").state())).isEmpty();
  }

  @Test
  @Needs(Capability.DUPLICATE_DETECTION)
  @Promise("semantics 9")
  void duplicatesAreStillRecognized() {
    QueueName queue =
        queue(options -> options.withDuplicateDetectionWindow(step().multipliedBy(5)));
    send(queue, message("completed").messageId("1"));
    consumeAll(receiver(queue), "completed");
    send(queue, message("waiting").messageId("2"));

    reopen();

    discarded(send(queue, message("copy").messageId("1")).outcome());
    discarded(send(queue, message("copy").messageId("2")).outcome());
    letGo();
    consumeAll(receiver(queue), "waiting");
  }

  @Test
  @Needs(Capability.DUPLICATE_DETECTION)
  @Promise("semantics 9")
  void idsAreForgottenAfterTheirWindowAllTheSame() {
    QueueName queue =
        queue(options -> options.withDuplicateDetectionWindow(step().multipliedBy(2)));
    send(queue, message("a").messageId("1"));
    pass(step());

    reopen();
    pass(step());

    assertThat(send(queue, message("b").messageId("1")).outcome()).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  @Needs(Capability.DEDUPLICATION_KEY)
  @Promise("semantics 9")
  void keysStillReplaceInPlace() {
    QueueName queue = queue();
    send(queue, message("old").deduplicationKey("k"));
    send(queue, message("older").deduplicationKey("l"));
    send(queue, message("newer").deduplicationKey("l"));
    send(queue, "after");

    reopen();

    assertThat(send(queue, message("new").deduplicationKey("k")).outcome())
        .isEqualTo(SendOutcome.REPLACED);
    consumeAll(receiver(queue), "new", "newer", "after");
  }

  @Test
  @Needs(Capability.DEDUPLICATION_KEY)
  @Promise("DUP-2")
  void aSupersededMessageIsGone() {
    QueueName queue = queue();
    send(queue, message("old").deduplicationKey("k"));
    take(receiver(queue), "old");
    send(queue, message("new").deduplicationKey("k"));

    reopen();

    consumeAll(receiver(queue), "new");
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("ADM-1")
  void queuesKeepTheirOptions() {
    QueueName queue =
        queue(options -> options.withMaxDeliveryCount(7).withLockDuration(lock().dividedBy(2)));
    QueueOptions before = provider.admin().describe(queue).orElseThrow().options();
    QueueName changed = queue();
    provider.admin().update(changed, fixture.queueOptions().withMaxDeliveryCount(2));

    reopen();

    assertThat(provider.admin().describe(queue).orElseThrow().options()).isEqualTo(before);
    assertThat(provider.admin().describe(changed).orElseThrow().options().maxDeliveryCount())
        .isEqualTo(2);
  }

  @Test
  @Promise("ADM-2")
  void aDeletedQueueStaysDeleted() {
    QueueName deleted = queue();
    send(deleted, "a");
    QueueName again = queue();
    send(again, "old");
    provider.admin().delete(deleted);
    provider.admin().delete(again);
    provider.admin().create(again, fixture.queueOptions());
    send(again, "new");

    reopen();

    assertThat(provider.admin().exists(deleted)).isFalse();
    consumeAll(receiver(again), "new");
  }

  @Test
  @Promise("QueueAdmin.purge")
  void whatWasPurgedStaysGone() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    provider.admin().purge(queue);
    send(queue, "c");

    reopen();
    letGo();

    consumeAll(receiver(queue), "c");
  }

  @Test
  @Needs(Capability.STATISTICS)
  @Promise("ADM-3")
  void statisticsAreTheSame() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    consume(receiver, "a");
    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));
    QueueStatistics before = statistics(queue, 1);

    reopen();

    assertThat(statistics(queue, 1)).isEqualTo(before);
    assertThat(before.active()).isEqualTo(1);
  }
}
