package io.queueruntime.contract.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.Fence;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.SessionStates;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Who may read and write the states of sessions, also when a holder does not know it was replaced.
 */
public abstract class SessionStatesContract extends StateStoreContract {

  private static final SessionId ANN = SessionId.of("ann");
  private static final SessionId BOB = SessionId.of("bob");
  private static final String LOST = "somebody else has taken over 'p1', where the session belongs";

  private SessionStates states() {
    return store.sessionStates();
  }

  private Fence takeOver(String unit) {
    return await(states().takeOver(ORDERS, unit));
  }

  private @Nullable String get(Fence fence, SessionId session) {
    return await(states().get(fence, session)).map(String::new).orElse(null);
  }

  private void set(Fence fence, SessionId session, @Nullable String state) {
    await(states().set(fence, session, state == null ? null : bytes(state)));
  }

  @Test
  void aSessionBeginsWithoutAState() {
    assertThat(get(takeOver("p1"), ANN)).isNull();
  }

  @Test
  void aStateIsReadAsItWasWritten() {
    Fence fence = takeOver("p1");
    set(fence, ANN, "one");
    set(fence, BOB, "");
    set(fence, ANN, "two");

    assertThat(get(fence, ANN)).isEqualTo("two");
    assertThat(get(fence, BOB)).isEmpty();
  }

  @Test
  void nullTakesAStateAway() {
    Fence fence = takeOver("p1");
    set(fence, ANN, "one");
    set(fence, ANN, null);
    set(fence, BOB, null);

    assertThat(get(fence, ANN)).isNull();
    assertThat(get(fence, BOB)).isNull();
  }

  @Test
  void aStateIsThereForTheNextHolder() {
    set(takeOver("p1"), ANN, "one");

    assertThat(get(takeOver("p1"), ANN)).isEqualTo("one");
  }

  @Test
  void whoeverWasReplacedCanNeitherReadNorWrite() {
    Fence old = takeOver("p1");
    set(old, ANN, "one");
    Fence current = takeOver("p1");

    fails(SessionLockLost.class, states().get(old, ANN), LOST);
    fails(SessionLockLost.class, states().set(old, ANN, bytes("stale")), LOST);
    fails(SessionLockLost.class, states().set(old, ANN, null), LOST);
    fails(SessionLockLost.class, states().set(old, BOB, bytes("stale")), LOST);

    assertThat(get(current, ANN)).isEqualTo("one");
    assertThat(get(current, BOB)).isNull();
  }

  @Test
  void epochsGoUpAlsoAfterACrash() {
    Fence first = takeOver("p1");
    Fence second = takeOver("p1");
    set(second, ANN, "one");

    crash();

    Fence third = takeOver("p1");
    assertThat(second.epoch()).isGreaterThan(first.epoch());
    assertThat(third.epoch()).isGreaterThan(second.epoch());
    assertThat(get(third, ANN)).isEqualTo("one");
    fails(SessionLockLost.class, states().get(second, ANN), LOST);
  }

  @Test
  void epochsGoUpAlsoWhenTheQueueWasDeleted() {
    Fence before = takeOver("p1");
    pass(LEASE);

    await(store.deleteQueue(ORDERS));

    fails(SessionLockLost.class, states().get(before, ANN), LOST);
    assertThat(takeOver("p1").epoch()).isGreaterThan(before.epoch());
    fails(SessionLockLost.class, states().set(before, ANN, bytes("stale")), LOST);
  }

  @Test
  void unitsAndQueuesAreApart() {
    Fence fence = takeOver("p1");
    takeOver("p2");
    await(states().takeOver(OTHERS, "p1"));

    set(fence, ANN, "one");

    assertThat(get(fence, ANN)).isEqualTo("one");
    assertThat(await(states().get(await(states().takeOver(OTHERS, "p1")), ANN))).isEmpty();
  }

  @Test
  void sessionsWhoseIdsAreAlikeAreApart() {
    Fence fence = takeOver("p1");
    List<String> ids = List.of("a", "A", "a ", "ä", "\ud800", "\ud801", "?", "'; --", "%");
    ids.forEach(id -> set(fence, SessionId.of(id), "of " + id.hashCode()));

    for (String id : ids) {
      assertThat(get(fence, SessionId.of(id))).as(id).isEqualTo("of " + id.hashCode());
    }
  }

  @Test
  void ofManyWhoTakeOverAtOnceTheLastOneHolds() {
    List<QueueStateStore> instances = instances(4);
    for (int round = 0; round < 20; round++) {
      String unit = "round-" + round;
      List<Callable<Fence>> tasks = new ArrayList<>();
      instances.forEach(
          instance -> tasks.add(() -> await(instance.sessionStates().takeOver(ORDERS, unit))));

      List<Fence> fences = atOnce(tasks);

      assertThat(fences).extracting(Fence::epoch).doesNotHaveDuplicates();
      long last = fences.stream().mapToLong(Fence::epoch).max().orElseThrow();
      for (Fence fence : fences) {
        CompletableFuture<Void> write = states().set(fence, ANN, bytes("x"));
        if (fence.epoch() == last) {
          await(write);
        } else {
          fails(SessionLockLost.class, write, "taken over");
        }
      }
    }
  }

  /** The new holder must never see a write of the old one come in after it has read. */
  @Test
  void aWriteHappensBeforeTheTakeOverOrNotAtAll() {
    QueueStateStore old = another();
    QueueStateStore fresh = another();
    for (int round = 0; round < 20; round++) {
      String unit = "round-" + round;
      SessionId session = SessionId.of(unit);
      Fence stale = await(old.sessionStates().takeOver(ORDERS, unit));
      List<Callable<String>> tasks =
          List.of(
              () -> writeUntilReplaced(old.sessionStates(), stale, session),
              () -> readTwice(fresh.sessionStates(), unit, session));

      assertThat(atOnce(tasks).get(1)).as("round %d", round).isEqualTo("the same");
    }
  }

  private static String writeUntilReplaced(SessionStates states, Fence stale, SessionId session) {
    boolean replaced = false;
    for (int i = 0; !replaced; i++) {
      replaced =
          states
              .set(stale, session, bytes("write " + i))
              .handle((done, failure) -> failure instanceof SessionLockLost)
              .join();
    }
    return "replaced";
  }

  private static String readTwice(SessionStates states, String unit, SessionId session) {
    Fence fence = await(states.takeOver(ORDERS, unit));
    String first = await(states.get(fence, session)).map(String::new).orElse("");
    for (int i = 0; i < 5; i++) {
      String later = await(states.get(fence, session)).map(String::new).orElse("");
      if (!later.equals(first)) {
        return "first '%s', then '%s'".formatted(first, later);
      }
    }
    return "the same";
  }

  @Test
  void boundsAreKept() {
    Fence fence = takeOver("p1");
    await(states().set(fence, ANN, new byte[LIMITS.maxSessionStateSize()]));

    fails(
        ValidationFailed.class,
        states().set(fence, ANN, new byte[LIMITS.maxSessionStateSize() + 1]),
        "Cannot store a state of 101 bytes with session 'ann' of queue 'orders': at most 100 bytes");
    assertThat(await(states().get(fence, ANN)).orElseThrow()).hasSize(LIMITS.maxSessionStateSize());
    fails(ValidationFailed.class, states().takeOver(ORDERS, ""), "found 0");
    fails(ValidationFailed.class, states().takeOver(ORDERS, "x".repeat(261)), "found 261");
    fails(ValidationFailed.class, states().takeOver(ORDERS, "a\u0000"), "control character");
  }
}
