package io.queueruntime.engine;

import io.queueruntime.engine.Event.DeadLettered;
import io.queueruntime.engine.Event.Deferred;
import io.queueruntime.engine.Event.Delivered;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.Event.Explained;
import io.queueruntime.engine.Event.QueueUpdated;
import io.queueruntime.engine.Event.Relocated;
import io.queueruntime.engine.Event.Removed;
import io.queueruntime.engine.Event.Returned;
import io.queueruntime.engine.Event.SessionStateSet;
import io.queueruntime.engine.Event.Superseded;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What survives of one queue. {@link #apply} is the only mutator of what is durable; who waits and
 * who holds what is kept by {@link QueueTraffic} and starts empty.
 *
 * <p>Confined to the engine thread.
 */
final class QueueState {

  final int id;
  final QueueName name;
  final long createdAt;
  final MessageDirectory main = new MessageDirectory();
  final MessageDirectory dead = new MessageDirectory();
  final Map<String, Session> sessions = new HashMap<>();
  final DuplicateHistory duplicates = new DuplicateHistory();
  final QueueTraffic traffic;

  /** Messages of a queue without sessions. */
  final Lane plain = new Lane(this, false);

  final Lane deadLane = new Lane(this, false);

  private final EngineState.RecordUse records;
  private final Map<String, StoredMessage> pendingByKey = new HashMap<>();
  private final Map<StoredMessage, String> keys = new HashMap<>();

  /** Delivery counts too large for the message itself. */
  final Map<StoredMessage, Integer> often = new HashMap<>();

  private final Map<Long, Long> firstFailures = new HashMap<>();

  /** Why messages were given up: dead letters, and those forwarded from others' dead letters. */
  private final Map<Long, DeadLetterDetails> deadLetters = new HashMap<>();

  private QueueOptions options;
  private boolean deleted;
  private long nextSequence = 1;
  private long active;
  private long scheduled;
  private long deferred;
  private long bytes;

  QueueState(
      int id, QueueName name, QueueOptions options, long createdAt, EngineState.RecordUse records) {
    this.id = id;
    this.name = name;
    this.options = options;
    this.createdAt = createdAt;
    this.records = records;
    this.traffic = new QueueTraffic(this);
  }

  QueueOptions options() {
    return options;
  }

  long nextSequence() {
    return nextSequence;
  }

  /** Gives out a place that no other message gets while the engine runs. */
  Place reserve() {
    return new Place(id, nextSequence++);
  }

  /** Messages that capacity counts. */
  long pending() {
    return active + scheduled + deferred;
  }

  QueueStatistics statistics(long locked) {
    return new QueueStatistics(
        active, locked, scheduled, deferred, dead.size(), sessions.size(), bytes);
  }

  @Nullable StoredMessage find(long sequence, boolean inDead) {
    return (inDead ? dead : main).get(sequence);
  }

  @Nullable StoredMessage pendingWithKey(String key) {
    return pendingByKey.get(key);
  }

  @Nullable DeadLetterDetails detailsOf(StoredMessage message) {
    return deadLetters.isEmpty() ? null : deadLetters.get(message.sequence);
  }

  /** When a delivery of that message first failed; -1 when none did. */
  long firstFailureOf(long sequence) {
    return firstFailures.isEmpty() ? -1 : firstFailures.getOrDefault(sequence, -1L);
  }

  /** A failure that is known but not recorded, such as a lock that ran out. */
  void noteFailure(long sequence, long failedAt) {
    firstFailures.putIfAbsent(sequence, failedAt);
  }

  Lane laneFor(@Nullable String sessionId) {
    return sessionId == null ? plain : session(sessionId);
  }

  Session session(String sessionId) {
    return sessions.computeIfAbsent(sessionId, name -> new Session(this, name));
  }

  /** Lets go of a session that holds nothing any more. */
  void forgetIfIdle(Lane lane) {
    if (lane instanceof Session session && session.isIdle()) {
      // Only this very one: another one of that name may have begun since.
      sessions.remove(session.sessionId(), session);
    }
  }

  @Nullable StoredMessage apply(Event event, long position, int size) {
    if (event instanceof Enqueued e) {
      return enqueued(e, position, size);
    } else if (event instanceof Delivered e) {
      StoredMessage message = find(e.sequence(), e.dead());
      if (message != null) {
        message.deliveryCount(e.deliveryCount());
      }
      return message;
    } else if (event instanceof Removed e) {
      StoredMessage message = find(e.sequence(), e.dead());
      if (message != null) {
        remove(message);
      }
      return message;
    } else if (event instanceof Returned e) {
      return returned(e);
    } else if (event instanceof Deferred e) {
      StoredMessage message = main.get(e.sequence());
      if (message != null) {
        move(message, Home.DEFERRED);
      }
      return message;
    } else if (event instanceof Superseded e) {
      StoredMessage message = main.get(e.sequence());
      if (message != null) {
        message.superseded(true);
      }
      return message;
    } else if (event instanceof DeadLettered e) {
      return deadLettered(e);
    } else if (event instanceof Explained e) {
      StoredMessage message = main.get(e.sequence());
      if (message != null) {
        deadLetters.put(e.sequence(), e.details());
      }
      return message;
    } else if (event instanceof Relocated e) {
      relocated(e, position, size);
    } else if (event instanceof SessionStateSet e) {
      Session session = session(e.sessionId());
      session.state = e.state();
      forgetIfIdle(session);
    } else if (event instanceof QueueUpdated e) {
      options = e.options();
    }
    return null;
  }

  /** Takes in a message that a snapshot holds. */
  StoredMessage restore(
      long sequence,
      Home home,
      @Nullable String sessionId,
      @Nullable String key,
      long position,
      int size,
      long expiresAt,
      int deliveryCount,
      @Nullable DeadLetterDetails details,
      long firstFailure) {
    Lane lane = home == Home.DEAD ? deadLane : laneFor(sessionId);
    StoredMessage message = add(sequence, lane, home, position, size, expiresAt);
    message.deliveryCount(deliveryCount);
    if (key != null) {
      holdKey(key, message);
    }
    if (details != null) {
      deadLetters.put(sequence, details);
    }
    if (firstFailure >= 0) {
      firstFailures.put(sequence, firstFailure);
    }
    return message;
  }

  void restoreNextSequence(long next) {
    nextSequence = Math.max(nextSequence, next);
  }

  /** The queue is gone: nobody finds its messages any more, and they are let go of later. */
  void delete() {
    deleted = true;
  }

  boolean isDeleted() {
    return deleted;
  }

  /**
   * Lets go of messages of a queue that was deleted, whose records are not needed any more; at most
   * so many. Returns how many: fewer when there are no more.
   */
  int letGo(int most, Consumer<StoredMessage> told) {
    int gone = 0;
    for (MessageDirectory directory : new MessageDirectory[] {main, dead}) {
      for (StoredMessage m = directory.ceiling(0);
          m != null && gone < most;
          m = directory.ceiling(m.sequence + 1)) {
        directory.remove(m.sequence);
        records.release(m.position, m.size);
        m.home(Home.GONE);
        m.cached = null;
        told.accept(m);
        gone++;
      }
    }
    return gone;
  }

  /** The deduplication key a message holds, if it holds one. */
  @Nullable String keyOf(StoredMessage message) {
    return keys.get(message);
  }

  /**
   * It is about to leave the main queue and waits for nobody: what takes its key until then neither
   * replaces it nor makes it void. Returns the key that it held, if it held one.
   */
  @Nullable String leaving(StoredMessage message) {
    return releaseKey(message);
  }

  /** It stays after all, and holds its key again where no other message has taken it. */
  void staying(StoredMessage message, @Nullable String key) {
    if (key != null && !pendingByKey.containsKey(key)) {
      holdKey(key, message);
    }
  }

  /**
   * The delay of a message that was given back is over: follows from the time alone, hence no
   * event.
   */
  void delayOver(StoredMessage message) {
    move(message, Home.ACTIVE);
  }

  private StoredMessage enqueued(Enqueued event, long position, int size) {
    restoreNextSequence(event.sequence() + 1);
    if (event.rememberedUntil() > 0) {
      duplicates.remember(event.idHash(), event.rememberedUntil());
    }
    StoredMessage present = main.get(event.sequence());
    if (event.kind() == Enqueued.Kind.REPLACED && present != null) {
      return replaced(present, event, position, size);
    }
    StoredMessage origin =
        switch (event.kind()) {
          case ACTIVATED -> main.get(event.origin());
          case REPLAYED -> dead.get(event.origin());
          case REPLACED, SENT, SCHEDULED -> null;
        };
    if (origin != null) {
      remove(origin);
    }
    if (present != null) {
      remove(present);
    }
    boolean scheduledOne = event.kind() == Enqueued.Kind.SCHEDULED;
    StoredMessage message =
        add(
            event.sequence(),
            // One that came from a queue with sessions keeps its id, which means nothing here.
            laneFor(options.sessions() ? event.sessionId() : null),
            scheduledOne ? Home.SCHEDULED : Home.ACTIVE,
            position,
            size,
            event.expiresAt());
    message.dueAt = event.dueAt();
    message.cached = event.payload();
    String key = event.deduplicationKey();
    if (key != null) {
      holdKey(key, message);
    }
    return message;
  }

  private StoredMessage replaced(StoredMessage message, Enqueued event, long position, int size) {
    records.release(message.position, message.size);
    records.retain(position, size);
    bytes += size - message.size;
    message.position = position;
    message.size = size;
    message.expiresAt = event.expiresAt();
    message.deliveryCount(0);
    message.cached = event.payload();
    if (!firstFailures.isEmpty()) {
      firstFailures.remove(message.sequence);
    }
    if (!deadLetters.isEmpty()) {
      deadLetters.remove(message.sequence);
    }
    if (message.home() == Home.DELAYED) {
      move(message, Home.ACTIVE);
    }
    return message;
  }

  private @Nullable StoredMessage returned(Returned event) {
    StoredMessage message = find(event.sequence(), event.dead());
    if (message == null) {
      return null;
    }
    message.deliveryCount(event.deliveryCount());
    if (event.failedAt() >= 0) {
      firstFailures.putIfAbsent(event.sequence(), event.failedAt());
    }
    if (message.home() == Home.ACTIVE || message.home() == Home.DELAYED) {
      move(message, event.dueAt() > 0 ? Home.DELAYED : Home.ACTIVE);
      message.dueAt = event.dueAt();
    }
    return message;
  }

  private @Nullable StoredMessage deadLettered(DeadLettered event) {
    StoredMessage message = main.get(event.sequence());
    if (message == null) {
      return dead.get(event.sequence());
    }
    long position = message.position;
    int size = message.size;
    int deliveryCount = message.deliveryCount();
    records.retain(position, size);
    remove(message);
    StoredMessage present = dead.get(event.sequence());
    if (present != null) {
      remove(present);
    }
    StoredMessage letter =
        add(event.sequence(), deadLane, Home.DEAD, position, size, StoredMessage.NEVER);
    records.release(position, size);
    letter.deliveryCount(deliveryCount);
    deadLetters.put(event.sequence(), event.details());
    return letter;
  }

  private void relocated(Relocated event, long position, int size) {
    StoredMessage message = main.get(event.sequence());
    if (message == null) {
      message = dead.get(event.sequence());
    }
    if (message != null) {
      records.release(message.position, message.size);
      records.retain(position, size);
      bytes += size - message.size;
      message.position = position;
      message.size = size;
      // What is cached may be the record as it was before its headers were edited.
      message.cached = null;
    }
  }

  private StoredMessage add(
      long sequence, Lane lane, Home home, long position, int size, long expiresAt) {
    StoredMessage message = new StoredMessage(sequence, lane, home, position, size, expiresAt);
    (home == Home.DEAD ? dead : main).put(message);
    records.retain(position, size);
    lane.messages++;
    bytes += size;
    count(home, 1);
    return message;
  }

  private void move(StoredMessage message, Home to) {
    count(message.home(), -1);
    message.home(to);
    count(to, 1);
  }

  private void remove(StoredMessage message) {
    boolean wasDead = message.home() == Home.DEAD;
    count(message.home(), -1);
    (wasDead ? dead : main).remove(message.sequence);
    records.release(message.position, message.size);
    bytes -= message.size;
    message.home(Home.GONE);
    message.cached = null;
    message.lane.messages--;
    if (!firstFailures.isEmpty()) {
      firstFailures.remove(message.sequence);
    }
    if (!deadLetters.isEmpty()) {
      deadLetters.remove(message.sequence);
    }
    if (!often.isEmpty()) {
      often.remove(message);
    }
    if (!wasDead) {
      releaseKey(message);
    }
    forgetIfIdle(message.lane);
  }

  /**
   * The key is held by whichever message took it last, so that a snapshot, which knows holders
   * only, says the same.
   */
  private void holdKey(String key, StoredMessage message) {
    StoredMessage former = pendingByKey.put(key, message);
    if (former != null) {
      keys.remove(former);
    }
    keys.put(message, key);
  }

  /** Returns the key that it held, if it held one. */
  private @Nullable String releaseKey(StoredMessage message) {
    if (keys.isEmpty()) {
      return null;
    }
    String key = keys.remove(message);
    if (key != null) {
      pendingByKey.remove(key, message);
    }
    return key;
  }

  private void count(Home home, int by) {
    switch (home) {
      case ACTIVE, DELAYED -> active += by;
      case SCHEDULED -> scheduled += by;
      case DEFERRED -> deferred += by;
      case DEAD, GONE -> {}
    }
  }
}
