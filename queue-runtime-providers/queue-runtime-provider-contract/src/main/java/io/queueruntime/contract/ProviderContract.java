package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the topics of the contract have in common: the provider, its time, and short words for what
 * cases do again and again.
 *
 * <p>Used by one thread.
 */
@ExtendWith(FixtureExtension.class)
@DisplayNameGeneration(PromiseNames.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class ProviderContract {

  /** Longer than any case moves time, for receives that are to wait until something comes. */
  static final Duration LONG = Duration.ofDays(1000);

  /** How precisely a provider's times are to be. */
  private static final Duration PRECISION = Duration.ofSeconds(1);

  /** More messages than any case sends. */
  static final int ALL = 1000;

  @SuppressWarnings("NullAway.Init") // set before each case
  ProviderFixture fixture;

  @SuppressWarnings("NullAway.Init") // set before each case
  QueueProvider provider;

  private final List<AutoCloseable> opened = new ArrayList<>();

  ProviderContract() {}

  @BeforeEach
  final void openProvider(ProviderFixture fixture) {
    this.fixture = fixture;
    this.provider = fixture.open();
  }

  @AfterEach
  final void closeReceivers() throws Exception {
    for (AutoCloseable receiver : opened) {
      receiver.close();
    }
  }

  // Queues

  QueueName queue() {
    return queue(options -> options);
  }

  QueueName queue(UnaryOperator<QueueOptions> change) {
    QueueName queue = fixture.newQueueName();
    assertThat(provider.admin().create(queue, change.apply(fixture.queueOptions()))).isTrue();
    return queue;
  }

  QueueName sessionQueue() {
    return sessionQueue(options -> options);
  }

  QueueName sessionQueue(UnaryOperator<QueueOptions> change) {
    return queue(options -> change.apply(options.withSessions(true)));
  }

  Duration lock() {
    return fixture.queueOptions().lockDuration();
  }

  /** The unit of all times in the cases but locks. */
  Duration step() {
    return fixture.step();
  }

  /**
   * An instant must be that far from what the provider's clock showed between {@code before} and
   * now, to the second: however long the machine took.
   */
  void isAfter(Duration distance, Instant before, Instant instant) {
    assertThat(instant)
        .isBetween(
            before.plus(distance).minus(PRECISION), fixture.now().plus(distance).plus(PRECISION));
  }

  /** Lets that much time go by, and a little more. */
  void pass(Duration duration) {
    fixture.advance(duration.plusMillis(1));
  }

  /**
   * Lets the locks end that a close may have left: of messages that a broker had sent on their way
   * to somebody who did not wait for them any more.
   */
  void letGo() {
    pass(lock());
  }

  /** Lets what was asked before begin. */
  void settleDown() {
    fixture.advance(Duration.ZERO);
  }

  // Sending

  static OutgoingMessage.Builder message(String text) {
    return OutgoingMessage.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static OutgoingMessage.Builder message(String session, String text) {
    return message(text).sessionId(SessionId.of(session));
  }

  SendReceipt send(QueueName queue, OutgoingMessage.Builder message) {
    return await(provider.sender(queue).send(message.build()));
  }

  SendReceipt send(QueueName queue, String text) {
    return send(queue, message(text));
  }

  SendReceipt send(QueueName queue, String session, String text) {
    return send(queue, message(session, text));
  }

  /** What a sender must learn of a copy that was discarded, where the provider tells. */
  void discarded(SendOutcome outcome) {
    assertThat(outcome)
        .isEqualTo(
            provider.capabilities().has(Capability.DUPLICATE_OUTCOME)
                ? SendOutcome.DUPLICATE
                : SendOutcome.ENQUEUED);
  }

  void sendEach(QueueName queue, String... texts) {
    for (String text : texts) {
      send(queue, text);
    }
  }

  void sendEachIn(QueueName queue, String session, String... texts) {
    for (String text : texts) {
      send(queue, session, text);
    }
  }

  // Receiving

  QueueReceiver receiver(QueueName queue) {
    return track(provider.receiver(queue, SubQueue.MAIN));
  }

  QueueReceiver deadLetterReceiver(QueueName queue) {
    return track(provider.receiver(queue, SubQueue.DEAD_LETTER));
  }

  SessionReceiver accept(QueueName queue, String session) {
    return track(await(provider.acceptSession(queue, SessionId.of(session), fixture.look())));
  }

  /** Takes hold of the next session; fails when there is none. */
  SessionReceiver acceptNext(QueueName queue) {
    return track(
        await(provider.acceptNextSession(queue, fixture.look()))
            .orElseThrow(
                () -> new AssertionError("No session of queue " + queue + " can be accepted.")));
  }

  void noSessionIn(QueueName queue) {
    assertThat(await(provider.acceptNextSession(queue, fixture.glance())))
        .as("next session")
        .isEmpty();
  }

  <T extends AutoCloseable> T track(T receiver) {
    opened.add(receiver);
    return receiver;
  }

  /** Receives the one message that must be ready. */
  ReceivedMessage<byte[]> take(QueueReceiver receiver) {
    List<ReceivedMessage<byte[]>> messages = await(receiver.receive(1, fixture.look()));
    assertThat(messages).as("received from %s", receiver.queue()).hasSize(1);
    return messages.get(0);
  }

  ReceivedMessage<byte[]> take(QueueReceiver receiver, String text) {
    ReceivedMessage<byte[]> message = take(receiver);
    assertThat(text(message)).isEqualTo(text);
    return message;
  }

  /** Receives and completes the one message that must be ready. */
  void consume(QueueReceiver receiver, String text) {
    settle(receiver, take(receiver, text), Settlement.complete());
  }

  /** Receives and completes these, in this order, and nothing else. */
  void consumeAll(QueueReceiver receiver, String... texts) {
    for (String text : texts) {
      consume(receiver, text);
    }
    nothingIn(receiver);
  }

  /**
   * Receives, and holds, all that is ready.
   *
   * @param expected how many should be; fewer or more are returned too
   */
  List<ReceivedMessage<byte[]>> takeAll(QueueReceiver receiver, int expected) {
    List<ReceivedMessage<byte[]>> all = new ArrayList<>();
    List<ReceivedMessage<byte[]>> some;
    do {
      Duration wait = all.size() < expected ? fixture.look() : fixture.glance();
      some = await(receiver.receive(ALL, wait));
      all.addAll(some);
    } while (!some.isEmpty() && all.size() < ALL);
    return all;
  }

  void nothingIn(QueueReceiver receiver) {
    assertThat(texts(await(receiver.receive(1, fixture.glance()))))
        .as("received from %s", receiver.queue())
        .isEmpty();
  }

  /** A receive of one message that finds nothing and waits. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> waiting(QueueReceiver receiver) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiver.receive(1, LONG);
    settleDown();
    assertThat(receive).as("receive from %s", receiver.queue()).isNotDone();
    return receive;
  }

  /** The one message a waiting receive must have been woken by. */
  ReceivedMessage<byte[]> woken(CompletableFuture<List<ReceivedMessage<byte[]>>> receive) {
    List<ReceivedMessage<byte[]>> messages = await(receive);
    assertThat(messages).hasSize(1);
    return messages.get(0);
  }

  /**
   * Looks at all dead letters of a queue by receiving them.
   *
   * @param expected how many there should be
   */
  List<ReceivedMessage<byte[]>> deadLettersOf(QueueName queue, int expected) {
    return takeAll(deadLetterReceiver(queue), expected);
  }

  void noDeadLettersIn(QueueName queue) {
    nothingIn(deadLetterReceiver(queue));
  }

  void settle(QueueReceiver receiver, ReceivedMessage<?> message, Settlement settlement) {
    await(receiver.settle(message, settlement));
  }

  static String text(ReceivedMessage<?> message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  static List<String> texts(List<? extends ReceivedMessage<?>> messages) {
    return messages.stream().map(ProviderContract::text).toList();
  }

  // Futures

  /** The future's value, which must come. */
  <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(fixture.patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        cause.addSuppressed(new Throwable("awaited here"));
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("Nothing came within " + fixture.patience() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting.", e);
    }
  }

  /** The failure a future must end with. */
  <X extends RuntimeException> X failure(Class<X> type, CompletableFuture<?> future) {
    return type.cast(failureOf(future, List.of(type)));
  }

  /** The failure a future must end with, where a provider may choose. */
  RuntimeException failureOf(
      CompletableFuture<?> future, List<? extends Class<? extends RuntimeException>> types) {
    @Nullable Object value;
    try {
      value = await(future);
    } catch (RuntimeException e) {
      assertThat(e).isInstanceOfAny(types.toArray(Class<?>[]::new));
      return e;
    }
    return fail("Expected one of %s, found the result %s.", types, value);
  }

  /**
   * What is told of the queue; where a broker counts, and what is on its way between two places is
   * counted nowhere, as soon as it tells of so many active messages.
   */
  protected final QueueStatistics statistics(QueueName queue, long active) {
    QueueStatistics told = provider.admin().statistics(queue);
    long end = System.nanoTime() + fixture.look().toNanos();
    while (told.active() != active
        && !provider.capabilities().has(Capability.DETAILED_STATISTICS)
        && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(5_000_000);
      told = provider.admin().statistics(queue);
    }
    return told;
  }
}
