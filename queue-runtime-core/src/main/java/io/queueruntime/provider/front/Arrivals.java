package io.queueruntime.provider.front;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Takes what the feeds of a front bring, each to the next place, and lets go of what a feed has
 * lost.
 *
 * <p>Thread-safe: takes the front's mutex itself.
 */
final class Arrivals implements Feed.Sink {

  private static final SessionId NO_SESSION = SessionId.of("no-session");

  private final Front front;
  private final FrontHost host;
  private long places;

  Arrivals(Front front, FrontHost host) {
    this.front = front;
    this.host = host;
  }

  @Override
  public void arrived(Feed feed, Delivery delivery) {
    front.locked(() -> place(feed, delivery));
  }

  @Override
  public void lost(Feed feed, Object through, boolean meant, Predicate<SessionId> which) {
    front.locked(() -> letGo(feed, through, meant, which));
  }

  @Override
  public void warmed() {
    front.locked(front.sessions()::served);
  }

  private void place(Feed feed, Delivery delivery) {
    if (front.isGone()) {
      return; // its feed is being closed, which gives it back where it came from
    }
    FoundMessage message = delivery.message();
    Lane lane = front.lanes().of(front.hasSessions() ? sessionOf(message) : null);
    Holding holding = new Holding(feed, delivery, lane, ++places);
    DeliveryHistory.Entry before = host.history().take(feed.queue(), message.sequenceNumber());
    holding.deliveries =
        before == null ? message.countedBefore() : before.deliveries(message.countedBefore());
    holding.firstFailure = before == null ? null : before.firstFailure();
    if (front.isClosed() || !front.feeding().isWanted(feed)) {
      front.feeding().leave(holding);
      front.lanes().dropIfUnused(lane);
      return;
    }
    lane.waiting.put(holding.place(), holding);
    ArrivalCheck checking = front.checking();
    if (checking != null) {
      checking.begin(holding);
    }
    Instant due = front.isDeadLetters() ? null : message.due();
    if (due != null && due.isAfter(host.time().now())) {
      front.handing().holdBack(holding, Duration.between(host.time().now(), due));
    }
    front.handing().serve(lane);
    front.sessions().served();
  }

  /** A foreign message without a session id has one of its own kind: that of its partition. */
  static SessionId sessionOf(FoundMessage message) {
    return message.sessionId().orElse(NO_SESSION);
  }

  private void letGo(
      Feed feed, Object through, boolean meant, Predicate<SessionId> sessionsThrough) {
    FencedStates states = front.states();
    if (states != null) {
      states.lost(through);
    }
    if (!meant && !feed.isRunning()) { // else it has lost a part of what it brings
      front.feeding().ended(feed);
    }
    for (Lane lane : front.lanes().all()) {
      boolean touched =
          !meant
              && front.hasSessions()
              && lane.session != null
              && sessionsThrough.test(lane.session);
      letGo(lane, through);
      SessionHold hold = lane.hold;
      if (hold != null && touched) {
        front.sessions().end(hold, SessionHold.Ended.LOST);
      }
      if (!meant && !front.isClosed() && (!lane.receives.isEmpty() || !lane.accepts.isEmpty())) {
        front.feeding().again(lane);
      }
      front.lanes().dropIfUnused(lane);
    }
    if (!meant && front.sessions().hasWaits()) {
      front.feeding().again();
    }
  }

  /**
   * A message could not be acknowledged, as what it came through has ended, of which the feed has
   * not told yet. What is behind it in its lane has ended, too: handed out now, it would be before
   * the message that comes again. Under the front's mutex.
   */
  void ended(Holding holding) {
    Lane lane = front.lanes().of(holding.lane().session);
    letGo(lane, holding.delivery().through());
    SessionHold by = holding.by;
    if (by != null) {
      front.sessions().end(by, SessionHold.Ended.LOST);
    }
    front.lanes().dropIfUnused(lane);
  }

  private void letGo(Lane lane, Object through) {
    for (Holding holding : List.copyOf(lane.waiting.values())) {
      if (holding.delivery().through() == through) {
        lane.waiting.remove(holding.place());
        front.feeding().remember(holding, 1);
      }
    }
    for (Map.Entry<LockToken, Holding> entry : List.copyOf(lane.locked.entrySet())) {
      if (entry.getValue().delivery().through() == through) {
        lane.locked.remove(entry.getKey());
        front.lostTokens().add(entry.getKey());
        front.feeding().remember(entry.getValue(), 1);
      }
    }
  }
}
