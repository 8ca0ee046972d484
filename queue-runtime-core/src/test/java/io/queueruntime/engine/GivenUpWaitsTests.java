package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.journal.Journal;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Callers who do not wait any more: their waits end at once, and take nothing with them. */
class GivenUpWaitsTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");
  private static final int MANY = 10_000;

  private final Replies replies = new Replies(null);
  private final RecordStore records = new RecordStore(Journal.inMemory(1024 * 1024), null, false);
  private final EngineState state = new EngineState(records);
  private final EngineContext context =
      new EngineContext(
          state,
          new EventLog(records, state, 1024),
          EngineOptions.inMemory().withTime(new EngineTime(InstantSource.system(), () -> 0)),
          new MessageLocks(7));
  private final EngineParts parts = EngineParts.of(context, records);
  private final EngineLoop loop =
      new EngineLoop(records, replies, parts, EngineLoop.COMMANDS_PER_TURN);

  @Test
  void waitThatWasGivenUpIsInNoListAnyMore() {
    parts.queues().create(ORDERS, QueueOptions.DEFAULTS);
    List<Reply<List<ReceivedMessage<byte[]>>>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(
          ask(reply -> parts.deliveries().receive(reply, ORDERS, SubQueue.MAIN, 1, 1_000_000)));
    }
    turns();
    assertThat(context.tickDue.size()).isEqualTo(MANY);

    // The first and the last stay.
    for (Reply<?> reply : waiting.subList(1, MANY - 1)) {
      reply.cancel(true);
    }
    turns();

    assertThat(context.tickDue.size()).isEqualTo(2);
    assertThat(state.find(ORDERS).plain.waits().size()).isLessThan(40);
  }

  @Test
  void waitThatEndedLeavesTheOthersInTheirOrder() {
    Waits<ReceiveWait> waits = new Waits<>();
    List<ReceiveWait> all = new ArrayList<>();
    parts.queues().create(ORDERS, QueueOptions.DEFAULTS);
    for (int i = 0; i < 100; i++) {
      ReceiveWait wait = new ReceiveWait(new Reply<>(replies), state.find(ORDERS).plain, 1);
      all.add(wait);
      waits.add(wait);
    }
    List<ReceiveWait> left = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      if (i % 10 == 3) {
        left.add(all.get(i));
      } else {
        all.get(i).end();
      }
    }
    assertThat(waits.open()).isEqualTo(left);
    assertThat(waits.size()).isLessThan(40);
    for (ReceiveWait wait : left) {
      assertThat(waits.firstOpen()).isSameAs(wait);
      wait.end();
    }
    assertThat(waits.firstOpen()).isNull();
    assertThat(waits.isEmpty()).isTrue();
  }

  @Test
  void receiveThatWasGivenUpTakesNoMessage() {
    ManualEngine manual = opened();
    for (Runnable givingUp : givingUp(manual)) {
      givingUp.run();
      // Given up before the engine noticed, and found out only when the message is there.
      manual.send(ORDERS, "x");
      ReceivedMessage<byte[]> message = manual.receive(ORDERS, 1).get(0);
      assertThat(message.deliveryCount()).isEqualTo(1);
      manual.complete(message);
    }
  }

  private static List<Runnable> givingUp(ManualEngine manual) {
    return List.of(
        () -> waiting(manual).cancel(true),
        () -> {
          CompletableFuture<?> waiting = waiting(manual);
          manual.run();
          waiting.cancel(true);
        },
        () -> waiting(manual).completeExceptionally(new TimeoutException()),
        () -> {
          CompletableFuture<?> waiting = waiting(manual);
          manual.engine().send(ORDERS, ManualEngine.message("raced").build());
          waiting.cancel(true);
          manual.run();
          manual.receive(ORDERS, 1).forEach(manual::complete);
        });
  }

  @Test
  void waitThatIsEndedIsAnsweredEmptyAndTakesNoMessage() {
    ManualEngine manual = opened();
    CompletableFuture<List<ReceivedMessage<byte[]>>> first = waiting(manual);
    CompletableFuture<List<ReceivedMessage<byte[]>>> second = waiting(manual);
    manual.run();

    manual.done(manual.engine().endWait(first));

    assertThat(first).isCompletedWithValue(List.of());
    manual.send(ORDERS, "1");
    assertThat(manual.done(second)).hasSize(1);
    manual.done(manual.engine().endWait(second));
    assertThat(manual.receive(ORDERS, 1)).isEmpty();
  }

  @Test
  void messagesOnTheirWayOutliveTheEndOfTheirWait() {
    ManualEngine manual = opened();
    manual.send(ORDERS, "1");
    manual.send(ORDERS, "2");
    // All in one turn, so that nothing of it is answered before the last is decided.
    CompletableFuture<List<ReceivedMessage<byte[]>>> given = waiting(manual);
    CompletableFuture<Void> ended = manual.engine().endWait(given);
    CompletableFuture<List<ReceivedMessage<byte[]>>> after =
        manual.engine().receive(ORDERS, SubQueue.MAIN, 10, Duration.ZERO);

    manual.done(ended);

    assertThat(manual.done(given)).extracting(ManualEngine::text).containsExactly("1");
    assertThat(manual.done(after)).extracting(ManualEngine::text).containsExactly("2");
  }

  private static CompletableFuture<List<ReceivedMessage<byte[]>>> waiting(ManualEngine manual) {
    return manual.engine().receive(ORDERS, SubQueue.MAIN, 1, Duration.ofHours(1));
  }

  @Test
  void acceptThatWasGivenUpHoldsNoSession() {
    ManualEngine manual = opened();
    CompletableFuture<Optional<SessionHold>> next =
        manual.engine().acceptNextSession(ACCOUNTS, Duration.ofHours(1));
    manual.run();
    next.cancel(true);
    manual.done(
        manual
            .engine()
            .send(ACCOUNTS, ManualEngine.message("x").sessionId(SessionId.of("s")).build()));
    SessionHold hold =
        manual.done(manual.engine().acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ZERO));

    CompletableFuture<SessionHold> named =
        manual.engine().acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ofHours(1));
    manual.run();
    named.cancel(true);
    manual.done(manual.engine().releaseSession(hold));
    assertThat(manual.done(manual.engine().acceptNextSession(ACCOUNTS, Duration.ZERO))).isPresent();
  }

  @Test
  void sendThatWasGivenUpLetsThoseBehindItIn() {
    ManualEngine manual = opened();
    QueueName small = QueueName.of("small");
    manual.done(manual.engine().createQueue(small, QueueOptions.DEFAULTS.withCapacity(2)));
    manual.send(small, "1");
    OutgoingMessage message = ManualEngine.message("x").build();
    CompletableFuture<?> two = manual.engine().send(small, List.of(message, message));
    CompletableFuture<?> one = manual.engine().send(small, message);
    manual.run();
    assertThat(one).isNotDone();
    two.cancel(true);
    manual.run();
    assertThat(one).isCompleted();
  }

  private static ManualEngine opened() {
    ManualEngine manual = new ManualEngine(new MemoryStorage(), options -> options);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    manual.done(manual.engine().createQueue(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true)));
    return manual;
  }

  private <R> Reply<R> ask(Command.Work<R> work) {
    Command<R> command = new Command.Asked<>(replies, work);
    assertThat(loop.offer(command)).isTrue();
    return command;
  }

  private void turns() {
    while (loop.turn()) {
      // until there is nothing to do at once
    }
  }
}
