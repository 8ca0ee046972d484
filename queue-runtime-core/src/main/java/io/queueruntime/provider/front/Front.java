package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries of one queue that this process holds unacknowledged, and everybody here who waits
 * for one: what a broker leaves out of a lock. A message that is given back returns to its own
 * place here and is handed out from here, so that the broker's order, which a single returned
 * message does not keep, is never asked for.
 *
 * <p>{@link Feeding} lets deliveries come, {@link Arrivals} takes them, {@link HandingOut} gives
 * them to who waits, {@link ArrivalCheck} keeps back duplicates, {@link SessionDesk} says who holds
 * which session, {@link FrontSettling} ends deliveries, and {@link Resting} gives back what nobody
 * asks for. All their state is under one {@link FrontMutex}. Here is how a front lives: it is open
 * until it is closed or its queue is gone.
 *
 * <p>Thread-safe.
 */
public final class Front {

  /** How long a close waits for the state store. */
  private static final Duration RELEASE_MAX = Duration.ofSeconds(5);

  private final FrontHost host;
  private final FrontQueue known;
  private final boolean deadLetters;
  private final FrontMutex mutex;
  private final Lanes lanes = new Lanes();
  private final LostTokens lost = new LostTokens();
  private final Arrivals arrivals;
  private final Feeding feeding;
  private final HandingOut handing;
  private final FrontSettling settling;
  private final SessionDesk sessions;
  private final @Nullable FencedStates states;
  private final @Nullable Deferral deferral;
  private final @Nullable ArrivalCheck checking;
  private final Resting resting;
  private int settlingNow;
  private boolean closed;
  private boolean gone;

