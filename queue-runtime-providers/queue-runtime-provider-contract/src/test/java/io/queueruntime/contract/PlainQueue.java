package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One queue in plain collections: what it holds, and what happens to it by time. Confined to the
 * store's lock.
 */
final class PlainQueue {

  final PlainStore store;
  final QueueName name;
  final Instant createdAt;
  final TreeMap<Long, PlainMessage> main = new TreeMap<>();
  final TreeMap<Long, PlainMessage> dead = new TreeMap<>();
  final Map<String, Instant> remembered = new HashMap<>();

  /** Delivery counts by sequence number that its messages begin with; none but with a flaw. */
  private final Map<Long, Integer> inherited = new HashMap<>();

  final List<PlainWait<?>> waits = new ArrayList<>();
  final PlainDeliveries deliveries;
  final PlainReceiving receiving;
  final PlainSchedule schedule;
  final PlainSessions sessions;
  final PlainSending sending;
  final PlainDeadLetters deadLetters;
  QueueOptions options;
  @Nullable QueueOptions described;
  Instant lastUse;
  boolean sentSinceReceive;
  private long next = 1;

  PlainQueue(PlainStore store, QueueName name, QueueOptions options) {
    this.store = store;
    this.name = name;
    this.options = options;
    this.createdAt = store.now;
    this.lastUse = store.now;
    this.deliveries = new PlainDeliveries(this);
    this.receiving = new PlainReceiving(this);
    this.schedule = new PlainSchedule(this);
    this.sessions = new PlainSessions(this);
    this.sending = new PlainSending(this);
    this.deadLetters = new PlainDeadLetters(this);
  }

  /** Its messages go on with the counts of another queue's. */
  void inherit(PlainQueue before) {
    before.main.forEach((number, message) -> inherited.put(number, message.count));
  }

  /** The delivery count that a new message begins with. */
  int firstCount(long number) {
    return inherited.getOrDefault(number, 0);
  }

  long nextNumber() {
    return next++;
  }

  void restartNumbers() {
    next = 1;
  }

  boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  TreeMap<Long, PlainMessage> of(SubQueue subQueue) {
    return subQueue == SubQueue.MAIN ? main : dead;
  }

  List<PlainMessage> ofSession(SessionId id) {
    return main.values().stream()
        .filter(m -> has(Flaw.SESSIONS_ARE_MIXED) || m.content.sessionId().equals(Optional.of(id)))
        .toList();
  }

  long pendingCount() {
    return main.values().stream().filter(m -> !m.superseded).count();
  }

  List<PlainMessage> peek(SubQueue subQueue, Optional<SessionId> session, long from, int max) {
    long start = has(Flaw.PEEK_ALWAYS_STARTS_AT_THE_BEGINNING) ? 0 : from;
    if (has(Flaw.PEEK_FAILS_ON_AN_EMPTY_QUEUE) && of(subQueue).isEmpty()) {
      throw new MessageNotFound(name.value(), "There is nothing to see.");
    }
    List<PlainMessage> seen =
        of(subQueue).tailMap(start).values().stream()
            .filter(m -> !m.superseded)
            .filter(
                m ->
                    session.isEmpty()
                        || has(Flaw.PEEK_SHOWS_ALL_SESSIONS)
                        || m.content.sessionId().equals(session))
            .filter(m -> !has(Flaw.PEEK_SHOWS_ONLY_READY_MESSAGES) || ready(m))
            .limit(has(Flaw.PEEK_SHOWS_ALL_AT_ONCE) ? Long.MAX_VALUE : max)
            .sorted(
                Comparator.comparing(
                    m -> has(Flaw.PEEK_SHOWS_THE_NEWEST_FIRST) ? -m.number : m.number))
            .toList();
    if (has(Flaw.PEEK_LOCKS)) {
      seen.stream().filter(this::ready).forEach(m -> deliveries.deliver(m, null));
    } else if (has(Flaw.PEEK_COUNTS)) {
      seen.forEach(m -> m.count++);
    } else if (has(Flaw.PEEK_ENDS_WAITING)) {
      waits.forEach(PlainWait::timeOut);
    } else if (has(Flaw.PEEK_TAKES_THE_LOCK_FROM_ITS_HOLDER)) {
      seen.stream().filter(m -> m.state == State.HELD).forEach(deliveries::lockEnded);
    }
    return seen;
  }

  private boolean ready(PlainMessage message) {
    return message.state == State.READY && !message.notBefore.isAfter(store.now);
  }

