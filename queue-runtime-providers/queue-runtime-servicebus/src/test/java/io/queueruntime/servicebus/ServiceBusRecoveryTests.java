package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How soon work goes on once a broken connection, or the broker itself, is whole again: for who
 * receives from a queue, holds a session that he asked for by its id, or whichever came next.
 *
 * <p>Each case has a message in hand when the fault comes, and one waiting accept where there are
 * sessions.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@Execution(ExecutionMode.CONCURRENT)
class ServiceBusRecoveryTests extends FaultCase {

  /**
   * How long a half-open connection stays that way here. The client does not give it up within that
   * time: it goes on where it stopped.
   */
  private static final Duration HALF_OPEN = Duration.ofSeconds(32);

  /**
   * The same, longer than the 60 s after which the client gives up a connection that brings
   * nothing. The SDK lets nobody shorten them.
   */
  private static final Duration DEAD = Duration.ofSeconds(75);

  private static final SessionId OTHER = SessionId.of("other");

  @TempDir Path data;

  private @Nullable ServiceBusQueueProvider elsewhere;

  @AfterEach
  void closeElsewhere() {
    if (elsewhere != null) {
      elsewhere.close();
    }
  }

  /** How work gets at its messages. */
  enum Way {
    QUEUE,
    SESSION_BY_ID,
    NEXT_SESSION
  }

  @ParameterizedTest
  @EnumSource
  void workGoesOnSoonAfterACutConnection(Way way) {
    Work work = new Work(way);

    faults().cutConnections();

    // a plain queue's lock is the message's, and outlives its link
    work.goesOn(way == Way.QUEUE);
  }

  @ParameterizedTest
  @EnumSource
  void workGoesOnSoonAfterARestartOnTheSamePort(Way way) {
    emulated.close();
    emulated = new Emulated(EmulatorOptions.DEFAULTS.withData(data));
    Work work = new Work(way);

    emulated.restart();

    work.goesOn(false);
  }

  @ParameterizedTest
  @EnumSource
  void workGoesOnSoonAfterAConnectionThatWasHalfOpenForHalfAMinute(Way way) {
    Work work = new Work(way);

    work.isHalfOpen(HALF_OPEN);

    work.goesOn(true);
  }

  @ParameterizedTest
  @EnumSource
  @EnabledIfSystemProperty(
      named = "queue-runtime.dead-connections",
      matches = "true",
      disabledReason = "it waits for 75 s of the machine's time")
  void workGoesOnSoonAfterAHalfOpenConnectionThatTheClientGaveUp(Way way) {
    Work work = new Work(way);

    work.isHalfOpen(DEAD);

    work.goesOn(way == Way.QUEUE);
  }

