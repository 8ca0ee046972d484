package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.FaultyStorage.Effect;
import io.queueruntime.storage.FaultyStorage.Operation;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is handed out before the disk was forced once more, and what is not: told apart by a force
 * that fails.
 */
class DurableDeliveryTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  /** More than the first steps take. */
  private static final int FORCES = 12;

  @Test
  void aDurableMessageIsHandedOutBeforeTheForceOfWhatCameWithIt() {
    int met = 0;
    for (int nth = 1; nth <= FORCES; nth++) {
      ManualEngine manual = failing(nth, engine -> engine.send(ORDERS, "before"));
      if (manual == null) {
        continue;
      }
      CompletableFuture<SendReceipt> sent =
          manual.engine().send(ORDERS, ManualEngine.message("beside").build());
      CompletableFuture<List<ReceivedMessage<byte[]>>> received = receive(manual);
      manual.run();
      if (sent.isCompletedExceptionally()) {
        met++;
        assertThat(received).isCompleted();
        assertThat(received.join()).extracting(ManualEngine::text).containsExactly("before");
      }
    }
    assertThat(met).as("the force that failed was the one beside the receive").isEqualTo(1);
  }

  @Test
  void whoReceivesAndCompletesSharesTheForceOfTheTurn() {
    ManualEngine manual = new ManualEngine(new MemoryStorage(), options -> options);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    manual.send(ORDERS, "before");
    CompletableFuture<SendReceipt> sent =
        manual.engine().send(ORDERS, ManualEngine.message("beside").build());
    CompletableFuture<Void> completed =
        receive(manual)
            .thenCompose(
                messages ->
                    manual.engine().complete(ORDERS, messages.get(0).lockToken().orElseThrow()));

    manual.engine().turn();

    assertThat(sent).isCompleted();
    assertThat(completed).isCompleted();
  }

  @Test
  void whatWasSentInTheSameTurnWaitsForTheForce() {
    int met = 0;
    for (int nth = 1; nth <= FORCES; nth++) {
      ManualEngine manual = failing(nth, engine -> {});
      if (manual == null) {
        continue;
      }
      CompletableFuture<SendReceipt> sent =
          manual.engine().send(ORDERS, ManualEngine.message("x").build());
      CompletableFuture<List<ReceivedMessage<byte[]>>> received = receive(manual);
      manual.run();
      if (sent.isCompletedExceptionally()) {
        met++;
        assertThat(received).isCompletedExceptionally();
      }
    }
    assertThat(met).as("the force that failed was that of the message").isEqualTo(1);
  }

  @Test
  void whatWasGivenBackInTheSameTurnWaitsForTheForce() {
    waitsForTheForceOf(
        (engine, token) -> engine.abandon(ORDERS, token, Duration.ZERO), List.of("x"));
    waitsForTheForceOf((engine, token) -> engine.release(ORDERS, token), List.of("x"));
  }

  @Test
  void whatIsNextBecauseOfSomethingElseInTheSameTurnWaitsForTheForce() {
    waitsForTheForceOf(
        (engine, token) -> engine.purge(ORDERS, SubQueue.MAIN, Instant.MAX, 1),
        List.of("x", "purged", "next"));
  }

  private static void waitsForTheForceOf(
      BiFunction<QueueEngine, LockToken, CompletableFuture<?>> change, List<String> texts) {
    int met = 0;
    for (int nth = 1; nth <= FORCES; nth++) {
      ManualEngine manual =
          failing(nth, engine -> texts.forEach(text -> engine.send(ORDERS, text)));
      if (manual == null) {
        continue;
      }
      ReceivedMessage<byte[]> held = manual.receive(ORDERS, 1).get(0);
      CompletableFuture<?> changed = change.apply(manual.engine(), held.lockToken().orElseThrow());
      CompletableFuture<List<ReceivedMessage<byte[]>>> received = receive(manual);
      manual.run();
      if (changed.isCompletedExceptionally()) {
        met++;
        assertThat(received).isCompletedExceptionally();
      }
    }
    assertThat(met).as("the force that failed was that of the change").isEqualTo(1);
  }

  @Test
  void aSessionIsHandedOverBeforeTheForceOnlyWhereItsMessageIsDurable() {
    QueueName accounts = QueueName.of("accounts");
    OutgoingMessage message = ManualEngine.message("x").sessionId(SessionId.of("ann")).build();
    OutgoingMessage other = ManualEngine.message("y").sessionId(SessionId.of("bob")).build();
    int met = 0;
    for (int nth = 1; nth <= FORCES; nth++) {
      ManualEngine manual =
          failing(
              nth,
              engine -> {
                engine.done(
                    engine
                        .engine()
                        .createQueue(accounts, QueueOptions.DEFAULTS.withSessions(true)));
                engine.done(engine.engine().send(accounts, message));
              });
      if (manual == null) {
        continue;
      }
      CompletableFuture<SendReceipt> sent = manual.engine().send(accounts, other);
      var durable = manual.engine().acceptNextSession(accounts, Duration.ZERO);
      var undurable = manual.engine().acceptNextSession(accounts, Duration.ofMinutes(1));
      manual.run();
      if (sent.isCompletedExceptionally()) {
        met++;
        assertThat(durable.join().orElseThrow().sessionId()).isEqualTo(SessionId.of("ann"));
        assertThat(undurable).isCompletedExceptionally();
      }
    }
    assertThat(met).as("the force that failed was the one beside the accepts").isEqualTo(1);
  }

  /** An engine that has done these steps and whose n-th force fails; null when it failed before. */
  private static @Nullable ManualEngine failing(int nth, Consumer<ManualEngine> steps) {
    try {
      ManualEngine manual =
          new ManualEngine(
              new FaultyStorage(new MemoryStorage(), Operation.FORCE, nth, Effect.ERROR),
              options -> options);
      manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
      steps.accept(manual);
      return manual;
    } catch (StorageFailed tooEarly) {
      return null;
    }
  }

  private static CompletableFuture<List<ReceivedMessage<byte[]>>> receive(ManualEngine manual) {
    return manual.engine().receive(ORDERS, SubQueue.MAIN, 1, Duration.ZERO);
  }
}
