package io.queueruntime.histories;

import io.queueruntime.history.QueueRules;
import io.queueruntime.listener.DeadLetterException;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/**
 * The queues of one part of a run and what goes through them: messages that say of themselves how
 * often their handler fails. Immutable.
 *
 * @param part its number, from which its queues have their names
 */
record Mix(int part) {

  static final int SESSIONS = 32;
  static final int MAX_DELIVERIES = 4;
  private static final Duration LOCK = Duration.ofSeconds(30);

  QueueName plain() {
    return QueueName.of("plain-" + part);
  }

  QueueName sessions() {
    return QueueName.of("sessions-" + part);
  }

  static QueueOptions options(boolean sessions) {
    return QueueOptions.DEFAULTS
        .withDuplicateDetectionWindow(null)
        .withSessions(sessions)
        .withLockDuration(LOCK)
        .withMaxDeliveryCount(MAX_DELIVERIES);
  }

  Map<String, QueueRules> rules() {
    return Map.of(
        plain().value(), new QueueRules(false, LOCK, MAX_DELIVERIES, null, true),
        sessions().value(), new QueueRules(true, LOCK, MAX_DELIVERIES, null, true));
  }

  /** The next message; in a session where a number of one is given, else −1. */
  static OutgoingMessage message(String id, int session, Random random) {
    int chance = random.nextInt(1_000);
    String fate =
        chance < 10
            ? "dead"
            : chance < 20 ? "fail 99" : chance < 60 ? "fail 1" : chance < 80 ? "fail 2" : "";
    OutgoingMessage.Builder message =
        OutgoingMessage.of((id + " " + fate).getBytes(StandardCharsets.UTF_8)).messageId(id);
    return session < 0
        ? message.build()
        : message.sessionId(SessionId.of("session-" + session)).build();
  }

  /** What a handler does with it. */
  static void handle(ReceivedMessage<byte[]> message) {
    String[] words = new String(message.body(), StandardCharsets.UTF_8).split(" ", -1);
    if (words.length > 1 && words[1].equals("dead")) {
      throw new DeadLetterException("Unwanted", "as its sender wished");
    }
    if (words.length > 2 && message.deliveryCount() <= Integer.parseInt(words[2])) {
      throw new IllegalStateException("A failure its sender wished for.");
    }
  }
}
