package io.queueruntime.provider.front;

import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.Claim;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the duplicate window about each message that was sent under it, before it is handed out:
 * whether its copy is the one that counts. A copy that does not is removed from the queue. Where
 * that cannot be told, as another copy's sender has not said yet or the store cannot be reached,
 * the message keeps its place and it is asked again, for as long as it takes: it is neither dropped
 * nor handed out unchecked.
 *
 * <p>Confined to its front's mutex, but for what waits for the store.
 */
final class ArrivalCheck {

  private static final Logger log = LoggerFactory.getLogger(ArrivalCheck.class);

  /** How long who looks for messages waits at most for what is just being asked. */
  static final Duration SOON = Duration.ofSeconds(1);

  /** A claim of this side is confirmed at once, so that it holds nobody off. */
  private static final Duration LEASE = Duration.ofSeconds(10);

  private static final Duration PAUSE_MIN = Duration.ofMillis(50);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private final Front front;
  private final FrontHost host;
  private final QueueStateStore store;
  private int asking;
  private boolean failing;

  private enum Answer {
    COUNTS,
    DUPLICATE,
    IN_DOUBT
  }

  ArrivalCheck(Front front, FrontHost host, QueueStateStore store) {
    this.front = front;
    this.host = host;
    this.store = store;
  }

  /** Whether a message has no first answer yet. */
  boolean isAsking() {
    return asking > 0;
  }

  /** A message has come: it is not to be handed out before its copy has passed. */
  void begin(Holding holding) {
    CopyMark mark = holding.message().mark();
    Duration length = front.queue().options().duplicateDetectionWindow();
    if (mark != null && length != null) {
      holding.check = Holding.Check.ASKED;
      asking++;
      ask(holding, mark, length, PAUSE_MIN);
    }
  }

  private void ask(Holding holding, CopyMark mark, Duration length, Duration pause) {
    front.afterwards(
        () ->
            question(holding, mark, length)
                .whenComplete(
                    (answer, failure) ->
                        host.callbacks()
                            .execute(
                                () ->
                                    front.locked(
                                        () ->
                                            answered(
                                                holding, mark, length, pause, answer, failure)))));
  }

  private CompletableFuture<Answer> question(Holding holding, CopyMark mark, Duration length) {
    DuplicateWindow window = store.duplicates();
    String id = holding.message().messageId();
    return window
        .claim(front.queue().name(), id, mark.copy(), LEASE)
        .thenCompose(
            claim ->
                claim.outcome() == Claim.Outcome.CLAIMED
                    ? window
                        .confirm(front.queue().name(), id, mark.copy(), mark.until())
                        .thenApply(counts -> counts ? Answer.COUNTS : Answer.IN_DOUBT)
                    : CompletableFuture.completedFuture(answer(claim, mark, length)));
  }

  private static Answer answer(Claim claim, CopyMark mark, Duration length) {
    return switch (claim.outcome()) {
      case CLAIMED, CONFIRMED -> Answer.COUNTS;
      case IN_DOUBT -> Answer.IN_DOUBT;
      // Whose window began only when this one's had ended is no copy of this, but the next message
      // with its id: this one has stood in the queue for longer than the window.
      case DUPLICATE ->
          claim.until().minus(length).isBefore(mark.until()) ? Answer.DUPLICATE : Answer.COUNTS;
    };
  }

  private void answered(
      Holding holding,
      CopyMark mark,
      Duration length,
      Duration pause,
      @Nullable Answer answer,
      @Nullable Throwable failure) {
    if (holding.check == Holding.Check.ASKED) {
      asking--;
    }
    holding.check = Holding.Check.IN_DOUBT;
    tell(failure);
    Lane lane = holding.lane();
    if (lane.waiting.get(holding.place()) != holding) {
      return; // it went back to the broker, or was purged
    }
    if (answer == Answer.COUNTS) {
      holding.check = Holding.Check.PASSED;
    } else if (answer == Answer.DUPLICATE) {
      lane.waiting.remove(holding.place());
      holding.cancelAlarm();
      front.afterwards(() -> holding.delivery().acknowledge());
    } else {
      askAgain(holding, mark, length, pause);
      if (!lane.receives.isEmpty()) {
        front.feeding().want(lane); // others, in its stead
      }
    }
    front.handing().serve(lane);
    front.sessions().served();
    front.lanes().dropIfUnused(lane);
  }

  private void askAgain(Holding holding, CopyMark mark, Duration length, Duration pause) {
    Duration twice = pause.multipliedBy(2);
    Duration longer = twice.compareTo(PAUSE_MAX) < 0 ? twice : PAUSE_MAX;
    host.time()
        .after(
            pause,
            () ->
                front.locked(
                    () -> {
                      if (holding.lane().waiting.get(holding.place()) == holding) {
                        ask(holding, mark, length, longer);
                      }
                    }));
  }

  /** Says it once, however many messages wait. */
  private void tell(@Nullable Throwable failure) {
    if (failure != null && !failing) {
      failing = true;
      log.warn(
          "Cannot ask the state store '{}' which messages of queue '{}' are duplicates; they wait, and it is asked again.",
          store.name(),
          front.queue().name(),
          TransientRetry.unwrap(failure));
    } else if (failure == null && failing) {
      failing = false;
      log.info(
          "The state store '{}' tells again which messages of queue '{}' are duplicates.",
          store.name(),
          front.queue().name());
    }
  }
}
