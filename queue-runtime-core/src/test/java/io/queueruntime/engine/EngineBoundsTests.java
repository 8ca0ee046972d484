package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.journal.Journal;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * What the engine keeps is bounded by what it holds, and nobody is left without an answer; seen
 * from inside.
 */
class EngineBoundsTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");
  private static final int MANY = 1000;

  private long nanos;
  private final Replies replies = new Replies(null);
  private final RecordStore records = new RecordStore(Journal.inMemory(1024 * 1024), null, false);
  private final EngineState state = new EngineState(records);
  private final EngineContext context =
      new EngineContext(
          state,
          new EventLog(records, state, 1024),
          EngineOptions.inMemory().withTime(new EngineTime(InstantSource.system(), () -> nanos)),
          new MessageLocks(7));
  private final EngineParts parts = EngineParts.of(context, records);
  private final EngineLoop loop =
      new EngineLoop(records, replies, parts, EngineLoop.COMMANDS_PER_TURN);

  @Test
  void deadLettersThatAreDiscardedLeaveNothingBehindThoughNobodyReceivesThem() {
    parts.queues().create(ORDERS, QueueOptions.DEFAULTS);
    QueueState queue = state.find(ORDERS);
    deadLetter("the oldest stays");
    for (int i = 0; i < MANY; i++) {
      ReceivedMessage<byte[]> letter = deadLetter("m" + i);
      perform(() -> parts.deadLettering().discard(ORDERS, List.of(letter.sequenceNumber())));
    }
    assertThat(queue.dead.size()).isEqualTo(1);
    assertThat(queue.deadLane.links()).isLessThan(200);
    assertThat(receive(SubQueue.DEAD_LETTER))
        .extracting(ManualEngine::text)
        .containsExactly("the oldest stays");
  }

  @Test
  void theContentOfADeadLetterIsNotKeptInMemory() {
    parts.queues().create(ORDERS, QueueOptions.DEFAULTS);
    ReceivedMessage<byte[]> letter = deadLetter("poison");
    StoredMessage stored = state.find(ORDERS).dead.get(letter.sequenceNumber().value());
    assertThat(stored.cached).isNull();
    assertThat(receive(SubQueue.DEAD_LETTER))
        .extracting(ManualEngine::text)
        .containsExactly("poison");
  }

  @Test
  void acceptsThatTimedOutLeaveNothingBehindWhileTheSessionIsHeld() {
    parts.queues().create(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true));
    SessionId id = SessionId.of("s");
    CompletableFuture<Optional<SessionHold>> held =
        ask(reply -> parts.sessions().accept(reply, Function.identity(), ACCOUNTS, id, 0));
    SessionHold hold = held.join().orElseThrow();
    for (int i = 0; i < MANY; i++) {
      CompletableFuture<Optional<SessionHold>> waiting =
          ask(reply -> parts.sessions().accept(reply, Function.identity(), ACCOUNTS, id, 1000));
      nanos += Duration.ofSeconds(1).toNanos();
      perform(() -> parts.sessions().renew(hold));
      assertThat(waiting).isCompletedExceptionally();
    }
    assertThat(state.find(ACCOUNTS).session("s").acceptWaits().size()).isLessThan(3);
  }

  @Test
  void theCacheTakesBackWhatItCountedForAMessageThatWasReplacedByALargerOne() {
    parts.queues().create(ORDERS, QueueOptions.DEFAULTS);
    Lane lane = state.find(ORDERS).plain;
    ContentCache cache = new ContentCache(10_000);
    StoredMessage grown = cached(lane, 1, 10);
    for (int i = 0; i < 5; i++) {
      cache.added(grown);
    }
    grown.size = 9_000;
    grown.cached = new byte[9_000];
    cache.added(grown);
    List<StoredMessage> others = new ArrayList<>();
    for (int i = 2; i < 102; i++) {
      StoredMessage other = cached(lane, i, 1000);
      others.add(other);
      cache.added(other);
    }
    assertThat(grown.cached).isNull();
    assertThat(others.stream().filter(other -> other.cached != null)).hasSizeBetween(9, 10);
  }

  @Test
  void whoMeetsAMistakeOfTheEngineIsToldToo() {
    CompletableFuture<Void> asked =
        ask(
            reply -> {
              throw new IllegalStateException("a mistake");
            });
    assertThat(asked).isCompletedExceptionally();
    assertThat(loop.failure()).hasMessageContaining("a mistake");
  }

  @Test
  void aFailedEngineThatClosesAnswersMoreThanOneTurnTakes() {
    ask(
        reply -> {
          throw new IllegalStateException("a mistake");
        });
    assertThat(loop.offer(new Command.End(replies, loop))).isTrue();
    List<Reply<Void>> late = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      Command<Void> command = new Command.Asked<>(replies, Reply::done);
      late.add(command);
      assertThat(loop.offer(command)).isTrue();
    }
    loop.turn();
    assertThat(loop.isClosed()).isTrue();
    assertThat(late).allSatisfy(reply -> assertThat(reply).isCompletedExceptionally());
  }

  private static StoredMessage cached(Lane lane, long sequence, int size) {
    StoredMessage message =
        new StoredMessage(sequence, lane, StoredMessage.Home.ACTIVE, 0, size, StoredMessage.NEVER);
    message.cached = new byte[size];
    return message;
  }

  private ReceivedMessage<byte[]> deadLetter(String text) {
    CompletableFuture<List<SendReceipt>> sent =
        ask(
            reply ->
                parts
                    .sending()
                    .send(
                        reply,
                        ORDERS,
                        List.of(Draft.of(ManualEngine.message(text).build(), "id")),
                        Duration.ZERO));
    assertThat(sent).isCompleted();
    ReceivedMessage<byte[]> message = receive(SubQueue.MAIN).get(0);
    LockToken token = message.lockToken().orElseThrow();
    perform(
        () ->
            parts
                .settling()
                .perform(
                    parts
                        .settling()
                        .deadLetter(ORDERS, token, "reason", null, null, MessageEdits.NONE)));
    return message;
  }

  private List<ReceivedMessage<byte[]>> receive(SubQueue subQueue) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> received =
        ask(reply -> parts.deliveries().receive(reply, ORDERS, subQueue, 10, 0));
    return received.join();
  }

  private void perform(Runnable work) {
    CompletableFuture<Void> performed =
        ask(
            reply -> {
              work.run();
              reply.done();
            });
    performed.join();
  }

  private <R> CompletableFuture<R> ask(Command.Work<R> work) {
    Command<R> command = new Command.Asked<>(replies, work);
    assertThat(loop.offer(command)).isTrue();
    loop.turn();
    return command;
  }
}