  Front(FrontHost host, FrontQueue known, boolean deadLetters) {
    this.host = host;
    this.known = known;
    this.deadLetters = deadLetters;
    this.mutex = new FrontMutex(host.callbacks());
    this.handing = new HandingOut(this, host);
    this.settling = new FrontSettling(this, host);
    this.sessions = new SessionDesk(this, host);
    this.states =
        host.store().map(store -> new FencedStates(this, host, store.sessionStates())).orElse(null);
    this.deferral =
        deadLetters
            ? null
            : host.store().map(store -> new Deferral(this, host, store)).orElse(null);
    this.checking =
        deadLetters
            ? null
            : host.store().map(store -> new ArrivalCheck(this, host, store)).orElse(null);
    this.resting = new Resting(this, host.time(), host.restAfter());
    this.arrivals = new Arrivals(this, host);
    this.feeding = new Feeding(this, host, known, arrivals);
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

  // Its parts

  FrontMutex mutex() {
    return mutex;
  }

  /** Somebody asks for its messages. */
  void used() {
    host.fronts().used(known.name());
  }

  /** See {@link FrontMutex#locked}. */
  void locked(Runnable work) {
    mutex.locked(work);
  }

  /** See {@link FrontMutex#afterwards}. */
  void afterwards(Runnable work) {
    mutex.afterwards(work);
  }

  /** See {@link FrontMutex#tell}. */
  void tell(Runnable work) {
    mutex.tell(work);
  }

  /** See {@link FrontMutex#fail}. */
  void fail(CompletableFuture<?> future, QueueRuntimeException failure) {
    mutex.fail(future, failure);
  }

  Lanes lanes() {
    return lanes;
  }

  LostTokens lostTokens() {
    return lost;
  }

  Arrivals arrivals() {
    return arrivals;
  }

  Feeding feeding() {
    return feeding;
  }

  HandingOut handing() {
    return handing;
  }

  FrontSettling settling() {
    return settling;
  }

  SessionDesk sessions() {
    return sessions;
  }

  /** {@code null} without a state store. */
  @Nullable FencedStates states() {
    return states;
  }

  /** {@code null} without a state store, and of dead letters. */
  @Nullable Deferral deferral() {
    return deferral;
  }

  /** {@code null} without a state store, and for dead letters, which no window is about. */
  @Nullable ArrivalCheck checking() {
    return checking;
  }

  /** Whether it will be known soon of some messages here that they count. */
  boolean isChecking() {
    return checking != null && checking.isAsking();
  }

  /**
   * Nobody is to receive from here who cannot tell duplicates of a queue that lets none through.
   *
   * @throws QueueRuntimeException when its copies have to be looked up in a store that is not there
   */
  void requireCheck() {
    if (!deadLetters && checking == null && queue().options().duplicateDetectionWindow() != null) {
      throw host.unsupported(known.name(), Capability.DUPLICATE_DETECTION);
    }
  }

  Resting resting() {
    return resting;
  }

  /** How many messages are on their way to the dead-letter queue. */
  int settlingNow() {
    return settlingNow;
  }

  void settlingBegins() {
    settlingNow++;
  }

  void settlingEnds() {
    settlingNow--;
  }

  // For whoever looks

  /** Where its deliveries come from. */
  public List<Feed> feeds() {
    return feeding.feeds();
  }

  /** Lets come what there is, as if somebody had asked for it. */
  public void lookOut() {
    locked(
        () -> {
          resting.wanted();
          feeding.start(feeding.feeds());
        });
  }

  /** Whether messages may be on their way that were there when it began to look. */
  boolean isWarming() {
    return feeding.isWarming();
  }

  /**
   * Lets come what there is, and returns once what was there has come, or that time has passed, or
   * the thread is interrupted.
   */
  public void awaitWarm(Duration atMost) {
    lookOut();
    try {
      mutex.await(() -> feeding.isWarm() || !isOpen(), atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns once the broker has seen all that was settled or given back before; blocks. */
  public void sync() {
    feeding.sync();
  }

  /** All that is here. */
  public List<Holding> held() {
    synchronized (mutex) {
      return lanes.held();
    }
  }

  /** How many messages are here; how many of them somebody holds. */
  public int[] counts() {
    synchronized (mutex) {
      return new int[] {settlingNow + lanes.held().size(), lanes.locked()};
    }
  }

  /** Takes out those that nobody holds, for good: they are acknowledged or put back later. */
  public List<Holding> takeOut(Predicate<SequenceNumber> which) {
    List<Holding> taken = new ArrayList<>();
    locked(() -> taken.addAll(lanes.takeOut(which)));
    return taken;
  }

  /** Whether its life is over. */
  public boolean isExpired(Holding holding) {
    return handing.isExpired(holding);
  }

  // How it lives

  boolean isOpen() {
    return !closed && !gone;
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

  /** Under the mutex: nothing can come. */
  void failWaits(QueueRuntimeException failure) {
    for (Lane lane : lanes.all()) {
      lane.receives.forEach(wait -> fail(wait.future, failure));
      lane.receives.clear();
      lane.accepts.forEach(wait -> fail(wait.future, failure));
      lane.accepts.clear();
      lanes.dropIfUnused(lane);
    }
    sessions.failed(failure);
  }

  /**
   * Under the mutex: whether something is here that a rest would take away: a rest of what cannot
   * give back one message gives back all.
   */
  boolean isBusy() {
    if (feeding.returnsOne()) {
      return false;
    }
    long now = host.time().nanos();
    return settlingNow > 0
        || lanes.all().stream()
            .anyMatch(
                lane ->
                    lane.hold != null
                        || !lane.locked.isEmpty()
                        || lane.waiting.values().stream()
                            .anyMatch(holding -> holding.notBeforeNanos > now));
  }

  /** Under the mutex: lets no more come, and gives back what nobody holds. */
  void rest() {
    feeding.stop();
    for (Lane lane : lanes.all()) {
      for (Holding holding : List.copyOf(lane.waiting.values())) {
        if (!feeding.returnsOne() || holding.notBeforeNanos <= host.time().nanos()) {
          lane.waiting.remove(holding.place());
          feeding.leave(holding);
        }
      }
      lanes.dropIfUnused(lane);
    }
  }

  /**
   * Ends everything: waits end empty, what is unsettled goes back in its order. Blocks.
   *
   * @param failure what is said to who waits for a session
   */
  void close(Closed failure) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    List<CompletableFuture<Void>> released = new ArrayList<>();
    locked(
        () -> {
          closed = true;
          if (deferral != null) {
            released.add(deferral.holds().close());
          }
          feeding.stop();
          for (Lane lane : lanes.all()) {
            lane.receives.forEach(wait -> tell(() -> wait.future.complete(List.of())));
            lane.receives.clear();
            lane.accepts.forEach(wait -> fail(wait.future, failure));
            lane.accepts.clear();
            leaveAll(lane);
          }
          sessions.closed(failure);
          feeding.close(ended);
        });
    ended.join();
    for (CompletableFuture<Void> each : released) { // else their leases end by themselves
      each.completeOnTimeout(null, RELEASE_MAX.toMillis(), TimeUnit.MILLISECONDS)
          .handle((done, late) -> null)
          .join();
    }
  }

  private void leaveAll(Lane lane) {
    List<Holding> all = new ArrayList<>(lane.waiting.values());
    for (Holding holding : lane.locked.values()) {
      holding.deliveries--; // ended in good order
      all.add(holding);
    }
    lane.waiting.clear();
    lane.locked.clear();
    all.sort(Comparator.comparingLong(Holding::place));
    all.forEach(feeding::leave);
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
          feeding.close(ended);
          failWaits(notFound());
          if (deferral != null) {
            deferral.holds().gone();
          }
          for (Lane lane : lanes.all()) {
            discardAll(lane);
            SessionHold hold = lane.hold;
            if (hold != null) {
              sessions.end(hold, SessionHold.Ended.LOST);
            }
            lanes.dropIfUnused(lane);
          }
        });
    ended.join();
    feeding.forgetCounts();
  }

  private void discardAll(Lane lane) {
    lane.waiting.values().forEach(Holding::cancelAlarm);
    lane.waiting.clear();
    lane.locked.values().forEach(Holding::cancelAlarm);
    lane.locked.keySet().forEach(lost::add);
    lane.locked.clear();
  }
}
