package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries of one queue that this process holds unacknowledged, and everybody here who waits
 * for one: what a broker leaves out of a lock. A message that is given back returns to its own
 * place here and is handed out from here, so that the broker's order, which a single returned
 * message does not keep, is never asked for.
 *
 * <p>State is under this object's monitor; what is to be done at the broker or to be told to
 * callers is queued under it and done after it, in order.
 *
 * <p>Thread-safe.
 */
public final class Front {

  /** Most deliveries that are asked for at once. */
  private static final int CREDIT_MAX = 2_000;

  /** How long a look takes at least that finds nothing: the broker has to be asked. */
  private static final Duration LOOK_MIN = Duration.ofMillis(100);

  /** How long after a lost feed it is begun again. */
  private static final Duration AGAIN = Duration.ofMillis(200);

  private final FrontHost host;
  private final FrontQueue known;
  private final boolean deadLetters;
  private final List<Feed> feeds;
  private final Map<Optional<SessionId>, Lane> lanes = new HashMap<>();
  private final LostTokens lost = new LostTokens();
  private final FrontSettling settling;
  private final SessionDesk sessions;
  private final Resting resting;
  private final Queue<Runnable> after = new ConcurrentLinkedQueue<>();
  private final ReentrantLock doing = new ReentrantLock();
  private final InOrder feeding;

  /** The feeds that are to run, and with how much credit; what they do follows. */
  private final Map<Feed, Integer> wanted = new HashMap<>();

  private long places;
  private int settlingNow;
  private boolean closed;
  private boolean gone;

  Front(FrontHost host, FrontQueue known, boolean deadLetters) {
    this.host = host;
    this.known = known;
    this.feeding = new InOrder(host.callbacks());
    this.deadLetters = deadLetters;
    this.settling = new FrontSettling(this, host);
    this.sessions = new SessionDesk(this, host);
    this.resting = new Resting(this, host.time(), host.restAfter());
    SubQueue subQueue = deadLetters ? SubQueue.DEAD_LETTER : SubQueue.MAIN;
    this.feeds = List.copyOf(host.feeds(known, subQueue, new Arrivals()));
  }

  /** Does something under the lock, and afterwards what it has queued. */
  void locked(Runnable work) {
    synchronized (this) {
      work.run();
    }
    flush();
  }

  private void flush() {
    while (!after.isEmpty() && doing.tryLock()) {
      try {
        for (Runnable next = after.poll(); next != null; next = after.poll()) {
          next.run();
        }
      } finally {
        doing.unlock();
      }
    }
  }

  /** Under the lock: something for the broker, done after it. */
  void afterwards(Runnable work) {
    after.add(work);
  }

  /** Under the lock: something that callers' code may run in. */
  void tell(Runnable work) {
    after.add(() -> host.callbacks().execute(work));
  }

  /** The queue as it is known now. */
  public FrontQueue queue() {
    return host.last(known);
  }

  public boolean isDeadLetters() {
    return deadLetters;
  }

  public boolean hasSessions() {
    return !deadLetters && known.partitions() > 0;
  }

  LostTokens lostTokens() {
    return lost;
  }

  FrontSettling settling() {
    return settling;
  }

  SessionDesk sessions() {
    return sessions;
  }

