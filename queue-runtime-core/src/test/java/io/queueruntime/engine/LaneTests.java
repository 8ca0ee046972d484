package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.engine.StoredMessage.Home;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LaneTests {

  private final QueueState queue = UnrecordedQueue.make();

  @Test
  void randomWorkAgreesWithASortedMap() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Lane lane = new Lane(queue, false);
      TreeMap<Long, StoredMessage> expected = new TreeMap<>();
      List<StoredMessage> held = new ArrayList<>();
      long next = 1;
      for (int step = 0; step < 1_500; step++) {
        int choice = random.nextInt(seed % 2 == 0 ? 8 : 16);
        if (choice < 4 || expected.isEmpty()) {
          StoredMessage message = message(lane, next++);
          expected.put(message.sequence, message);
          lane.messages++;
          lane.addFresh(message);
        } else if (choice == 4) {
          StoredMessage taken = lane.next();
          assertThat(taken).isSameAs(expected.firstEntry().getValue());
          lane.take(taken);
          taken.locked(true);
          expected.remove(taken.sequence);
          held.add(taken);
        } else if (choice == 5 && !held.isEmpty()) {
          StoredMessage back = held.remove(random.nextInt(held.size()));
          back.locked(false);
          lane.addReturned(back);
          expected.put(back.sequence, back);
        } else {
          Long from = expected.floorKey(1 + (long) random.nextInt((int) next));
          StoredMessage gone = expected.remove(from == null ? expected.firstKey() : from);
          gone.home(Home.GONE);
          lane.messages--;
          lane.forget(gone);
        }
        assertThat(lane.next())
            .as("seed %d, step %d", seed, step)
            .isSameAs(expected.isEmpty() ? null : expected.firstEntry().getValue());
      }
    }
  }

  @Test
  void whatLeavesWithoutBeingTakenLeavesFewLinksBehind() {
    Lane lane = new Lane(queue, false);
    List<StoredMessage> messages = new ArrayList<>();
    for (long sequence = 1; sequence <= 20_000; sequence++) {
      StoredMessage message = message(lane, sequence);
      messages.add(message);
      lane.messages++;
      lane.addFresh(message);
    }
    // All but the first and the last leave, in no order.
    List<StoredMessage> leaving = new ArrayList<>(messages.subList(1, messages.size() - 1));
    Collections.shuffle(leaving, new Random(1));
    for (StoredMessage message : leaving) {
      int before = lane.links();
      message.home(Home.GONE);
      lane.messages--;
      lane.forget(message);
      assertThat(before - lane.links()).as("links taken out in one go").isLessThan(6);
      assertThat(lane.links()).isLessThan(2 * lane.messages + 5_200);
    }
    assertThat(lane.links()).isLessThan(200);
    assertThat(lane.next()).isSameAs(messages.get(0));
    lane.take(lane.next());
    assertThat(lane.next()).isSameAs(messages.get(messages.size() - 1));
    StoredMessage added = message(lane, 20_001);
    lane.addFresh(added);
    lane.take(lane.next());
    assertThat(lane.next()).isSameAs(added);
  }

  @Test
  void aLongLaneInWhichWhateverLeavesKeepsAllOthersInOrder() {
    Random random = new Random(7);
    Lane lane = new Lane(queue, false);
    List<StoredMessage> present = new ArrayList<>();
    TreeMap<Long, StoredMessage> expected = new TreeMap<>();
    for (long sequence = 1; sequence <= 20_000; sequence++) {
      StoredMessage message = message(lane, sequence);
      present.add(message);
      expected.put(sequence, message);
      lane.messages++;
      lane.addFresh(message);
      if (present.size() > 500) {
        // The one that came last is as likely to leave as all others together.
        int at = random.nextBoolean() ? present.size() - 1 : random.nextInt(present.size());
        StoredMessage gone = present.remove(at);
        expected.remove(gone.sequence);
        gone.home(Home.GONE);
        lane.messages--;
        lane.forget(gone);
      }
    }
    List<StoredMessage> order = new ArrayList<>();
    for (StoredMessage next = lane.next(); next != null; next = lane.next()) {
      order.add(next);
      lane.take(next);
    }
    assertThat(order).containsExactlyElementsOf(expected.values());
  }

  private static StoredMessage message(Lane lane, long sequence) {
    return new StoredMessage(sequence, lane, Home.ACTIVE, 0, 0, StoredMessage.NEVER);
  }
}