  long purge(SubQueue subQueue) {
    int before = of(subQueue).size();
    if (has(Flaw.PURGE_REMOVES_NOTHING)) {
      return before;
    }
    boolean all = has(Flaw.PURGE_REMOVES_WHAT_IS_HELD);
    of(subQueue).values().removeIf(m -> all || m.state != State.HELD);
    if (has(Flaw.PURGE_REMOVES_DEAD_LETTERS_TOO)) {
      dead.clear();
    }
    if (has(Flaw.PURGE_BREAKS_THE_QUEUE)) {
      options = options.withMaxMessageSize(0L + 1);
    }
    store.stir(Flaw.NO_ROOM_AFTER_PURGE);
    return before - of(subQueue).size();
  }

  QueueStatistics statistics() {
    if (has(Flaw.STATISTICS_ARE_ZERO)) {
      return new QueueStatistics(0, 0, 0, 0, 0, 0, 0);
    }
    Set<SessionId> known = new HashSet<>(sessions.holds.keySet());
    known.addAll(sessions.states.keySet());
    main.values().forEach(m -> m.content.sessionId().ifPresent(known::add));
    long scheduled = main.values().stream().filter(m -> m.state == State.SCHEDULED).count();
    long deferred = main.values().stream().filter(m -> m.state == State.DEFERRED).count();
    if (has(Flaw.STATISTICS_COUNT_ALL_AS_ACTIVE)) {
      return new QueueStatistics(main.size() + dead.size(), 0, 0, 0, 0, 1, 1);
    }
    return new QueueStatistics(
        has(Flaw.STATISTICS_NEVER_GO_DOWN) ? next - 1 : pendingCount() - scheduled - deferred,
        main.values().stream().filter(m -> m.state == State.HELD && !m.superseded).count(),
        scheduled,
        deferred,
        dead.size(),
        known.size(),
        Stream.concat(main.values().stream(), dead.values().stream())
            .mapToLong(m -> PlainSending.size(m.content))
            .sum());
  }

  /** When something happens next by itself. */
  Stream<Instant> times() {
    Stream<Instant> messages =
        Stream.concat(main.values().stream(), dead.values().stream())
            .flatMap(m -> Stream.of(m.due, m.expires, m.lockedUntil, m.notBefore))
            .filter(Objects::nonNull);
    return Stream.of(
            messages,
            remembered.values().stream(),
            sessions.holds.values().stream().map(hold -> hold.until),
            waits.stream().map(wait -> wait.deadline),
            Stream.ofNullable(options.autoDeleteOnIdle()).map(idle -> lastUse.plus(idle)))
        .flatMap(times -> times);
  }

  /** Lets everything happen that is due, and serves who waits. */
  void catchUp() {
    boolean changed = true;
    while (changed) {
      sessions.endLocks();
      deliveries.endLocks();
      schedule.activateDue();
      deliveries.expire();
      if (!has(Flaw.IDS_ARE_REMEMBERED_FOR_EVER)) {
        remembered.values().removeIf(until -> !until.isAfter(store.now));
      }
      deliveries.noticeEndedBackOffs();
      changed = serve();
      if (!has(Flaw.WAITING_NEVER_ENDS)) {
        List<PlainWait<?>> late =
            waits.stream().filter(wait -> !wait.deadline.isAfter(store.now)).toList();
        late.forEach(PlainWait::timeOut);
        changed |= !has(Flaw.WHO_GAVE_UP_STILL_TAKES) && waits.removeAll(late);
      }
    }
  }

  private boolean serve() {
    if (has(Flaw.CANCELLING_ONE_CANCELS_ALL)
        && waits.stream().anyMatch(wait -> wait.future.isCancelled())) {
      waits.forEach(wait -> wait.future.cancel(false));
    }
    if (has(Flaw.CLOSING_ONE_RECEIVER_CLOSES_ALL)
        && waits.stream().anyMatch(wait -> wait.future.isDone())) {
      waits.forEach(PlainWait::timeOut);
    }
    boolean served = false;
    boolean earlierOneServed = false;
    for (PlainWait<?> wait : List.copyOf(waits)) {
      boolean earlier = wait.call != store.call;
      if (earlier && (store.isAsleep() || has(Flaw.ONE_WAKE_UP_AT_A_TIME) && earlierOneServed)) {
        continue;
      }
      if (wait.served()) {
        waits.remove(wait);
        served = true;
        earlierOneServed |= earlier;
      }
    }
    return served && !has(Flaw.ONE_WAKE_UP_AT_A_TIME);
  }

  boolean isIdle() {
    if (has(Flaw.ALL_QUEUES_ARE_DELETED_WHEN_IDLE)
        && !lastUse.plus(Duration.ofHours(1)).isAfter(store.now)) {
      return true;
    }
    return options.autoDeleteOnIdle() != null
        && !has(Flaw.IDLE_QUEUES_STAY)
        && !lastUse.plus(options.autoDeleteOnIdle()).isAfter(store.now);
  }

  /** Forgets all that does not outlive a restart. */
  void restart() {
    sessions.restart();
    deliveries.restart();
    waits.clear();
    PlainRestarts.damage(this);
  }
}
