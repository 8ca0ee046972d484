package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MessageDirectoryTests {

  private final QueueState queue = UnrecordedQueue.make();

  @Test
  void theWindowSlidesAlongWithAQueueThatIsNeverEmpty() {
    MessageDirectory directory = new MessageDirectory();
    for (long sequence = 1; sequence <= 100_000; sequence++) {
      directory.put(new StoredMessage(sequence, queue.plain, StoredMessage.Home.ACTIVE, 0, 0, 0));
      directory.remove(sequence - 200);
    }
    assertThat(directory.size()).isEqualTo(200);
    assertThat(directory.window()).isLessThan(64);
    assertThat(directory.ceiling(0)).isSameAs(directory.get(99_801));
  }

  @Test
  void randomWorkAgreesWithASortedMap() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      MessageDirectory directory = new MessageDirectory();
      TreeMap<Long, StoredMessage> expected = new TreeMap<>();
      long next = 1 + random.nextInt(1000);
      for (int step = 0; step < 400; step++) {
        int choice = random.nextInt(5);
        if (choice < 2) {
          next += random.nextInt(20) == 0 ? random.nextInt(500) : 1;
          put(directory, expected, next++);
        } else if (choice == 2) {
          put(directory, expected, Math.max(1, next - random.nextInt(3000)));
        } else if (!expected.isEmpty()) {
          long from = random.nextBoolean() ? 0 : expected.firstKey() + random.nextInt(2000);
          Map.Entry<Long, StoredMessage> ceiling = expected.ceilingEntry(from);
          assertThat(directory.ceiling(from)).isSameAs(ceiling == null ? null : ceiling.getValue());
          long gone = ceiling == null ? expected.firstKey() : ceiling.getKey();
          expected.remove(gone);
          directory.remove(gone);
          directory.remove(gone);
          assertThat(directory.get(gone)).isNull();
        }
        assertThat(directory.size()).as("seed %d step %d", seed, step).isEqualTo(expected.size());
      }
      expected.forEach(
          (sequence, message) -> assertThat(directory.get(sequence)).isSameAs(message));
    }
  }

  private void put(MessageDirectory directory, Map<Long, StoredMessage> expected, long sequence) {
    StoredMessage message =
        new StoredMessage(
            sequence, queue.plain, StoredMessage.Home.ACTIVE, 0, 0, StoredMessage.NEVER);
    directory.put(message);
    expected.put(sequence, message);
  }
}
