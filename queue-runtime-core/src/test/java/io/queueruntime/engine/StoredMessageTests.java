package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.ThreadMXBean;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.StoredMessage.Home;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class StoredMessageTests {

  private final QueueState queue = UnrecordedQueue.make();

  @Test
  void aMessageAndItsPlaceInTheDirectoryTakeAtMostEightyBytes() {
    assumeThat(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("UseCompressedOops")
                .getValue())
        .isEqualTo("true");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int messages = 64 * 1_000;
    MessageDirectory directory = new MessageDirectory();
    // The window of pages grows by doubling and is there already: 4 bytes for 64 messages.
    for (long sequence = 0; sequence < messages; sequence += 64) {
      directory.put(message(sequence));
    }
    for (long sequence = 64; sequence < messages; sequence += 64) {
      directory.remove(sequence);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (long sequence = 1; sequence < messages; sequence++) {
      directory.put(message(sequence));
    }
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(directory.size()).isEqualTo(messages);
    assertThat((double) taken / messages).isBetween(70.0, 80.0);
  }

  @Test
  void homeAndFlagsDoNotTouchEachOther() {
    for (Home home : Home.values()) {
      for (int flags = 0; flags < 8; flags++) {
        StoredMessage message = message(1);
        message.locked((flags & 1) != 0);
        message.superseded((flags & 2) != 0);
        message.linked((flags & 4) != 0);
        message.home(Home.GONE);
        message.home(home);
        assertThat(message.home()).isEqualTo(home);
        assertThat(message.isLocked()).isEqualTo((flags & 1) != 0);
        assertThat(message.isSuperseded()).isEqualTo((flags & 2) != 0);
        assertThat(message.isLinked()).isEqualTo((flags & 4) != 0);
        message.linked(false);
        message.locked(false);
        assertThat(message.home()).isEqualTo(home);
        assertThat(message.isSuperseded()).isEqualTo((flags & 2) != 0);
      }
    }
  }

  @Test
  void deliveriesAreCountedExactlyHoweverManyThereAre() {
    StoredMessage message = queue.restore(1, Home.ACTIVE, null, null, 0, 10, 0, 0, null, -1);
    for (int count :
        new int[] {0, 1, 65_534, 65_535, 65_536, 65_535, 1_000_000, 3, 2_000_000_000}) {
      message.deliveryCount(count);
      assertThat(message.deliveryCount()).isEqualTo(count);
    }
    queue.apply(new Event.Removed(1, 1, false, Cause.COMPLETED), 0, 0);
    assertThat(queue.often).isEmpty();
  }

  private StoredMessage message(long sequence) {
    return new StoredMessage(sequence, queue.plain, Home.ACTIVE, 0, 0, StoredMessage.NEVER);
  }
}
