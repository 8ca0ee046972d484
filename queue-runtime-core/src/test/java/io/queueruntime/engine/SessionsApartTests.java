package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.storage.MemoryStorage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * Invariant I11, which no single history can show: what one session sees is the same whatever goes
 * wrong in another one. The same calls are made for session A twice, once alone, and once among
 * failures, lost locks and dead letters of session B.
 */
class SessionsApartTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final int SEEDS = 400;
  private static final int STEPS = 60;

  @Test
  void whatOneSessionSeesDoesNotDependOnWhatGoesWrongInAnother() {
    long seen = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      List<String> alone = new Run(seed, false).go();
      assertThat(new Run(seed, true).go()).as("seed %d", seed).isEqualTo(alone);
      seen += alone.stream().filter(line -> line.startsWith("got")).count();
    }
    assertThat(seen).as("deliveries of session A").isGreaterThan(SEEDS);
  }

  /** One session, as its user sees it. */
  private static final class User {
    final SteppedEngine engine;
    final SessionId session;
    final SplittableRandom random;
    final List<String> trace = new ArrayList<>();
    final List<LockToken> held = new ArrayList<>();
    private SessionHold hold;
    private int serial;

    User(SteppedEngine engine, String session, SplittableRandom random) {
      this.engine = engine;
      this.session = SessionId.of(session);
      this.random = random;
    }

    private <R> R ask(String what, CompletableFuture<R> future) {
      try {
        R answer = engine.answered(future).join();
        trace.add(what + " ok");
        return answer;
      } catch (CompletionException e) {
        assertThat(e.getCause()).isInstanceOf(QueueRuntimeException.class);
        trace.add(what + " " + e.getCause().getClass().getSimpleName());
        return null;
      }
    }

    /**
     * @param failures of ten settlements, how many are failures
     */
    void step(int failures) {
      QueueEngine queue = engine.engine();
      int dice = random.nextInt(10);
      if (dice < 4) {
        byte[] body = (session + "-" + ++serial).getBytes(StandardCharsets.UTF_8);
        ask("send", queue.send(QUEUE, OutgoingMessage.of(body).sessionId(session).build()));
      } else if (dice < 5) {
        hold = ask("accept", queue.acceptSession(QUEUE, session, Duration.ZERO));
      } else if (dice < 8 && hold != null) {
        List<ReceivedMessage<byte[]>> some = ask("receive", queue.receive(hold, 2, Duration.ZERO));
        for (ReceivedMessage<byte[]> message :
            some == null ? List.<ReceivedMessage<byte[]>>of() : some) {
          held.add(message.lockToken().orElseThrow());
          trace.add(
              "got "
                  + new String(message.body(), StandardCharsets.UTF_8)
                  + " "
                  + message.deliveryCount());
        }
      } else if (dice < 9 && !held.isEmpty()) {
        LockToken token = held.remove(0);
        boolean fails = random.nextInt(10) < failures;
        int way = random.nextInt(3);
        if (!fails) {
          ask("complete", queue.complete(QUEUE, token));
        } else if (way == 0) {
          ask("dead-letter", queue.deadLetter(QUEUE, token, "bad", "because", null));
        } else {
          ask("abandon", queue.abandon(QUEUE, token, Duration.ofMillis(way * 10L)));
        }
      } else if (hold != null && random.nextInt(3) == 0) {
        ask("release", queue.releaseSession(hold));
        hold = null;
      }
    }
  }

  /** One engine with the calls of one seed. */
  private static final class Run {
    private final SteppedEngine.Clock clock = new SteppedEngine.Clock();
    private final SteppedEngine engine;
    private final SplittableRandom time;
    private final User a;
    private final User b;
    private final SplittableRandom troubles;
    private final boolean troubled;

    Run(long seed, boolean troubled) {
      this.engine =
          SteppedEngine.open(new MemoryStorage(), SteppedEngine.options(clock, 64 * 1024, 1000), 1);
      this.time = new SplittableRandom(seed);
      this.a = new User(engine, "A", new SplittableRandom(seed + 1));
      this.b = new User(engine, "B", new SplittableRandom(seed + 2));
      this.troubles = new SplittableRandom(seed + 3);
      this.troubled = troubled;
    }

    List<String> go() {
      QueueOptions options =
          QueueOptions.DEFAULTS
              .withSessions(true)
              .withMaxDeliveryCount(2)
              .withLockDuration(Duration.ofMillis(70));
      engine.answered(engine.engine().createQueue(QUEUE, options)).join();
      for (int i = 0; i < STEPS; i++) {
        a.step(3);
        for (int more = troubled ? troubles.nextInt(4) : 0; more > 0; more--) {
          b.step(9);
        }
        if (time.nextInt(4) == 0) {
          clock.advance(10L * (1 + time.nextInt(9)));
          engine.run();
        }
      }
      return a.trace;
    }
  }
}
