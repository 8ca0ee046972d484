package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a message costs on the heap beside its body, counted, not timed, over all threads of the
 * process that have to do with it.
 *
 * <p>The bounds are what was counted where nothing was compiled yet, when most is allocated; an
 * eighth more; and for each answer the 64 bytes of a callback thread that is woken for it alone, as
 * it depends on the machine how many answers go together.
 */
@Timeout(120)
class AllocationTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final int BODY = 1024;
  private static final int AT_ONCE = 500;
  private static final int WARM_UP = 1;
  private static final int ROUNDS = 4;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final OutgoingMessage message = OutgoingMessage.of(new byte[BODY]).build();
  private EmbeddedQueueProvider provider;
  private QueueSender sender;
  private QueueReceiver receiver;

  @BeforeEach
  void open(@TempDir Path directory) {
    provider =
        new EmbeddedQueueProvider(
            EmbeddedOptions.in(directory)
                .withDurability(EmbeddedOptions.Durability.OS)
                .withSnapshots(Duration.ofDays(1), Long.MAX_VALUE, 2));
    provider.admin().create(ORDERS, QueueOptions.DEFAULTS);
    sender = provider.sender(ORDERS);
    receiver = provider.receiver(ORDERS, SubQueue.MAIN);
  }

  @AfterEach
  void close() {
    provider.close();
  }

  @Test
  void manyAtOnceAllocateLittleBesideTheBody() {
    CompletableFuture<?>[] answers = new CompletableFuture<?>[AT_ONCE];
    List<ReceivedMessage<byte[]>> received = new ArrayList<>(AT_ONCE);
    Runnable sending =
        () -> {
          for (int i = 0; i < AT_ONCE; i++) {
            answers[i] = sender.send(message);
          }
          await(answers);
        };
    Runnable receiving =
        () -> {
          received.clear();
          while (received.size() < AT_ONCE) {
            received.addAll(receiver.receive(AT_ONCE, Duration.ofMinutes(1)).join());
          }
        };
    Runnable completing =
        () -> {
          for (int i = 0; i < AT_ONCE; i++) {
            answers[i] = receiver.settle(received.get(i), Settlement.complete());
          }
          await(answers);
        };

    long[] bytes = perMessage(sending, receiving, completing);

    assertThat(bytes[0] - BODY).as("bytes beside the body to send a message").isLessThan(568);
    assertThat(bytes[1] - BODY).as("bytes beside the body to receive a message").isLessThan(814);
    assertThat(bytes[2]).as("bytes to complete a message").isLessThan(147);
  }

  @Test
  void oneByOneAllocatesLittleBesideTheBody() {
    List<ReceivedMessage<byte[]>> received = new ArrayList<>(AT_ONCE);
    Runnable sending =
        () -> {
          for (int i = 0; i < AT_ONCE; i++) {
            sender.send(message).join();
          }
        };
    Runnable receiving =
        () -> {
          received.clear();
          for (int i = 0; i < AT_ONCE; i++) {
            received.addAll(receiver.receive(1, Duration.ofMinutes(1)).join());
          }
        };
    Runnable completing =
        () -> received.forEach(each -> receiver.settle(each, Settlement.complete()).join());

    long[] bytes = perMessage(sending, receiving, completing);

    assertThat(bytes[0] - BODY).as("bytes beside the body to send a message").isLessThan(597);
    assertThat(bytes[1] - BODY).as("bytes beside the body to receive a message").isLessThan(1242);
    assertThat(bytes[2]).as("bytes to complete a message").isLessThan(182);
  }

  /** One by one: a future that stands for all of them would cost as much as they do. */
  private static void await(CompletableFuture<?>[] answers) {
    for (CompletableFuture<?> answer : answers) {
      answer.join();
    }
  }

  /** What each step allocates for a message, of which it takes {@link #AT_ONCE}. */
  private long[] perMessage(Runnable... steps) {
    long[] bytes = new long[steps.length];
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (int i = 0; i < steps.length; i++) {
        long counting = allocated();
        long before = allocated();
        steps[i].run();
        long after = allocated();
        bytes[i] += round < 0 ? 0 : (after - before) - (before - counting);
      }
    }
    return Arrays.stream(bytes).map(all -> all / (ROUNDS * AT_ONCE)).toArray();
  }

  /** Bytes allocated so far by this thread and by those of the provider. */
  private long allocated() {
    long all = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null
          && (thread.getThreadId() == Thread.currentThread().getId()
              || thread.getThreadName().startsWith("queue-runtime-"))) {
        all += Math.max(0, threads.getThreadAllocatedBytes(thread.getThreadId()));
      }
    }
    return all;
  }
}
