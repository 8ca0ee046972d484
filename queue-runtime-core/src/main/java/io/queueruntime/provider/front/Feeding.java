package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The feeds of a front, and how much of each is wanted. What is wanted is noted at once; what it
 * takes at the broker follows, one after the other and in order.
 *
 * <p>Confined to its front's mutex, but for the methods that say otherwise.
 */
final class Feeding {

  /** Most deliveries that are asked for at once. */
  private static final int CREDIT_MAX = 2_000;

  /** How long after a lost feed it is begun again. */
  private static final Duration AGAIN = Duration.ofMillis(200);

  private final Front front;
  private final FrontHost host;
  private final FrontQueue known;
  private final List<Feed> feeds;
  private final InOrder doing;

  /** The feeds that are to run, and with how much credit; what they do follows. */
  private final Map<Feed, Integer> wanted = new HashMap<>();

  Feeding(Front front, FrontHost host, FrontQueue known, Feed.Sink sink) {
    this.front = front;
    this.host = host;
    this.known = known;
    this.doing = new InOrder(host.callbacks());
    SubQueue subQueue = front.isDeadLetters() ? SubQueue.DEAD_LETTER : SubQueue.MAIN;
    this.feeds = List.copyOf(host.feeds(known, subQueue, sink));
  }

  /** Where its front's deliveries come from. Needs no mutex. */
  List<Feed> feeds() {
    return feeds;
  }

  /** Where those of a session come from. Needs no mutex. */
  Feed of(SessionId session) {
    return feeds.get(host.feedOf(known, session));
  }

  /** Whether a single message can be given back. Needs no mutex. */
  boolean returnsOne() {
    return feeds.get(0).returnsOne();
  }

  /** Whether messages may be on their way that were there when it began. Needs no mutex. */
  boolean isWarming() {
    return feeds.stream().anyMatch(Feed::isWarming);
  }

  /** Whether all of it runs, and what was there when it began has come. Needs no mutex. */
  boolean isWarm() {
    return !isWarming() && feeds.stream().allMatch(Feed::isRunning);
  }

  /** Whether deliveries of that feed are wanted. */
  boolean isWanted(Feed feed) {
    return wanted.containsKey(feed);
  }

  // What is wanted

  /** Sees to it that enough comes for all who wait. */
  void want(Lane lane) {
    if (front.hasSessions()) {
      start(lane.session == null ? feeds : List.of(of(lane.session)));
      return;
    }
    int needed = front.settlingNow() + lane.locked.size() + lane.waiting.size();
    for (ReceiveWait wait : lane.receives) {
      needed += Math.min(wait.max, CREDIT_MAX);
    }
    want(feeds.get(0), Math.max(1, Math.min(CREDIT_MAX, needed)));
  }

  /** Lets come what there is of sessions. */
  void start(Collection<Feed> which) {
    which.forEach(feed -> want(feed, host.sessionPrefetch()));
  }

  private void want(Feed feed, int credit) {
    if (!front.isOpen()) {
      return;
    }
    Integer already = wanted.get(feed);
    if (already == null || already < credit) {
      wanted.put(feed, credit);
      afterwards(() -> begin(feed, credit));
    }
  }

  private void begin(Feed feed, int credit) {
    try {
      feed.want(credit);
      front.mutex().changed();
      host.time().after(feed.warmMax(), () -> warm(feed));
    } catch (QueueRuntimeException e) {
      if (e instanceof QueueNotFound) {
        host.forget(known.name());
      }
      front.locked(
          () -> {
            wanted.remove(feed);
            front.failWaits(e);
          });
    }
  }

  /** What was expected does not come, e.g. as another process is the active consumer. */
  private void warm(Feed feed) {
    feed.warm();
    front.locked(front.sessions()::served);
  }

  /** A feed has ended by itself: it is begun again when it is wanted again. */
  void ended(Feed feed) {
    wanted.remove(feed);
  }

  /** Somebody waits in a lane that lost its feed. */
  void again(Lane lane) {
    host.time().after(AGAIN, () -> front.locked(() -> want(lane)));
  }

  /** Somebody waits for any session, and a feed was lost. */
  void again() {
    host.time().after(AGAIN, () -> front.locked(() -> start(feeds)));
  }

  // What goes back

  /** Back to the broker, for whoever takes it there. */
  void giveBack(Holding holding) {
    boolean failed = holding.failures > 0;
    remember(holding, failed || host.countsEveryReturn() ? 1 : 0);
    // After a consumer's end that was asked for before: the broker would send it the message again,
    // take it back from a consumer that is gone, and count that.
    afterwards(() -> holding.delivery().giveBack(failed));
  }

  /** Back to the broker, by itself or with all others of its feed. */
  void leave(Holding holding) {
    if (returnsOne()) {
      giveBack(holding);
    } else {
      remember(holding, 1);
    }
  }

  /**
   * What was counted of a message, for when it comes again.
   *
   * @param counted how much the broker adds to its own count
   */
  void remember(Holding holding, int counted) {
    holding.cancelAlarm();
    host.history()
        .note(
            holding.feed().queue(),
            holding.message().sequenceNumber(),
            new DeliveryHistory.Entry(
                holding.deliveries,
                holding.message().countedBefore() + counted,
                holding.firstFailure));
  }

  // How it ends

  /**
   * Lets no more come. What cannot give back one message is closed as it is: all its deliveries go
   * back at once, and in their order. A consumer that only ended would let the next one begin with
   * what this one has not settled.
   */
  void stop() {
    wanted.clear();
    afterwards(returnsOne() ? feeds.get(0)::rest : () -> feeds.forEach(Feed::close));
  }

  /** Ends the feeds, after all that they were told before. */
  void close(CompletableFuture<Void> ended) {
    wanted.clear();
    afterwards(
        () -> {
          feeds.forEach(Feed::close);
          ended.complete(null);
        });
  }

  /** What was counted of its messages is of no use any more. Needs no mutex. */
  void forgetCounts() {
    feeds.forEach(feed -> host.history().forget(feed.queue()));
  }

  /**
   * Returns once the broker has seen all that it was told before. Takes the mutex itself; blocks.
   */
  void sync() {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    front.locked(
        () ->
            afterwards(
                () -> {
                  feeds.forEach(Feed::sync);
                  seen.complete(null);
                }));
    seen.join();
  }

  private void afterwards(Runnable work) {
    front.mutex().afterwards(() -> doing.execute(work));
  }
}
