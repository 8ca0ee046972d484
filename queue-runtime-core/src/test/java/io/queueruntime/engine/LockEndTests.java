package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A lock that has run out protects nothing any more, even where the engine had no time yet to deal
 * with its end: because the process stood still in the middle of a turn, or because more was due
 * than one turn takes.
 */
class LockEndTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");
  private static final Duration LOCK = Duration.ofSeconds(5);

  /** More than what is due in one turn at most. */
  private static final int MANY = 1_200;

  private final ManualEngine manual = new ManualEngine(new MemoryStorage(), options -> options);
  private final QueueEngine engine = manual.engine();

  /** Whatever a holder may do with a message. */
  private enum Settling {
    COMPLETE((engine, token) -> engine.complete(ORDERS, token)),
    ABANDON((engine, token) -> engine.abandon(ORDERS, token, Duration.ZERO)),
    DEFER((engine, token) -> engine.defer(ORDERS, token)),
    DEAD_LETTER((engine, token) -> engine.deadLetter(ORDERS, token, "reason", null, null)),
    RELEASE((engine, token) -> engine.release(ORDERS, token)),
    RENEW((engine, token) -> engine.renewLock(ORDERS, token)),
    EDIT(
        (engine, token) ->
            engine.defer(ORDERS, token, new MessageEdits(Map.of("edited", 1), Set.of())));

    final BiFunction<QueueEngine, LockToken, CompletableFuture<?>> call;

    Settling(BiFunction<QueueEngine, LockToken, CompletableFuture<?>> call) {
      this.call = call;
    }
  }

  /** Whatever a holder may do with a session. */
  private enum Holding {
    RENEW(QueueEngine::renewSession),
    GET_STATE(QueueEngine::sessionState),
    SET_STATE((engine, hold) -> engine.setSessionState(hold, new byte[] {1})),
    RECEIVE((engine, hold) -> engine.receive(hold, 1, Duration.ZERO)),
    RECEIVE_DEFERRED(
        (engine, hold) -> engine.receiveDeferred(ACCOUNTS, SubQueue.MAIN, hold, List.of()));

    final BiFunction<QueueEngine, SessionHold, CompletableFuture<?>> call;

    Holding(BiFunction<QueueEngine, SessionHold, CompletableFuture<?>> call) {
      this.call = call;
    }
  }

  @BeforeEach
  void createQueues() {
    QueueOptions options = QueueOptions.DEFAULTS.withLockDuration(LOCK);
    manual.done(engine.createQueue(ORDERS, options));
    manual.done(engine.createQueue(ACCOUNTS, options.withSessions(true)));
  }

  @ParameterizedTest
  @EnumSource
  void settlementIsRefusedWhenTheLockRanOutWithinItsTurn(Settling settling) {
    manual.send(ORDERS, "x");
    LockToken token = manual.receive(ORDERS, 1).get(0).lockToken().orElseThrow();
    manual.run();
    manual.standStillInTheNextTurn(LOCK);

    CompletableFuture<?> settled = settling.call.apply(engine, token);
    engine.turn();

    assertThatThrownBy(settled::join)
        .hasCauseInstanceOf(LockLost.class)
        .hasMessageContaining("expired at " + manual.wall());
    assertThat(manual.receive(ORDERS, 1).get(0).deliveryCount()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void settlementIsStillTakenShortlyBeforeTheLockEnds(Settling settling) {
    manual.send(ORDERS, "x");
    LockToken token = manual.receive(ORDERS, 1).get(0).lockToken().orElseThrow();
    manual.run();
    manual.standStillInTheNextTurn(LOCK.minusMillis(1));

    CompletableFuture<?> settled = settling.call.apply(engine, token);
    engine.turn();

    assertThat(settled).isCompleted();
  }

  @ParameterizedTest
  @EnumSource
  void holderCanDoNothingWhenTheSessionsLockRanOutWithinItsTurn(Holding holding) {
    SessionHold hold = accept();
    manual.standStillInTheNextTurn(LOCK);

    CompletableFuture<?> done = holding.call.apply(engine, hold);
    engine.turn();

    assertThatThrownBy(done::join).hasCauseInstanceOf(SessionLockLost.class);
    assertThat(manual.done(engine.sessionState(accept()))).isEmpty();
  }

  @Test
  void messageOfASessionCannotBeCompletedWhenTheSessionsLockRanOutWithinItsTurn() {
    ReceivedMessage<byte[]> message = receive(accept());
    manual.standStillInTheNextTurn(LOCK);

    CompletableFuture<Void> completed =
        engine.complete(ACCOUNTS, message.lockToken().orElseThrow());
    engine.turn();

    assertThatThrownBy(completed::join).hasCauseInstanceOf(SessionLockLost.class);
    assertThat(receive(accept()).deliveryCount()).isEqualTo(2);
  }

  @Test
  void sessionThatIsGivenBackTooLateHadItsDeliveriesCounted() {
    SessionHold hold = accept();
    receive(hold);
    manual.standStillInTheNextTurn(LOCK);

    CompletableFuture<Void> released = engine.releaseSession(hold);
    engine.turn();

    assertThat(released).isCompleted();
    assertThat(receive(accept()).deliveryCount()).isEqualTo(2);
  }

  @Test
  void holderWhoWaitsIsNotServedAfterItsEnd() {
    SessionHold hold = accept();
    receive(hold);
    CompletableFuture<List<ReceivedMessage<byte[]>>> waiting =
        engine.receive(hold, 1, Duration.ofMinutes(1));
    manual.run();
    manual.standStillInTheNextTurn(LOCK);

    engine.send(ACCOUNTS, message("y"));
    engine.turn();
    assertThat(waiting).isNotDone();
    manual.run();

    assertThatThrownBy(waiting::join).hasCauseInstanceOf(SessionLockLost.class);
  }

  @Test
  void lockBeginsWhenTheMessageIsHandedOut() {
    manual.send(ORDERS, "x");
    manual.run();
    manual.standStillInTheNextTurn(LOCK.multipliedBy(2));
    CompletableFuture<List<ReceivedMessage<byte[]>>> received =
        engine.receive(ORDERS, SubQueue.MAIN, 1, Duration.ZERO);
    engine.turn();
    ReceivedMessage<byte[]> message = received.join().get(0);

    assertThat(message.lockedUntil()).hasValue(manual.wall().plus(LOCK));
    manual.advance(LOCK.minusMillis(1));
    assertThat(manual.receive(ORDERS, 1)).isEmpty();
    manual.complete(message);
  }

  @Test
  void sessionsLockBeginsWhenItIsAcceptedOrRenewed() {
    send(ACCOUNTS);
    manual.run();
    manual.standStillInTheNextTurn(LOCK.multipliedBy(2));
    CompletableFuture<SessionHold> accepted =
        engine.acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ZERO);
    engine.turn();
    SessionHold hold = accepted.join();
    manual.advance(LOCK.minusMillis(1));
    manual.run();
    manual.done(engine.renewSession(hold));
    manual.advance(LOCK.minusMillis(1));

    assertThat(receive(hold).deliveryCount()).isEqualTo(1);
  }

  @Test
  void messageWhoseLifeEndedWithinTheTurnIsNotHandedOut() {
    manual.done(
        engine.send(
            ORDERS, ManualEngine.message("short").timeToLive(Duration.ofSeconds(1)).build()));
    manual.run();
    manual.standStillInTheNextTurn(Duration.ofSeconds(2));

    CompletableFuture<List<ReceivedMessage<byte[]>>> received =
        engine.receive(ORDERS, SubQueue.MAIN, 1, Duration.ZERO);
    engine.turn();

    assertThat(received.join()).isEmpty();
    assertThat(manual.done(engine.statistics(ORDERS)).deadLetter()).isEqualTo(1);
  }

  @Test
  void messageThatIsGivenBackForAWhileStaysAwayForThatLongFromNowOn() {
    manual.send(ORDERS, "x");
    LockToken token = manual.receive(ORDERS, 1).get(0).lockToken().orElseThrow();
    manual.run();
    manual.standStillInTheNextTurn(Duration.ofSeconds(2));

    CompletableFuture<Void> abandoned = engine.abandon(ORDERS, token, Duration.ofSeconds(1));
    engine.turn();
    assertThat(abandoned).isCompleted();
    assertThat(manual.receive(ORDERS, 1)).isEmpty();
    manual.advance(Duration.ofSeconds(1));

    assertThat(manual.receive(ORDERS, 1)).hasSize(1);
  }

  @Test
  void locksThatOneTurnIsTooShortForAreLostAllTheSame() {
    List<LockToken> tokens = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      manual.send(ORDERS, "m" + i);
    }
    while (tokens.size() < MANY) {
      manual.receive(ORDERS, MANY).forEach(m -> tokens.add(m.lockToken().orElseThrow()));
    }
    manual.move(LOCK);

    List<CompletableFuture<?>> refused = new ArrayList<>();
    for (LockToken token : tokens) {
      refused.add(engine.complete(ORDERS, token));
    }
    engine.turn();

    assertThat(refused)
        .allSatisfy(each -> assertThatThrownBy(each::join).hasCauseInstanceOf(LockLost.class));
    manual.run();
    assertThat(manual.done(engine.statistics(ORDERS)).active()).isEqualTo(MANY);
  }

  @Test
  void sessionsThatOneTurnIsTooShortForAreLostAllTheSame() {
    List<SessionHold> holds = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      holds.add(manual.done(engine.acceptSession(ACCOUNTS, SessionId.of("s" + i), Duration.ZERO)));
    }
    manual.move(LOCK);

    List<CompletableFuture<?>> refused = new ArrayList<>();
    for (SessionHold hold : holds) {
      refused.add(engine.setSessionState(hold, new byte[] {1}));
    }
    engine.turn();

    assertThat(refused)
        .allSatisfy(
            each -> assertThatThrownBy(each::join).hasCauseInstanceOf(SessionLockLost.class));
  }

  private static OutgoingMessage message(String text) {
    return ManualEngine.message(text).sessionId(SessionId.of("s")).build();
  }

  private void send(QueueName queue) {
    manual.done(engine.send(queue, message("x")));
  }

  /** A held session with a message, and nothing left to do. */
  private SessionHold accept() {
    if (manual.done(engine.statistics(ACCOUNTS)).active() == 0) {
      send(ACCOUNTS);
    }
    SessionHold hold =
        manual.done(engine.acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ZERO));
    manual.run();
    return hold;
  }

  private ReceivedMessage<byte[]> receive(SessionHold hold) {
    ReceivedMessage<byte[]> message = manual.done(engine.receive(hold, 1, Duration.ZERO)).get(0);
    manual.run();
    return message;
  }
}