  private static void letPass(Duration duration) {
    new CompletableFuture<>()
        .completeOnTimeout("over", duration.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  /** Somebody's work on a queue, in the middle of which a fault comes. */
  private final class Work {
    private final Way way;
    private final QueueName queue;
    private final QueueName others;
    private final ReceivedMessage<byte[]> inHand;
    private @Nullable QueueReceiver receiver;
    private @Nullable CompletableFuture<Optional<SessionReceiver>> waiting;

    Work(Way way) {
      this.way = way;
      QueueOptions options =
          QueueOptions.DEFAULTS
              .withSessions(way != Way.QUEUE)
              .withLockDuration(Duration.ofMinutes(5));
      queue = queue(options);
      others = queue(options);
      sendTo(queue, S, "a");
      inHand = next();
      if (way != Way.QUEUE) {
        useOthersOnce();
        waiting = acceptOther();
        if (way == Way.NEXT_SESSION) {
          untilLinks(others, 2); // the sender's and the one that waits for a session
        }
      }
    }

    /**
     * So that what is under way at a fault are waiting requests and nothing that just begins. What
     * the client begins on a dead connection and gives up is not undone when its bytes arrive after
     * all: the answer to a session it began ends its whole connection, and the link on which it
     * wanted a session keeps that for nobody. See docs/servicebus.md.
     */
    private void useOthersOnce() {
      sendTo(others, OTHER, "before");
      if (way == Way.SESSION_BY_ID) {
        elsewhere = emulated.provider();
        SessionReceiver holder = elsewhere.acceptSession(others, OTHER, PATIENCE).join();
        holder.settle(take(holder), Settlement.complete()).join();
      } else {
        SessionReceiver holder = acceptNext(others);
        holder.settle(take(holder), Settlement.complete()).join();
        holder.close();
        untilLinks(others, 1);
      }
    }

    private void sendTo(QueueName to, SessionId session, String text) {
      if (way == Way.QUEUE) {
        send(to, text);
      } else {
        send(to, session, text);
      }
    }

    /** Who does not read hears nothing, and who writes learns nothing. */
    void isHalfOpen(Duration time) {
      Fault frozen = faults().freezeConnections();
      letPass(time);
      frozen.lift();
    }

    /**
     * @param stillHeld whether what was in hand can be settled; it is delivered again otherwise
     */
    void goesOn(boolean stillHeld) {
      Duration healed = metronome.now();

      untilItWorks(() -> sendTo(queue, S, "b"));
      assertThat(metronome.since(healed)).as("until sent").isLessThan(RECOVERY);
      if (stillHeld) {
        untilItWorks(() -> receiver.settle(inHand, Settlement.complete()).join());
      } else {
        settlesNothing();
        ReceivedMessage<byte[]> again = next();
        assertThat(text(again)).isEqualTo("a");
        untilItWorks(() -> receiver.settle(again, Settlement.complete()).join());
      }
      ReceivedMessage<byte[]> following = next();
      assertThat(text(following)).isEqualTo("b");
      untilItWorks(() -> receiver.settle(following, Settlement.complete()).join());
      assertThat(metronome.since(healed)).as("until received").isLessThan(RECOVERY);
      if (way != Way.QUEUE) {
        waitingGoesOn();
      }
    }

    private void settlesNothing() {
      CompletableFuture<Void> settling = new CompletableFuture<>();
      untilItWorks(
          () -> {
            try {
              receiver.settle(inHand, Settlement.complete()).join();
              settling.complete(null);
            } catch (CompletionException e) {
              if (!(e.getCause() instanceof LockLost || e.getCause() instanceof SessionLockLost)) {
                throw e;
              }
              settling.completeExceptionally(e.getCause());
            }
          });
      assertThat(failure(settling))
          .isInstanceOf(way == Way.QUEUE ? LockLost.class : SessionLockLost.class);
    }

    /** The next message; a session that is not held any more is accepted anew. */
    private ReceivedMessage<byte[]> next() {
      List<ReceivedMessage<byte[]>> taken = new ArrayList<>();
      while (taken.isEmpty()) {
        untilItWorks(() -> taken.addAll(attempt()));
      }
      return taken.get(0);
    }

    private List<ReceivedMessage<byte[]>> attempt() {
      try {
        if (receiver == null) {
          receiver = open();
        }
        List<ReceivedMessage<byte[]>> messages = receiver.receive(1, PATIENCE).join();
        assertThat(messages).hasSize(1);
        return messages;
      } catch (CompletionException e) {
        if (!(e.getCause() instanceof SessionLockLost)) {
          throw e;
        }
        receiver = null;
        return List.of();
      }
    }

    private QueueReceiver open() {
      return switch (way) {
        case QUEUE -> receiver(queue);
        case SESSION_BY_ID -> accept(queue, S);
        case NEXT_SESSION -> acceptNext(queue);
      };
    }

    private CompletableFuture<Optional<SessionReceiver>> acceptOther() {
      return way == Way.SESSION_BY_ID
          ? provider()
              .acceptSession(others, OTHER, PATIENCE.multipliedBy(3))
              .thenApply(Optional::of)
          : provider().acceptNextSession(others, PATIENCE.multipliedBy(3));
    }

    /** What has waited through the fault, or else who asks again, gets the session. */
    private void waitingGoesOn() {
      Duration free = metronome.now();
      untilItWorks(() -> sendTo(others, OTHER, "c"));
      if (elsewhere != null) {
        elsewhere.close();
      }
      List<String> taken = new ArrayList<>();
      while (taken.isEmpty()) {
        untilItWorks(() -> takeFromOther(taken));
      }
      assertThat(taken).containsExactly("c");
      assertThat(metronome.since(free)).as("until accepted").isLessThan(RECOVERY);
    }

    /** A session that is lost as soon as it was accepted is accepted anew. */
    private void takeFromOther(List<String> taken) {
      CompletableFuture<Optional<SessionReceiver>> accept =
          waiting == null ? acceptOther() : waiting;
      waiting = null;
      try {
        taken.add(text(take(accept.join().orElseThrow())));
      } catch (CompletionException e) {
        if (!(e.getCause() instanceof SessionLockLost)) {
          throw e;
        }
      }
    }
  }
}
