package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Creating, changing, describing and deleting queues. Used by one thread. */
public abstract class AdminContract extends ProviderContract {

  @Test
  @Promise("ADM-2")
  void aQueueExistsOnceItIsCreated() {
    QueueName queue = fixture.newQueueName();
    assertThat(provider.admin().exists(queue)).isFalse();

    assertThat(provider.admin().create(queue, fixture.queueOptions())).isTrue();

    assertThat(provider.admin().exists(queue)).isTrue();
  }

  @Test
  @Promise("QueueAdmin.create")
  void creatingAQueueAgainChangesNothing() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(3));
    send(queue, "a");

    assertThat(provider.admin().create(queue, fixture.queueOptions().withMaxDeliveryCount(9)))
        .isFalse();

    assertThat(options(queue).maxDeliveryCount()).isEqualTo(3);
    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 13")
  void aPlainQueueCannotBeCreatedAgainWithSessions() {
    QueueName queue = queue();

    assertThatThrownBy(
            () -> provider.admin().create(queue, fixture.queueOptions().withSessions(true)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining(queue.value());

    send(queue, "a");
    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 13")
  void aSessionQueueCannotBeCreatedAgainWithout() {
    QueueName queue = sessionQueue();

    assertThatThrownBy(() -> provider.admin().create(queue, fixture.queueOptions()))
        .isInstanceOf(ConfigurationInvalid.class);

    assertThat(options(queue).sessions()).isTrue();
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 13")
  void whetherAQueueHasSessionsCannotBeChanged() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");

    assertThatThrownBy(() -> provider.admin().update(queue, fixture.queueOptions()))
        .isInstanceOf(ConfigurationInvalid.class);

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("ADM-1")
  void aQueueIsDescribedAsItWasCreated() {
    Instant before = fixture.now();
    QueueName queue =
        queue(options -> options.withMaxDeliveryCount(7).withLockDuration(lock().dividedBy(2)));

    QueueDescription description = provider.admin().describe(queue).orElseThrow();

    assertThat(description.name()).isEqualTo(queue);
    assertThat(description.options().maxDeliveryCount()).isEqualTo(7);
    assertThat(description.options().lockDuration()).isEqualTo(lock().dividedBy(2));
    assertThat(description.options().sessions()).isFalse();
    isAfter(Duration.ZERO, before, description.createdAt());
  }

  @Test
  @Needs({
    Capability.SESSIONS,
    Capability.TIME_TO_LIVE,
    Capability.DUPLICATE_DETECTION,
    Capability.CAPACITY,
    Capability.AUTO_DELETE_ON_IDLE
  })
  @Promise("ADM-1")
  void everyOptionIsKept() {
    QueueOptions all =
        QueueOptions.DEFAULTS
            .withSessions(true)
            .withLockDuration(lock().dividedBy(2))
            .withMaxDeliveryCount(7)
            .withDefaultTimeToLive(step().multipliedBy(3))
            .withDeadLetterOnExpiration(false)
            .withDuplicateDetectionWindow(step().multipliedBy(2))
            .withAutoDeleteOnIdle(step().multipliedBy(100))
            .withMaxMessageSize(9_000L)
            .withCapacity(42);
    QueueName queue = queue(options -> all);

    assertThat(options(queue)).isEqualTo(all);
  }

  @Test
  @Promise("ADM-2")
  void whatDoesNotExistIsNotDescribed() {
    assertThat(provider.admin().describe(fixture.newQueueName())).isEmpty();
  }

  @Test
  @Promise("QueueAdmin.list")
  void allQueuesAreListedInAlphabeticalOrder() {
    QueueName one = queue();
    QueueName two = queue();
    QueueName three = queue();

    List<QueueName> list = provider.admin().list();

    assertThat(list).contains(one, two, three).isSorted().doesNotHaveDuplicates();
    provider.admin().delete(two);
    assertThat(provider.admin().list()).contains(one, three).doesNotContain(two);
  }

  @Test
  @Promise("QueueAdmin.update")
  void aChangeIsDescribed() {
    QueueName queue = queue();

    provider.admin().update(queue, fixture.queueOptions().withMaxDeliveryCount(2));

    assertThat(options(queue).maxDeliveryCount()).isEqualTo(2);
  }

  @Test
  @Promise("QueueAdmin.update")
  void aChangeTakesEffectOnWhatIsThereAlready() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(9));
    send(queue, "a");
    provider.admin().update(queue, fixture.queueOptions().withMaxDeliveryCount(1));
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.abandon());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("QueueAdmin.update")
  void aChangeKeepsTheMessages() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");

    provider.admin().update(queue, fixture.queueOptions().withMaxDeliveryCount(2));

    consumeAll(receiver(queue), "a", "b");
  }

  @Test
  @Promise("QueueAdmin.update")
  void whatDoesNotExistCannotBeChanged() {
    QueueName queue = fixture.newQueueName();

    assertThatThrownBy(() -> provider.admin().update(queue, fixture.queueOptions()))
        .isInstanceOf(QueueNotFound.class);

    assertThat(provider.admin().exists(queue)).isFalse();
  }

  @Test
  @Promise("ADM-2")
  void aDeletedQueueIsGone() {
    QueueName queue = queue();
    send(queue, "a");

    assertThat(provider.admin().delete(queue)).isTrue();

    assertThat(provider.admin().exists(queue)).isFalse();
    failure(QueueNotFound.class, provider.sender(queue).send(message("b").build()));
    failure(QueueNotFound.class, receiver(queue).receive(1, fixture.look()));
  }

  @Test
  @Promise("ADM-2")
  void whatDoesNotExistIsNotDeleted() {
    assertThat(provider.admin().delete(fixture.newQueueName())).isFalse();
  }

  @Test
  @Promise("ADM-2")
  void aQueueCreatedAnewIsEmpty() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));
    provider.admin().delete(queue);

    provider.admin().create(queue, fixture.queueOptions());

    nothingIn(receiver(queue));
    noDeadLettersIn(queue);
    send(queue, "c");
    consumeAll(receiver(queue), "c");
  }

  @Test
  @Promise("ADM-2")
  void deletingAQueueEndsWhoWaitsThere() {
    QueueName queue = queue();
    var receive = waiting(receiver(queue));

    provider.admin().delete(queue);

    try {
      assertThat(await(receive)).isEmpty();
    } catch (QueueRuntimeException.QueueNotFound e) {
      assertThat(e.queue()).contains(queue.value());
    }
  }

  @Test
  @Promise("semantics 5")
  void aMessageOfADeletedQueueCannotBeSettledInItsSuccessor() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> old = take(receiver);
    provider.admin().delete(queue);
    provider.admin().create(queue, fixture.queueOptions());
    send(queue, "b");

    failureOf(
        receiver(queue).settle(old, Settlement.complete()),
        List.of(QueueRuntimeException.InvalidReceipt.class, QueueRuntimeException.LockLost.class));

    consumeAll(receiver(queue), "b");
  }

  @Test
  @Promise("ADM-2")
  void aQueueCreatedAnewCountsItsOwnDeliveries() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver, "a"), Settlement.abandon());
    take(receiver, "a");
    provider.admin().delete(queue);
    provider.admin().create(queue, fixture.queueOptions());
    send(queue, "b");

    assertThat(take(receiver(queue), "b").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.SESSION_STATE})
  @Promise("ADM-2")
  void aSessionQueueCreatedAnewKnowsNoSessions() {
    QueueName queue = sessionQueue();
    SessionReceiver session = accept(queue, "s");
    await(session.setState(new byte[] {1}));
    provider.admin().delete(queue);

    provider.admin().create(queue, fixture.queueOptions().withSessions(true));

    assertThat(await(accept(queue, "s").state())).isEmpty();
  }

  @Test
  @Promise("QueueAdmin.purge")
  void purgingRemovesWhatIsNotHeldAndNoDeadLetters() {
    QueueName queue = queue();
    sendEach(queue, "dead", "held", "a", "b");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver, "dead"), Settlement.deadLetter("Broken", null));
    ReceivedMessage<byte[]> held = take(receiver, "held");

    assertThat(provider.admin().purge(queue)).isEqualTo(2);

    nothingIn(receiver);
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("dead");
    settle(receiver, held, Settlement.abandon());
    take(receiver, "held");
  }

  @Test
  @Promise("QueueAdmin.purge")
  void aPurgedQueueGoesOn() {
    QueueName queue = queue();
    send(queue, "a");
    provider.admin().purge(queue);

    send(queue, "b");

    consumeAll(receiver(queue), "b");
  }

  @Test
  @Needs(Capability.STATISTICS)
  @Promise("ADM-3")
  void statisticsCountEveryState() {
    QueueName queue = queue();
    sendEach(queue, "held", "a", "b", "dead");
    QueueReceiver receiver = receiver(queue);
    List<ReceivedMessage<byte[]>> all = takeAll(receiver, 4);
    settle(receiver, all.get(1), Settlement.release());
    settle(receiver, all.get(2), Settlement.release());
    settle(receiver, all.get(3), Settlement.deadLetter("Broken", null));

    QueueStatistics statistics = statistics(queue, 3);

    assertThat(statistics.active()).isEqualTo(3);
    if (provider.capabilities().has(Capability.DETAILED_STATISTICS)) {
      assertThat(statistics.locked()).isEqualTo(1);
      assertThat(statistics.sizeInBytes()).isPositive();
    }
    assertThat(statistics.deadLetter()).isEqualTo(1);
    assertThat(statistics.pending()).isEqualTo(3);
  }

  @Test
  @Needs(Capability.STATISTICS)
  @Promise("ADM-3")
  void statisticsReturnToZero() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    consumeAll(receiver(queue), "a", "b");

    assertThat(statistics(queue, 0)).isEqualTo(new QueueStatistics(0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  @Needs({Capability.STATISTICS, Capability.DETAILED_STATISTICS, Capability.SESSIONS})
  @Promise("ADM-3")
  void statisticsCountSessionsWithMessages() {
    QueueName queue = sessionQueue();
    sendEachIn(queue, "s", "a", "b");
    send(queue, "t", "x");

    assertThat(provider.admin().statistics(queue).sessions()).isEqualTo(2);
    assertThat(provider.admin().statistics(queue).active()).isEqualTo(3);
  }

  @Test
  @Needs(Capability.STATISTICS)
  @Promise("ADM-2")
  void whatDoesNotExistHasNoStatistics() {
    assertThatThrownBy(() -> provider.admin().statistics(fixture.newQueueName()))
        .isInstanceOf(QueueNotFound.class);
  }

  @Test
  @Needs(Capability.AUTO_DELETE_ON_IDLE)
  @Promise("ADM-1")
  void anIdleQueueIsDeletedWhenItSaysSo() {
    QueueName queue = queue(options -> options.withAutoDeleteOnIdle(step().multipliedBy(20)));

    pass(step().multipliedBy(10));
    assertThat(provider.admin().exists(queue)).isTrue();
    pass(step().multipliedBy(20));

    assertThat(provider.admin().exists(queue)).isFalse();
  }

  @Test
  @Needs(Capability.AUTO_DELETE_ON_IDLE)
  @Promise("ADM-1")
  void aQueueInUseIsNotIdle() {
    QueueName queue = queue(options -> options.withAutoDeleteOnIdle(step().multipliedBy(20)));

    for (int i = 0; i < 4; i++) {
      pass(step().multipliedBy(15));
      send(queue, "m" + i);
    }

    assertThat(texts(takeAll(receiver(queue), 4))).containsExactly("m0", "m1", "m2", "m3");
  }

  @Test
  @Needs(Capability.AUTO_DELETE_ON_IDLE)
  @Promise("ADM-1")
  void aQueueWithoutThatOptionStays() {
    QueueName queue = queue();

    pass(step().multipliedBy(1000));

    assertThat(provider.admin().exists(queue)).isTrue();
  }

  private QueueOptions options(QueueName queue) {
    return provider.admin().describe(queue).orElseThrow().options();
  }
}
