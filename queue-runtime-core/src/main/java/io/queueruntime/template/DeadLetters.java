package io.queueruntime.template;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Looks at, repairs, puts back and discards what was given up.
 *
 * <p>Work on many goes through them in order, a page at a time, and stops at what was dead-lettered
 * after it began: a message that fails again right after its replay is not replayed in a circle.
 *
 * <p>Thread-safe. Every method blocks; those on many for as long as it takes, and end early when
 * the thread is interrupted.
 */
public final class DeadLetters {

  /** Most dead letters of one look. */
  public static final int PEEK_MAX = 1_000;

  private static final int PAGE = 100;
  private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(30);

  private final QueueProvider provider;
  private final TransientRetry retry;
  private final InstantSource clock;
  private final Consumer<Duration> rest;

  /** Works on the dead letters of one client's queues; does no I/O. */
  public DeadLetters(QueueProvider provider) {
    this(
        provider,
        TransientRetry.DEFAULT,
        InstantSource.system(),
        duration -> LockSupport.parkNanos(duration.toNanos()));
  }

  DeadLetters(
      QueueProvider provider, TransientRetry retry, InstantSource clock, Consumer<Duration> rest) {
    this.provider = provider;
    this.retry = retry;
    this.clock = clock;
    this.rest = rest;
  }

  /**
   * Dead letters of a queue from a sequence number on, in order; at most {@value #PEEK_MAX} at
   * once.
   */
  public List<ReceivedMessage<byte[]>> peek(String queue, SequenceNumber from, int maxMessages) {
    DeadLetterQueue letters = provider.deadLetters(QueueName.of(queue));
    int most = Math.max(1, Math.min(PEEK_MAX, maxMessages));
    return Waiting.join(
        Doing.of("peek", QueueName.of(queue), "peek at the dead letters of queue '" + queue + "'"),
        retry.call(() -> letters.peek(from, most)),
        OPERATION_TIMEOUT);
  }

  /** The first dead letters of a queue, in order; at most {@value #PEEK_MAX}. */
  public List<ReceivedMessage<byte[]>> list(String queue, int maxMessages) {
    return peek(queue, SequenceNumber.START, maxMessages);
  }

  /** Puts one dead letter back; false when it is not there, or locked by a receiver. */
  public boolean replay(String queue, SequenceNumber sequenceNumber) {
    return replay(queue, List.of(sequenceNumber), MessageEdits.NONE) == 1;
  }

  /** Puts dead letters back into their queue, in order, as the request says. */
  public DeadLetterReport replay(String queue, DeadLetterRequest request) {
    return walk(queue, request, numbers -> replay(queue, numbers, request.edits()));
  }

  /** Puts all dead letters back into their queue, in order. */
  public DeadLetterReport replayAll(String queue) {
    return replay(queue, DeadLetterRequest.all());
  }

  /** Removes dead letters for good, as the request says. */
  public DeadLetterReport discard(String queue, DeadLetterRequest request) {
    return walk(queue, request, numbers -> discard(queue, numbers));
  }

  /** Removes one dead letter for good; false when it is not there, or locked by a receiver. */
  public boolean discard(String queue, SequenceNumber sequenceNumber) {
    return discard(queue, List.of(sequenceNumber)) == 1;
  }

  private int replay(String queue, List<SequenceNumber> numbers, MessageEdits edits) {
    DeadLetterQueue letters = provider.deadLetters(QueueName.of(queue));
    return work("replay", queue, numbers, letters.replay(numbers, edits));
  }

  private int discard(String queue, List<SequenceNumber> numbers) {
    DeadLetterQueue letters = provider.deadLetters(QueueName.of(queue));
    return work("discard", queue, numbers, letters.discard(numbers));
  }

  private static int work(
      String verb, String queue, List<SequenceNumber> numbers, CompletableFuture<Integer> future) {
    return Waiting.join(
        Doing.of(
            verb,
            QueueName.of(queue),
            verb + " " + numbers.size() + " dead letters of queue '" + queue + "'"),
        future,
        OPERATION_TIMEOUT);
  }

  /**
   * Letters keep the places their messages had, so that newer ones stand between older ones: only
   * the end of the queue ends the walk.
   */
  private DeadLetterReport walk(
      String queue, DeadLetterRequest request, Function<List<SequenceNumber>, Integer> act) {
    Instant begun = clock.instant();
    int portion =
        request.perSecond() == 0 ? PAGE : (int) Math.max(1, Math.min(PAGE, request.perSecond()));
    SequenceNumber from = SequenceNumber.START;
    long examined = 0;
    long matched = 0;
    long done = 0;
    boolean first = true;
    while (matched < request.limit() && !Thread.currentThread().isInterrupted()) {
      List<ReceivedMessage<byte[]>> page = peek(queue, from, portion);
      List<SequenceNumber> chosen = new ArrayList<>();
      int older = 0;
      for (ReceivedMessage<byte[]> letter : page) {
        from = letter.sequenceNumber().next();
        if (isNewerThan(begun, letter)) {
          continue;
        }
        older++;
        if (matched < request.limit() && request.filter().test(letter)) {
          matched++;
          chosen.add(letter.sequenceNumber());
        }
      }
      examined += older;
      if (!chosen.isEmpty() && !request.dryRun()) {
        if (!first && request.perSecond() > 0) {
          rest.accept(Duration.ofNanos((long) (chosen.size() / request.perSecond() * 1e9)));
        }
        first = false;
        done += act.apply(chosen);
      }
      if (page.size() < portion) {
        break;
      }
    }
    return new DeadLetterReport(examined, matched, done);
  }

  private static boolean isNewerThan(Instant begun, ReceivedMessage<byte[]> letter) {
    return letter
        .deadLetter()
        .map(DeadLetterDetails::lastFailure)
        .orElse(Instant.MIN)
        .isAfter(begun);
  }
}
