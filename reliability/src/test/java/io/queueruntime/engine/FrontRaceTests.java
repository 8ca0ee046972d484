package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Several callers who want the same thing at once. The table of sessions, that of locks and the
 * window of ids belong to the engine thread alone, so what can be raced is their front: whoever
 * asks, one of them has it. By chance, not by all interleavings: an engine is too large for a model
 * checker.
 *
 * <p>{@code -Dqueue-runtime.interleavings=n} sets how many races there are.
 */
class FrontRaceTests {

  private static final int CALLERS = 3;
  private static final int RACES = Integer.getInteger("queue-runtime.interleavings", 2_000);
  private static final QueueName PLAIN = QueueName.of("plain");
  private static final QueueName ORDERED = QueueName.of("ordered");

  private final QueueEngine engine =
      QueueEngine.open(EngineOptions.inMemory().withSegmentSize(1024 * 1024));
  private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);

  @BeforeEach
  void createQueues() {
    QueueOptions options = QueueOptions.DEFAULTS.withLockDuration(Duration.ofMinutes(5));
    engine.createQueue(PLAIN, options.withDuplicateDetectionWindow(Duration.ofMinutes(30))).join();
    engine.createQueue(ORDERED, options.withSessions(true)).join();
  }

  @AfterEach
  void close() {
    threads.shutdown();
    engine.close();
  }

  @Test
  void aSessionIsAcceptedByOneOfThem() throws Exception {
    for (int race = 0; race < RACES; race++) {
      SessionId id = SessionId.of("s" + race % 7);
      List<SessionHold> holds =
          race(() -> engine.acceptSession(ORDERED, id, Duration.ZERO).handle((h, e) -> h).join());
      holds.removeIf(hold -> hold == null);
      assertThat(holds).hasSize(1);
      engine.releaseSession(holds.get(0)).join();
    }
    done("sessions");
  }

  @Test
  void aDeliveryIsSettledByOneOfThem() throws Exception {
    for (int race = 0; race < RACES; race++) {
      engine.send(PLAIN, OutgoingMessage.of(new byte[1]).build()).join();
      ReceivedMessage<byte[]> message = receive(1).get(0);
      LockToken token = message.lockToken().orElseThrow();
      List<Boolean> settled =
          race(
              () -> {
                engine.renewLock(PLAIN, token).handle((until, lost) -> "").join();
                return engine.complete(PLAIN, token).handle((ok, lost) -> lost == null).join();
              });
      assertThat(settled).containsOnlyOnce(true);
    }
    assertThat(engine.statistics(PLAIN).join().pending()).isZero();
    done("locks");
  }

  @Test
  void aMessageIsHandedToOneOfThem() throws Exception {
    for (int race = 0; race < RACES; race++) {
      engine.send(PLAIN, OutgoingMessage.of(new byte[1]).build()).join();
      List<List<ReceivedMessage<byte[]>>> given = race(() -> receive(1));
      given.removeIf(List::isEmpty);
      assertThat(given).hasSize(1);
      engine.complete(PLAIN, given.get(0).get(0).lockToken().orElseThrow()).join();
    }
    done("deliveries");
  }

  @Test
  void anIdGoesInOnce() throws Exception {
    for (int race = 0; race < RACES; race++) {
      OutgoingMessage message = OutgoingMessage.of(new byte[1]).messageId("id" + race).build();
      List<SendOutcome> outcomes = race(() -> engine.send(PLAIN, message).join().outcome());
      assertThat(outcomes).containsOnlyOnce(SendOutcome.ENQUEUED);
      assertThat(outcomes.stream().filter(SendOutcome.DUPLICATE::equals)).hasSize(CALLERS - 1);
    }
    assertThat(engine.statistics(PLAIN).join().pending()).isEqualTo(RACES);
    done("ids");
  }

  private List<ReceivedMessage<byte[]>> receive(int max) {
    return engine.receive(PLAIN, SubQueue.MAIN, max, Duration.ZERO).join();
  }

  private static void done(String what) {
    System.out.printf("RIG interleavings-%s cycles=%d violations=0%n", what, RACES);
  }

  /** What all of them got, who began at the same moment. */
  private <R> List<R> race(Callable<R> call) throws Exception {
    CyclicBarrier start = new CyclicBarrier(CALLERS);
    List<Future<R>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(
          threads.submit(
              () -> {
                start.await(60, TimeUnit.SECONDS);
                return call.call();
              }));
    }
    List<R> got = new ArrayList<>();
    for (Future<R> caller : callers) {
      got.add(caller.get(60, TimeUnit.SECONDS));
    }
    return got;
  }
}
