package io.queueruntime.histories;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Takes out all that is left of a part, on the record, until its provider counts nothing any more.
 * Confined to one thread.
 */
record Drain(RecordedProvider provider, Mix mix) {

  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final Duration MAX = Duration.ofMinutes(3);
  private static final int AT_ONCE = 100;

  /** Takes out everything; fails when something is counted that does not come within 3 minutes. */
  void all() {
    long end = System.nanoTime() + MAX.toNanos();
    while (left() > 0) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "%d messages are counted and cannot be received: %s, %s"
                .formatted(
                    left(),
                    provider.admin().statistics(mix.plain()),
                    provider.admin().statistics(mix.sessions())));
      }
      plain();
      sessions();
      letters(mix.plain());
      letters(mix.sessions());
    }
  }

  private long left() {
    return left(mix.plain()) + left(mix.sessions());
  }

  private long left(QueueName queue) {
    QueueStatistics found = provider.admin().statistics(queue);
    return found.pending() + found.deadLetter();
  }

  private void plain() {
    if (provider.admin().statistics(mix.plain()).pending() > 0) {
      QueueReceiver receiver = provider.receiver(mix.plain(), SubQueue.MAIN);
      while (completeSome(receiver)) {
        // and more
      }
      receiver.close();
    }
  }

  private void sessions() {
    if (provider.admin().statistics(mix.sessions()).pending() == 0) {
      return;
    }
    Optional<SessionReceiver> session = next();
    while (session.isPresent()) {
      while (completeSome(session.get())) {
        // and more
      }
      session.get().closeAsync().join();
      session = next();
    }
  }

  private Optional<SessionReceiver> next() {
    return provider.acceptNextSession(mix.sessions(), WAIT).orTimeout(1, TimeUnit.MINUTES).join();
  }

  private static boolean completeSome(QueueReceiver receiver) {
    List<ReceivedMessage<byte[]>> found =
        receiver.receive(AT_ONCE, WAIT).orTimeout(1, TimeUnit.MINUTES).join();
    found.forEach(message -> receiver.settle(message, Settlement.complete()).join());
    return !found.isEmpty();
  }

  private void letters(QueueName queue) {
    if (provider.admin().statistics(queue).deadLetter() > 0) {
      while (Traffic.completeDeadLetters(provider, queue, AT_ONCE) > 0) {
        // and more
      }
    }
  }
}
