package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the code of callers runs that depends on answers of the engine. */
@Timeout(60)
class CallbackThreadsTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void whatDependsOnAnAnswerNeverRunsOnTheEngineThread() {
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(EmbeddedOptions.inMemory())) {
      provider.admin().create(ORDERS, QueueOptions.DEFAULTS);
      provider.admin().create(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true));
      OutgoingMessage message = OutgoingMessage.of(new byte[1]).build();
      QueueReceiver receiver = provider.receiver(ORDERS, SubQueue.MAIN);
      List<CompletableFuture<String>> where = new ArrayList<>();

      var receiving = receiver.receive(1, MINUTE);
      var accepting = provider.acceptNextSession(ACCOUNTS, MINUTE);
      where.add(thread(receiving));
      where.add(thread(accepting));
      where.add(thread(provider.sender(ORDERS).send(message)));
      where.add(thread(provider.sender(ORDERS).sendAll(List.of(message, message))));
      where.add(thread(provider.sender(QueueName.of("nowhere")).send(message)));
      where.add(
          thread(
              provider
                  .sender(ACCOUNTS)
                  .send(message.toBuilder().sessionId(SessionId.of("s")).build())));
      ReceivedMessage<byte[]> received = receiving.join().get(0);
      where.add(thread(receiver.renewLock(received)));
      where.add(thread(receiver.settle(received, Settlement.complete())));
      where.add(thread(accepting.join().orElseThrow().state()));
      where.add(thread(provider.acceptSession(ACCOUNTS, SessionId.of("other"), MINUTE)));
      where.add(thread(provider.catchUp()));

      assertThat(where)
          .allSatisfy(each -> assertThat(each.join()).doesNotContain("queue-runtime-engine"));
    }
  }

  private static CompletableFuture<String> thread(CompletableFuture<?> answer) {
    return answer.handle((value, failure) -> Thread.currentThread().getName());
  }

  @Test
  void aTaskThatWaitsDoesNotHoldUpThoseBehindIt() {
    try (CallbackThreads threads = new CallbackThreads("callback")) {
      int waiting = 40; // more than there are threads to begin with
      CompletableFuture<Void> last = new CompletableFuture<>();
      AtomicInteger ended = new AtomicInteger();
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < waiting; i++) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        all.add(end);
        threads.execute(
            () -> {
              last.join();
              ended.incrementAndGet();
              end.complete(null);
            });
      }
      threads.execute(() -> last.complete(null));

      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
      assertThat(ended).hasValue(waiting);
    }
  }

  @Test
  void aTaskThatFailsDoesNotHoldUpThoseBehindIt() throws InterruptedException {
    try (CallbackThreads threads = new CallbackThreads("callback")) {
      CountDownLatch ran = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        threads.execute(
            () -> {
              ran.countDown();
              throw new IllegalStateException("a mistake of a caller's code");
            });
      }
      ran.await();
      assertThat(ran.getCount()).isZero();
    }
  }
}
