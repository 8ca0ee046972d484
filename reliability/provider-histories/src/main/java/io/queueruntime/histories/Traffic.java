package io.queueruntime.histories;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Who sends the messages of one part, a failed one again until it is taken, and sees to the dead
 * letters: about half of them go back into their queue, the others are done with. Confined to one
 * thread.
 */
final class Traffic {

  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration IDLE_MAX = Duration.ofMinutes(3);
  private static final int AT_ONCE = 2 * Mix.SESSIONS;

  /** How often a message is sent before the run is given up. */
  private static final int TRIES_MAX = 1_000;

  private static final int LETTERS = 200;

  private final RecordedProvider provider;
  private final Mix mix;
  private final String name;
  private final Random random;
  private int numbers;

  Traffic(RecordedProvider provider, Mix mix, String name, long seed) {
    this.provider = provider;
    this.mix = mix;
    this.name = name;
    this.random = new Random(seed);
  }

  /** Sends that many, half of them in sessions, in which one waits for the other. */
  void send(int messages) {
    int rounds = 0;
    for (int sent = 0; sent < messages; sent += AT_ONCE) {
      List<OutgoingMessage> plain = new ArrayList<>();
      List<OutgoingMessage> sessions = new ArrayList<>();
      for (int session = 0; session < Mix.SESSIONS; session++) {
        plain.add(Mix.message(name + "-" + ++numbers, -1, random));
        sessions.add(Mix.message(name + "-" + ++numbers, session, random));
      }
      sendAll(plain, sessions);
      if (++rounds % 20 == 0) {
        seeToDeadLetters();
      }
    }
  }

  private void sendAll(List<OutgoingMessage> plain, List<OutgoingMessage> sessions) {
    List<OutgoingMessage> left = new ArrayList<>(plain);
    List<OutgoingMessage> leftInSessions = new ArrayList<>(sessions);
    for (int tries = 1; !left.isEmpty() || !leftInSessions.isEmpty(); tries++) {
      if (tries > TRIES_MAX) {
        throw new IllegalStateException(
            "The broker did not take a message that was sent %d times.".formatted(TRIES_MAX));
      }
      List<CompletableFuture<SendReceipt>> answers = sendEach(mix.plain(), left);
      List<CompletableFuture<SendReceipt>> answersInSessions =
          sendEach(mix.sessions(), leftInSessions);
      left = failed(left, answers);
      leftInSessions = failed(leftInSessions, answersInSessions);
      if (!left.isEmpty() || !leftInSessions.isEmpty()) {
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private List<CompletableFuture<SendReceipt>> sendEach(
      QueueName queue, List<OutgoingMessage> messages) {
    return messages.stream().map(provider.sender(queue)::send).toList();
  }

  private static List<OutgoingMessage> failed(
      List<OutgoingMessage> messages, List<CompletableFuture<SendReceipt>> answers) {
    List<OutgoingMessage> failed = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (!answers.get(i).handle((receipt, failure) -> failure == null).join()) {
        failed.add(messages.get(i));
      }
    }
    return failed;
  }

  private void seeToDeadLetters() {
    for (QueueName queue : List.of(mix.plain(), mix.sessions())) {
      try {
        seeToDeadLetters(queue);
      } catch (CompletionException e) {
        // the broker is away; the next time then
      }
    }
  }

  private void seeToDeadLetters(QueueName queue) {
    RecordedDeadLetters letters = provider.recordedDeadLetters(queue);
    List<ReceivedMessage<byte[]>> chosen =
        letters.peek(LETTERS).orTimeout(1, TimeUnit.MINUTES).join().stream()
            .filter(letter -> random.nextBoolean())
            .toList();
    if (!chosen.isEmpty()) {
      letters.replay(chosen).orTimeout(1, TimeUnit.MINUTES).join();
    }
    completeDeadLetters(provider, queue, LETTERS);
  }

  /** Takes out dead letters; returns how many. */
  static int completeDeadLetters(RecordedProvider provider, QueueName queue, int most) {
    QueueReceiver receiver = provider.receiver(queue, SubQueue.DEAD_LETTER);
    try {
      List<ReceivedMessage<byte[]>> found =
          receiver.receive(most, Duration.ofMillis(200)).orTimeout(1, TimeUnit.MINUTES).join();
      found.forEach(letter -> receiver.settle(letter, Settlement.complete()).join());
      return found.size();
    } finally {
      receiver.close();
    }
  }

  /** Waits until listeners and dead letters have come to an end, for three minutes at most. */
  void awaitIdle() {
    long end = System.nanoTime() + IDLE_MAX.toNanos();
    while (System.nanoTime() < end && !idle()) {
      seeToDeadLetters();
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private boolean idle() {
    try {
      QueueStatistics plain = provider.admin().statistics(mix.plain());
      QueueStatistics sessions = provider.admin().statistics(mix.sessions());
      return plain.pending() + plain.deadLetter() + sessions.pending() + sessions.deadLetter() == 0;
    } catch (RuntimeException e) {
      return false; // the broker is away
    }
  }
}