  Resting resting() {
    return resting;
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether its queue was deleted. */
  boolean isGone() {
    return gone;
  }

  /** What is said to who asks for a message once there are none any more. */
  QueueRuntimeException over() {
    return gone ? notFound() : host.closed(known.name());
  }

  private QueueNotFound notFound() {
    return new QueueNotFound(
        known.name().value(),
        "Queue '%s' was deleted while messages of it were waited for; create it, and ask again."
            .formatted(known.name()));
  }

  // Lanes

  Lane lane(@Nullable SessionId session) {
    return lanes.computeIfAbsent(Optional.ofNullable(session), id -> new Lane(session));
  }

  Collection<Lane> lanes() {
    return lanes.values();
  }

  void dropIfUnused(Lane lane) {
    if (lane.isUnused()) {
      lanes.remove(Optional.ofNullable(lane.session), lane);
    }
  }

  // Feeds

  Feed feedOf(SessionId session) {
    return feeds.get(host.feedOf(known, session));
  }

  /** Where its deliveries come from. */
  public List<Feed> feeds() {
    return feeds;
  }

  /** Whether a single message can be given back. */
  boolean returnsOne() {
    return feeds.get(0).returnsOne();
  }

  /** Lets come what there is, as if somebody had asked for it. */
  public void lookOut() {
    locked(
        () -> {
          resting.wanted();
          start(feeds);
        });
  }

  /** Whether messages may be on their way that were there when it began to look. */
  public boolean isWarming() {
    return feeds.stream().anyMatch(Feed::isWarming);
  }

  /** Under the lock: sees to it that enough comes for all who wait. */
  void want(Lane lane) {
    if (hasSessions()) {
      start(lane.session == null ? feeds : List.of(feedOf(lane.session)));
      return;
    }
    int needed = settlingNow + lane.locked.size() + lane.waiting.size();
    for (ReceiveWait wait : lane.receives) {
      needed += Math.min(wait.max, CREDIT_MAX);
    }
    feed(feeds.get(0), Math.max(1, Math.min(CREDIT_MAX, needed)));
  }

  void start(Collection<Feed> which) {
    which.forEach(feed -> feed(feed, host.sessionPrefetch()));
  }

  private void feed(Feed feed, int credit) {
    Integer already = wanted.get(feed);
    if (closed || gone) {
      return;
    }
    if (already == null || already < credit) {
      wanted.put(feed, credit);
      after.add(() -> feeding.execute(() -> begin(feed, credit)));
    }
  }

  /** Whether deliveries of that feed are wanted. */
  boolean isWanted(Feed feed) {
    return wanted.containsKey(feed);
  }

  private void begin(Feed feed, int credit) {
    try {
      feed.want(credit);
      host.time().after(feed.warmMax(), () -> warm(feed));
    } catch (QueueRuntimeException e) {
      if (e instanceof QueueRuntimeException.QueueNotFound) {
        host.forget(known.name());
      }
      locked(
          () -> {
            wanted.remove(feed);
            failWaits(e);
          });
    }
  }

  /** What was expected does not come, e.g. as another process is the active consumer. */
  private void warm(Feed feed) {
    feed.warm();
    locked(sessions::served);
  }

  private void failWaits(QueueRuntimeException failure) {
    for (Lane lane : List.copyOf(lanes.values())) {
      lane.receives.forEach(wait -> fail(wait.future, failure));
      lane.receives.clear();
      lane.accepts.forEach(wait -> fail(wait.future, failure));
      lane.accepts.clear();
      dropIfUnused(lane);
    }
    sessions.failed(failure);
  }

  void fail(CompletableFuture<?> future, QueueRuntimeException failure) {
    tell(() -> future.completeExceptionally(failure));
  }

  // What comes

  /** Takes what the feeds bring. */
  private final class Arrivals implements Feed.Sink {

    @Override
    public void arrived(Feed feed, Delivery delivery) {
      locked(() -> place(feed, delivery));
    }

    @Override
    public void lost(Feed feed, Object through, boolean meant, Predicate<SessionId> which) {
      locked(() -> forget(feed, through, meant, which));
    }

    @Override
    public void warmed() {
      locked(sessions::served);
    }
  }

  private void place(Feed feed, Delivery delivery) {
    if (gone) {
      return; // its feed is being closed, which gives it back where it came from
    }
    FoundMessage message = delivery.message();
    Lane lane = lane(hasSessions() ? sessionOf(message) : null);
    Holding holding = new Holding(feed, delivery, lane, ++places);
    DeliveryHistory.Entry before = host.history().take(feed.queue(), message.sequenceNumber());
    holding.deliveries =
        before == null ? message.countedBefore() : before.deliveries(message.countedBefore());
    holding.firstFailure = before == null ? null : before.firstFailure();
    if (closed || !isWanted(feed)) {
      leave(holding);
      dropIfUnused(lane);
      return;
    }
    lane.waiting.put(holding.place(), holding);
    Instant due = deadLetters ? null : message.due();
    if (due != null && due.isAfter(host.time().now())) {
      holdBack(holding, Duration.between(host.time().now(), due));
    }
    serve(lane);
    sessions.served();
  }

  /** A foreign message without a session id has one of its own kind: that of its partition. */
  private static SessionId sessionOf(FoundMessage message) {
    return message.sessionId().orElse(NO_SESSION);
  }

  private static final SessionId NO_SESSION = SessionId.of("no-session");

  /** Under the lock: not to be handed out before that time has passed. */
  void holdBack(Holding holding, Duration delay) {
    holding.notBeforeNanos = host.time().nanos() + delay.toNanos();
    Duration wait = delay;
    Instant expires = holding.message().expires();
    if (expires != null) {
      Duration left = Duration.between(host.time().now(), expires);
      wait = left.compareTo(wait) < 0 ? left : wait;
    }
    Duration bounded = wait.isNegative() ? Duration.ZERO : wait;
    holding.alarm = host.time().after(bounded, () -> locked(() -> due(holding)));
  }

  private void due(Holding holding) {
    Lane lane = holding.lane();
    if (lane.waiting.get(holding.place()) != holding) {
      return;
    }
    if (isExpired(holding)) {
      lane.waiting.remove(holding.place());
      settling.expire(holding);
    } else if (returnsOne() && !isWanted(holding.feed())) {
      lane.waiting.remove(holding.place());
      giveBack(holding);
      return;
    }
    serve(lane);
    sessions.served();
  }

  private void forget(
      Feed feed, Object through, boolean meant, Predicate<SessionId> sessionsThrough) {
    if (!meant && !feed.isRunning()) { // else it has lost a part of what it brings
      wanted.remove(feed);
    }
    for (Lane lane : List.copyOf(lanes.values())) {
      boolean touched =
          !meant && hasSessions() && lane.session != null && sessionsThrough.test(lane.session);
      for (Holding holding : List.copyOf(lane.waiting.values())) {
        if (holding.delivery().through() == through) {
          lane.waiting.remove(holding.place());
          remember(holding, 1);
        }
      }
      for (Map.Entry<LockToken, Holding> entry : List.copyOf(lane.locked.entrySet())) {
        if (entry.getValue().delivery().through() == through) {
          lane.locked.remove(entry.getKey());
          lost.add(entry.getKey());
          remember(entry.getValue(), 1);
        }
      }
      SessionHold hold = lane.hold;
      if (hold != null && touched) {
        sessions.end(hold, SessionHold.Ended.LOST);
      }
      if (!meant && !closed && (!lane.receives.isEmpty() || !lane.accepts.isEmpty())) {
        host.time().after(AGAIN, () -> locked(() -> want(lane)));
      }
      dropIfUnused(lane);
    }
    if (!meant && sessions.hasWaits()) {
      host.time().after(AGAIN, () -> locked(() -> start(feeds)));
    }
  }

  /** Under the lock: back to the broker, for whoever takes it there. */
  void giveBack(Holding holding) {
    boolean failed = holding.failures > 0;
    remember(holding, failed || host.countsEveryReturn() ? 1 : 0);
    // After a consumer's end that was asked for before: the broker would send it the message again,
    // take it back from a consumer that is gone, and count that.
    after.add(() -> feeding.execute(() -> holding.delivery().giveBack(failed)));
  }

  private void remember(Holding holding, int counted) {
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

  // Who waits

  /** Waits for messages of a lane, or of the hold of a session. */
  void receive(@Nullable SessionHold hold, ReceiveWait wait, Duration maxWait) {
    locked(
        () -> {
          if (closed) {
            fail(wait.future, host.closed(known.name()));
            return;
          }
          if (hold != null) {
            sessions.check(hold);
            if (hold.ended != null) {
              fail(wait.future, sessions.over(hold));
              return;
            }
          }
          if (gone) {
            fail(wait.future, notFound());
            return;
          }
          Lane lane = hold == null ? lane(null) : hold.lane;
          resting.wanted();
          lane.receives.add(wait);
          serve(lane);
          if (lane.receives.contains(wait)) {
            Duration atLeast = maxWait.compareTo(LOOK_MIN) < 0 ? LOOK_MIN : maxWait;
            wait.alarm = host.time().after(atLeast, () -> locked(() -> receiveEnded(lane, wait)));
            want(lane);
          }
        });
  }

  private void receiveEnded(Lane lane, ReceiveWait wait) {
    if (!lane.receives.contains(wait)) {
      return;
    }
    if (isWarming()) {
      wait.alarm = host.time().after(LOOK_MIN, () -> locked(() -> receiveEnded(lane, wait)));
      return;
    }
    lane.receives.remove(wait);
    dropIfUnused(lane);
    tell(() -> wait.future.complete(List.of()));
  }

  /** Ends what a receiver waits for. */
  void endReceives(Object owner) {
    locked(
        () ->
            lanes
                .values()
                .forEach(
                    lane ->
                        lane.receives.removeIf(
                            wait -> {
                              if (wait.owner == owner) {
                                wait.cancelAlarm();
                                tell(() -> wait.future.complete(List.of()));
                                return true;
                              }
                              return false;
                            })));
  }

  /** Under the lock: hands out what is ready to those who wait. */
  void serve(Lane lane) {
    while (true) {
      ReceiveWait wait = lane.receives.peek();
      if (wait == null) {
        return;
      }
      if (wait.future.isDone()) {
        lane.receives.poll();
        wait.cancelAlarm();
        continue;
      }
      List<Holding> ready = takeReady(lane, wait.max);
      if (ready.isEmpty()) {
        return;
      }
      lane.receives.poll();
      wait.cancelAlarm();
      hand(lane, ready, wait);
    }
  }

  private List<Holding> takeReady(Lane lane, int max) {
    List<Holding> ready = new ArrayList<>();
    long now = host.time().nanos();
    for (Holding holding : List.copyOf(lane.waiting.values())) {
      if (ready.size() == max) {
        break;
      }
      if (isExpired(holding)) {
        lane.waiting.remove(holding.place());
        settling.expire(holding);
      } else if (holding.notBeforeNanos != 0 && holding.notBeforeNanos > now) {
        if (lane.session != null && !isScheduled(holding)) {
          break; // a session's later messages wait for it
        }
      } else {
        lane.waiting.remove(holding.place());
        ready.add(holding);
      }
    }
    return ready;
  }

  private boolean isScheduled(Holding holding) {
    Instant due = holding.message().due();
    return due != null && due.isAfter(host.time().now());
  }

  /** Under the lock: whether a session has a message to receive now; drops what has expired. */
  @Nullable Holding ready(Lane lane) {
    long now = host.time().nanos();
    for (Holding holding : List.copyOf(lane.waiting.values())) {
      if (isExpired(holding)) {
        lane.waiting.remove(holding.place());
        settling.expire(holding);
      } else if (holding.notBeforeNanos == 0 || holding.notBeforeNanos <= now) {
        return holding;
      } else if (!isScheduled(holding)) {
        return null;
      }
    }
    return null;
  }

  /** Whether its life is over. */
  public boolean isExpired(Holding holding) {
    Instant expires = holding.message().expires();
    return expires != null && !expires.isAfter(host.time().now());
  }

  private void hand(Lane lane, List<Holding> ready, ReceiveWait wait) {
    List<ReceivedMessage<byte[]>> messages = new ArrayList<>(ready.size());
    List<LockToken> tokens = new ArrayList<>(ready.size());
    Duration lock = queue().options().lockDuration();
    SessionHold hold = lane.hold;
    for (Holding holding : ready) {
      holding.cancelAlarm();
      holding.deliveries++;
      LockToken token = newToken();
      holding.token = token;
      if (hold == null) {
        holding.lockedUntil = host.time().now().plus(lock);
        holding.lockedUntilNanos = host.time().nanos() + lock.toNanos();
        holding.alarm =
            host.time().after(lock, () -> locked(() -> settling.lockEnded(holding, token)));
      } else {
        holding.lockedUntil = hold.lockedUntil;
        holding.lockedUntilNanos = hold.lockedUntilNanos;
      }
      lane.locked.put(token, holding);
      messages.add(holding.toMessage());
      tokens.add(token);
    }
    tell(
        () -> {
          if (!wait.future.complete(messages)) {
            locked(() -> tokens.forEach(token -> settling.takeBack(lane, token)));
          }
        });
  }

  private static LockToken newToken() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return LockToken.of(new UUID(random.nextLong(), random.nextLong()));
  }

  void settlingBegins() {
    settlingNow++;
  }

  void settlingEnds() {
    settlingNow--;
  }

  /** Under the lock: lets no more come, and gives back what nobody holds. */
  void rest() {
    stopFeeding();
    for (Lane lane : List.copyOf(lanes.values())) {
      for (Holding holding : List.copyOf(lane.waiting.values())) {
        if (!returnsOne() || holding.notBeforeNanos <= host.time().nanos()) {
          lane.waiting.remove(holding.place());
          leave(holding);
        }
      }
      dropIfUnused(lane);
    }
  }

  /**
   * What cannot give back one message is closed as it is: all its deliveries go back at once, and
   * in their order. A consumer that only ended would let the next one begin with what this one has
   * not settled.
   */
  private void stopFeeding() {
    wanted.clear();
    Runnable end = returnsOne() ? feeds.get(0)::rest : () -> feeds.forEach(Feed::close);
    after.add(() -> feeding.execute(end));
  }

  private void leave(Holding holding) {
    if (returnsOne()) {
      giveBack(holding);
    } else {
      remember(holding, 1);
    }
  }

  /**
   * Whether something is here that a rest would take away: a rest of what cannot give back one
   * message gives back all.
   */
  boolean isBusy() {
    if (returnsOne()) {
      return false;
    }
    long now = host.time().nanos();
    return settlingNow > 0
        || lanes.values().stream()
            .anyMatch(
                lane ->
                    !lane.locked.isEmpty()
                        || lane.waiting.values().stream()
                            .anyMatch(holding -> holding.notBeforeNanos > now));
  }

  /** Returns once the broker has seen all that was settled or given back before; blocks. */
  public void sync() {
    flush();
    CompletableFuture<Void> seen = new CompletableFuture<>();
    feeding.execute(
        () -> {
          feeds.forEach(Feed::sync);
          seen.complete(null);
        });
    seen.join();
  }

  /** All that is here, for whoever looks. */
  public synchronized List<Holding> held() {
    List<Holding> held = new ArrayList<>();
    lanes
        .values()
        .forEach(
            lane -> {
              held.addAll(lane.waiting.values());
              held.addAll(lane.locked.values());
            });
    return held;
  }

  /** How many messages are here; how many of them somebody holds. */
  public synchronized int[] counts() {
    int here = settlingNow;
    int locked = 0;
    for (Lane lane : lanes.values()) {
      here += lane.waiting.size() + lane.locked.size();
      locked += lane.locked.size();
    }
    return new int[] {here, locked};
  }

  /** Takes out those that nobody holds, for good: they are acknowledged or put back later. */
  public List<Holding> takeOut(Predicate<SequenceNumber> which) {
    List<Holding> taken = new ArrayList<>();
    locked(
        () -> {
          for (Lane lane : List.copyOf(lanes.values())) {
            for (Holding holding : List.copyOf(lane.waiting.values())) {
              if (which.test(holding.message().sequenceNumber())) {
                lane.waiting.remove(holding.place());
                holding.cancelAlarm();
                taken.add(holding);
              }
            }
            dropIfUnused(lane);
          }
        });
    return taken;
  }

  /** Ends everything: waits end empty, what is unsettled goes back in its order. */
  void close(Closed failure) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    locked(
        () -> {
          closed = true;
          stopFeeding();
          for (Lane lane : List.copyOf(lanes.values())) {
            lane.receives.forEach(wait -> tell(() -> wait.future.complete(List.of())));
            lane.receives.clear();
            lane.accepts.forEach(wait -> fail(wait.future, failure));
            lane.accepts.clear();
            List<Holding> all = new ArrayList<>(lane.waiting.values());
            for (Holding holding : lane.locked.values()) {
              holding.deliveries--; // ended in good order
              all.add(holding);
            }
            lane.waiting.clear();
            lane.locked.clear();
            all.sort((one, other) -> Long.compare(one.place(), other.place()));
            all.forEach(this::leave);
          }
          sessions.closed(failure);
          closeFeeds(ended);
        });
    ended.join();
  }

  /**
   * Its queue was deleted: waits fail, and what was received is void. Nothing is given back or
   * remembered, as the next queue of that name would get it. Returns once no feed can bring
   * anything any more, so that none takes from that next queue; blocks.
   */
  void gone() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    locked(
        () -> {
          gone = true;
          closeFeeds(ended);
          wanted.clear();
          failWaits(notFound());
          for (Lane lane : List.copyOf(lanes.values())) {
            lane.waiting.values().forEach(Holding::cancelAlarm);
            lane.waiting.clear();
            lane.locked.values().forEach(Holding::cancelAlarm);
            lane.locked.keySet().forEach(lost::add);
            lane.locked.clear();
            SessionHold hold = lane.hold;
            if (hold != null) {
              sessions.end(hold, SessionHold.Ended.LOST);
            }
            dropIfUnused(lane);
          }
        });
    ended.join();
    feeds.forEach(feed -> host.history().forget(feed.queue()));
  }

  /** Under the lock: ends the feeds, after all that they were told before. */
  private void closeFeeds(CompletableFuture<Void> ended) {
    after.add(
        () ->
            feeding.execute(
                () -> {
                  feeds.forEach(Feed::close);
                  ended.complete(null);
                }));
  }
}
