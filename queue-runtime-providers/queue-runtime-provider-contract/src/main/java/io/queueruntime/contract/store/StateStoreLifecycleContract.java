package io.queueruntime.contract.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.Claim.Outcome;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.Fence;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.StoredMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Opening, closing, and forgetting a queue. */
public abstract class StateStoreLifecycleContract extends StateStoreContract {

  private static final SessionId ANN = SessionId.of("ann");

  @Test
  void aStoreTellsItsNameAndLimits() {
    assertThat(store.name()).isNotBlank();
    assertThat(store.limits()).isEqualTo(LIMITS);
  }

  @Test
  void aClosedStoreRefusesEverything() {
    store.close();
    store.close();

    CopyId copy = CopyId.random();
    fails(Closed.class, store.duplicates().claim(ORDERS, "a", copy, LEASE), "closed");
    fails(Closed.class, store.sessionStates().takeOver(ORDERS, "p1"), "closed");
    fails(Closed.class, store.deferred().put(message(ORDERS, 1)), "closed");
    fails(Closed.class, store.scheduled().takeDue(ORDERS, 1, LEASE), "closed");
    fails(Closed.class, store.deleteQueue(ORDERS), "closed");
    fails(Closed.class, store.removeExpired(1), "closed");
  }

  @Test
  void whatWasAskedBeforeTheCloseIsDone() {
    var asked = store.deferred().put(message(ORDERS, 1));
    store.close();
    assertThat(await(asked)).isTrue();

    crash();

    assertThat(await(store.deferred().count(ORDERS))).isEqualTo(1);
  }

  @Test
  void aDeletedQueueIsForgottenAndOthersAreNot() {
    Fence orders = fill(ORDERS);
    Fence others = fill(OTHERS);
    pass(LEASE.dividedBy(2));

    await(store.deleteQueue(ORDERS));

    assertThat(await(store.deferred().count(ORDERS))).isZero();
    assertThat(await(store.scheduled().count(ORDERS))).isZero();
    assertThat(await(store.duplicates().claim(ORDERS, "a", CopyId.random(), LEASE)).outcome())
        .isEqualTo(Outcome.CLAIMED);
    Fence anew = await(store.sessionStates().takeOver(ORDERS, "p1"));
    assertThat(anew.epoch()).isGreaterThan(orders.epoch());
    assertThat(await(store.sessionStates().get(anew, ANN))).isEmpty();

    assertThat(await(store.deferred().count(OTHERS))).isEqualTo(1);
    assertThat(await(store.scheduled().count(OTHERS))).isEqualTo(1);
    assertThat(await(store.duplicates().claim(OTHERS, "a", CopyId.random(), LEASE)).outcome())
        .isEqualTo(Outcome.IN_DOUBT);
    assertThat(await(store.sessionStates().get(others, ANN))).isPresent();
    await(store.deleteQueue(ORDERS));
  }

  @Test
  void aQueueIsForgottenHoweverMuchItHas() {
    StoredMessages deferred = store.deferred();
    int count = 600;
    List<CompletableFuture<Boolean>> puts = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      puts.add(deferred.put(message(ORDERS, i)));
    }
    puts.forEach(StateStoreContract::await);
    assertThat(await(deferred.count(ORDERS))).isEqualTo(count);

    await(store.deleteQueue(ORDERS));

    assertThat(await(deferred.count(ORDERS))).isZero();
  }

  private Fence fill(QueueName queue) {
    await(store.duplicates().claim(queue, "a", CopyId.random(), LEASE));
    Fence fence = await(store.sessionStates().takeOver(queue, "p1"));
    await(store.sessionStates().set(fence, ANN, bytes("state")));
    await(store.deferred().put(message(queue, 1)));
    await(store.scheduled().put(message(queue, 2)));
    return fence;
  }

  private static StoredMessage message(QueueName queue, long number) {
    return new StoredMessage(
        queue, SequenceNumber.of(number), "id-" + number, null, bytes("content"));
  }
}
