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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a message costs on the heap, counted, not timed, over all threads of the process that have
 * to do with it. The bounds hold for code that was never compiled, which allocates most.
 */
@Timeout(120)
class AllocationTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final int BODY = 1024;
  private static final int WARM_UP = 300;
  private static final int MESSAGES = 1_000;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private EmbeddedQueueProvider provider;
  private QueueSender sender;
  private QueueReceiver receiver;

  @BeforeEach
  void open(@TempDir Path directory) {
    provider =
        new EmbeddedQueueProvider(
            EmbeddedOptions.in(directory).withDurability(EmbeddedOptions.Durability.OS));
    provider.admin().create(ORDERS, QueueOptions.DEFAULTS);
    sender = provider.sender(ORDERS);
    receiver = provider.receiver(ORDERS, SubQueue.MAIN);
  }

  @AfterEach
  void close() {
    provider.close();
  }

  @Test
  void sendingReceivingAndSettlingAllocateLittleBesideTheBody() {
    OutgoingMessage message = OutgoingMessage.of(new byte[BODY]).build();
    for (int i = 0; i < WARM_UP; i++) {
      sender.send(message).join();
      receiver.settle(receive(), Settlement.complete()).join();
    }

    long sending = perMessage(i -> sender.send(message).join());
    List<ReceivedMessage<byte[]>> received = new ArrayList<>(MESSAGES);
    long receiving = perMessage(i -> received.add(receive()));
    long settling = perMessage(i -> receiver.settle(received.get(i), Settlement.complete()).join());

    // Its record is the one copy of the body that a send makes, and the receiver's that of a
    // receive.
    assertThat(sending - BODY).as("bytes beside the body to send a message").isLessThan(1500);
    assertThat(receiving - BODY).as("bytes beside the body to receive a message").isLessThan(1700);
    assertThat(settling).as("bytes to complete a message").isLessThan(900);
  }

  private ReceivedMessage<byte[]> receive() {
    return receiver.receive(1, Duration.ofMinutes(1)).join().get(0);
  }

  private interface Call {
    void run(int number);
  }

  private long perMessage(Call call) {
    long before = allocated();
    for (int i = 0; i < MESSAGES; i++) {
      call.run(i);
    }
    return (allocated() - before) / MESSAGES;
  }

  /** Bytes allocated so far by this thread and by those of the provider. */
  private long allocated() {
    long[] ids =
        Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
            .filter(
                thread ->
                    thread != null
                        && (thread.getThreadId() == Thread.currentThread().getId()
                            || thread.getThreadName().startsWith("queue-runtime-")))
            .mapToLong(java.lang.management.ThreadInfo::getThreadId)
            .toArray();
    return Arrays.stream(threads.getThreadAllocatedBytes(ids)).filter(bytes -> bytes > 0).sum();
  }
}
