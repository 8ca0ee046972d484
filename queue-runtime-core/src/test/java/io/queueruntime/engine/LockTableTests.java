package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.journal.Journal;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The table of held messages beside a map that does the same. */
class LockTableTests {

  private static final StoredMessage MESSAGE =
      new StoredMessage(
          1,
          new QueueState(
                  1,
                  QueueName.of("orders"),
                  QueueOptions.DEFAULTS,
                  0,
                  new RecordStore(Journal.inMemory(64 * 1024), null, false))
              .plain,
          StoredMessage.Home.ACTIVE,
          0,
          0,
          StoredMessage.NEVER);

  private final LockTable table = new LockTable();
  private final Map<Long, MessageLock> known = new HashMap<>();

  @Test
  void findsWhatIsHeldAndNothingElseWhateverComesAndGoes() {
    for (long seed = 1; seed <= 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      // Numbers that follow each other, as they are given, or any, which meet more often.
      boolean inOrder = random.nextBoolean();
      int most = 1 << random.nextInt(12); // more than it keeps slots for, and less
      List<MessageLock> held = new ArrayList<>(known.values());
      for (long step = 1; step <= 4_000; step++) {
        if (held.isEmpty() || held.size() < most && random.nextBoolean()) {
          long number = inOrder ? (seed << 32) + step : random.nextLong();
          MessageLock lock = new MessageLock(number, MESSAGE, null);
          table.add(lock);
          known.put(number, lock);
          held.add(lock);
        } else {
          int last = held.size() - 1;
          MessageLock gone = held.set(random.nextInt(last + 1), held.get(last));
          held.remove(last);
          table.remove(gone);
          table.remove(gone);
          known.remove(gone.number);
          assertThat(table.get(gone.number)).isNull();
        }
        assertThat(table.size()).isEqualTo(known.size());
        MessageLock one = held.isEmpty() ? null : held.get(random.nextInt(held.size()));
        assertThat(one == null || table.get(one.number) == one).isTrue();
      }
      held.forEach(lock -> assertThat(table.get(lock.number)).isSameAs(lock));
      assertThat(table.all()).containsExactlyInAnyOrderElementsOf(known.values());
    }
  }
}
