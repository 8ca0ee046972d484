package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.TransactionRefused;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SendOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What queues owe their users, in plain maps: no disk, no threads, no order of work but the order
 * of the calls. Time stands still unless it is moved; what it brings about happens in {@link
 * #catchUp}.
 *
 * <p>Calls return what the engine must return, and throw {@link Refused} where it must fail. Locks
 * are named by those who take them. Nothing here waits: who waits asks again.
 *
 * <p>{@link #step} is called after each change that stands alone, so that a power cut between two
 * of them can be tried.
 */
final class QueueModel {

  static final long NEVER = Long.MAX_VALUE;

  /** The engine must fail with one of these. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final transient Set<Class<? extends QueueRuntimeException>> kinds;

    @SafeVarargs
    Refused(Class<? extends QueueRuntimeException>... kinds) {
      super(Arrays.toString(kinds), null, false, false);
      this.kinds = Set.of(kinds);
    }
  }

  enum Home {
    ACTIVE,
    DEFERRED,
    SCHEDULED
  }

  /** What is told to a sender. */
  record Receipt(SendOutcome outcome, long sequence) {}

  /** Why a message is a dead letter. */
  record Death(String reason, String exception, int deliveryCount, long first, long last) {}

  /** One message. */
  static final class Message {
    OutgoingMessage sent;
    final String id;
    long sequence;
    Home home = Home.ACTIVE;
    long enqueued;
    long dueAt;
    long expiresAt = NEVER;
    int count;
    long backAt;
    long firstFailure = -1;
    String token;
    long lockedUntil;
    Session session;
    boolean superseded;

    /**
     * Whether it is the one that a newer message with its key replaces: the one that took the key
     * last.
     */
    boolean holdsKey;

    /**
     * Whether it came to its queue at a time of its own: as a dead letter of another one, say,
     * whose lock ran out.
     */
    boolean timesUncertain;

    /** Goes up with each lock and renewal: locks that end together end in that order. */
    long lockedAs;

    Death death;

    Message(OutgoingMessage sent, String id) {
      this.sent = sent;
      this.id = id;
    }

    Message(Message other) {
      this(other.sent, other.id);
      sequence = other.sequence;
      home = other.home;
      enqueued = other.enqueued;
      dueAt = other.dueAt;
      expiresAt = other.expiresAt;
      count = other.count;
      backAt = other.backAt;
      firstFailure = other.firstFailure;
      token = other.token;
      lockedUntil = other.lockedUntil;
      superseded = other.superseded;
      holdsKey = other.holdsKey;
      timesUncertain = other.timesUncertain;
      lockedAs = other.lockedAs;
      death = other.death;
    }

    boolean locked() {
      return token != null;
    }

    String sessionId() {
      return sent.sessionId().map(io.queueruntime.message.SessionId::value).orElse(null);
    }

    /** Everything that a peek shows, but for the headers' order. */
    String shown(boolean dead) {
      return shown(dead, true);
    }

    /**
     * @param exact whether to show ids that were made up, and the times at which something happened
     *     by itself: a power cut may make it happen again, later
     */
    private String shown(boolean dead, boolean exact) {
      boolean timesKnown = exact || sent.scheduledEnqueueTime().isEmpty() && !timesUncertain;
      MessageState state =
          dead
              ? MessageState.DEAD_LETTERED
              : switch (home) {
                case ACTIVE -> MessageState.ACTIVE;
                case DEFERRED -> MessageState.DEFERRED;
                case SCHEDULED -> MessageState.SCHEDULED;
              };
      StringBuilder text = new StringBuilder(96);
      text.append(sequence)
          .append(' ')
          .append(id)
          .append(' ')
          .append(state)
          .append(" n")
          .append(count);
      text.append(" at")
          .append(timesKnown ? enqueued : "")
          .append(' ')
          .append(Arrays.hashCode(sent.body()));
      text.append(' ').append(sessionId()).append(" x");
      text.append(
          dead || home == Home.SCHEDULED || expiresAt == NEVER || !timesKnown ? "" : expiresAt);
      text.append(' ').append(sent.deduplicationKey().orElse(""));
      text.append(' ').append(Actions.told(sent.headers()));
      if (dead) {
        text.append(' ').append(death.reason).append(' ').append(death.exception);
        text.append(" n").append(death.deliveryCount).append(" at").append(exact ? death.last : "");
      }
      return text.toString();
    }
  }

  /** One session: who holds it, until when, and what is stored with it. */
  static final class Session {
    final String id;
    Object hold;
    long until;
    byte[] state;

    Session(String id) {
      this.id = id;
    }
  }

  /** One queue. */
  static final class Queue {
    QueueOptions options;
    final TreeMap<Long, Message> main = new TreeMap<>();
    final TreeMap<Long, Message> dead = new TreeMap<>();
    final TreeMap<String, Session> sessions = new TreeMap<>();
    final TreeMap<String, Long> remembered = new TreeMap<>();

    /** Whether messages come to it at times of their own. */
    final boolean timesUncertain;

    long last;

    Queue(QueueOptions options, boolean timesUncertain) {
      this.options = options;
      this.timesUncertain = timesUncertain;
    }

    Session session(String id) {
      return sessions.computeIfAbsent(id, Session::new);
    }

    long lockMillis() {
      return options.lockDuration().toMillis();
    }

    TreeMap<Long, Message> messages(boolean inDead) {
      return inDead ? dead : main;
    }
  }

  private final TreeMap<String, Queue> queues = new TreeMap<>();

  /**
   * Tokens of locks that ran out, or were given back with their session, and what their late
   * holders hear.
   */
  private final TreeMap<String, Class<? extends QueueRuntimeException>> lost = new TreeMap<>();

  private Runnable step = () -> {};
  private boolean restarting;
  private long locks;
  private long changes;
  private long wall;
  private long tick;

  QueueModel(long wall, long tick) {
    this.wall = wall;
    this.tick = tick;
  }

  private QueueModel(QueueModel other) {
    wall = other.wall;
    tick = other.tick;
    locks = other.locks;
    lost.putAll(other.lost);
    other.queues.forEach(
        (name, queue) -> {
          Queue copy = new Queue(queue.options, queue.timesUncertain);
          copy.last = queue.last;
          copy.remembered.putAll(queue.remembered);
          queue.sessions.forEach(
              (id, session) -> {
                Session same = copy.session(id);
                same.hold = session.hold;
                same.until = session.until;
                same.state = session.state;
              });
          for (boolean dead : new boolean[] {false, true}) {
            for (Message message : queue.messages(dead).values()) {
              Message same = new Message(message);
              same.session = message.session == null ? null : copy.session(message.session.id);
              copy.messages(dead).put(same.sequence, same);
            }
          }
          queues.put(name, copy);
        });
  }

  QueueModel copy() {
    return new QueueModel(this);
  }

  void onStep(Runnable listener) {
    step = listener;
  }

  private void step() {
    changes++;
    step.run();
  }

  /** How often something changed that survives. */
  long changes() {
    return changes;
  }

  // Time

  long wall() {
    return wall;
  }

  long tick() {
    return tick;
  }

  /** Sets the clocks; what that brings about happens in {@link #catchUp}. */
  void clocks(long newWall, long newTick) {
    wall = newWall;
    tick = newTick;
  }

  /** Goes to that time from one moment at which something happens to the next. */
  void passTo(long newWall, long newTick) {
    while (tick < newTick) {
      long step = Math.min(Math.max(1, untilNext()), newTick - tick);
      clocks(newWall - newTick + tick + step, tick + step);
      catchUp();
    }
  }

  /** The next moment, as a distance from now, at which something happens by itself. */
  long untilNext() {
    long next = NEVER;
    for (Queue queue : queues.values()) {
      for (Session session : queue.sessions.values()) {
        next = session.hold == null ? next : Math.min(next, session.until - tick);
      }
      for (boolean dead : new boolean[] {false, true}) {
        for (Message message : queue.messages(dead).values()) {
          if (message.locked()) {
            next = message.session == null ? Math.min(next, message.lockedUntil - tick) : next;
            continue;
          }
          next = message.backAt > wall ? Math.min(next, message.backAt - wall) : next;
          if (message.home == Home.DEFERRED) {
            continue;
          }
          if (!dead && message.home == Home.SCHEDULED) {
            next = Math.min(next, message.dueAt - wall);
          } else if (!dead && message.expiresAt != NEVER) {
            next = Math.min(next, message.expiresAt - wall);
          }
        }
      }
    }
    return next;
  }

  /**
   * Lets everything happen that is due: locks end, scheduled messages take their places, lives end.
   */
  void catchUp() {
    for (Queue queue : queues.values()) {
      for (Session session : List.copyOf(queue.sessions.values())) {
        if (session.hold != null && session.until <= tick) {
          endHold(queue, session, true);
        }
      }
      for (boolean dead : new boolean[] {false, true}) {
        List<Message> late = new ArrayList<>();
        for (Message message : queue.messages(dead).values()) {
          if (message.locked() && message.session == null && message.lockedUntil <= tick) {
            late.add(message);
          }
        }
        late.sort(Comparator.comparingLong(message -> message.lockedAs));
        for (Message message : late) {
          lost.put(message.token, LockLost.class);
          giveBack(queue, dead, message, true, 0);
        }
        for (Message message : queue.messages(dead).values()) {
          // A delay that is over stays over, even when the clock is set back.
          message.backAt = message.backAt <= wall ? 0 : message.backAt;
        }
      }
    }
    activate();
    for (Queue queue : queues.values()) {
      for (Message message : List.copyOf(queue.main.values())) {
        expireIfOver(queue, message);
      }
    }
  }

  /** Those of all queues in the order in which they are due. */
  private void activate() {
    record Due(Queue queue, Message message) {}
    List<Due> all = new ArrayList<>();
    for (Queue queue : queues.values()) {
      for (Message message : queue.main.values()) {
        if (message.home == Home.SCHEDULED && message.dueAt <= wall) {
          all.add(new Due(queue, message));
        }
      }
    }
    all.sort(
        Comparator.comparingLong((Due due) -> due.message.dueAt)
            .thenComparingLong(due -> due.message.sequence));
    for (Due due : all) {
      Message message = due.message;
      due.queue.main.remove(message.sequence);
      message.sequence = ++due.queue.last;
      message.home = Home.ACTIVE;
      message.enqueued = wall;
      message.expiresAt = plus(wall, life(due.queue, message.sent));
      takeKey(due.queue, message);
      due.queue.main.put(message.sequence, message);
      quietly(() -> arrived(due.queue, message, true));
      step();
    }
  }

  private void expireIfOver(Queue queue, Message message) {
    if (!message.locked()
        && message.home == Home.ACTIVE
        && message.expiresAt <= wall
        && queue.main.get(message.sequence) == message) {
      if (queue.options.deadLetterOnExpiration()) {
        bury(queue, message, "TTLExpiredException", null);
      } else {
        queue.main.remove(message.sequence);
        step();
      }
    }
  }

  private static long life(Queue queue, OutgoingMessage sent) {
    long own = sent.timeToLive().map(Duration::toMillis).orElse(NEVER);
    return Math.min(own, queue.options.timeToLiveLimit().map(Duration::toMillis).orElse(NEVER));
  }

  private static long plus(long time, long length) {
    return length == NEVER ? NEVER : time + length;
  }

  // Queues

  boolean create(String name, QueueOptions options) {
    Queue queue = queues.get(name);
    if (queue != null) {
      if (queue.options.sessions() != options.sessions()) {
        throw new Refused(ConfigurationInvalid.class);
      }
      return false;
    }
    checkTargets(options);
    queues.put(name, new Queue(options, name.equals(Actions.GRAVES)));
    step();
    return true;
  }

  private void checkTargets(QueueOptions options) {
    for (QueueName target : Arrays.asList(options.forwardTo(), options.forwardDeadLettersTo())) {
      if (target != null && !queues.containsKey(target.value())) {
        throw new Refused(ConfigurationInvalid.class);
      }
    }
  }

  void update(String name, QueueOptions options) {
    Queue queue = queue(name);
    if (!queue.options.equals(options)) {
      checkTargets(options);
      queue.options = options;
      step();
    }
  }

  boolean delete(String name) {
    boolean was = queues.remove(name) != null;
    if (was) {
      step();
    }
    return was;
  }

  Set<String> names() {
    return queues.keySet();
  }

  Queue queue(String name) {
    Queue queue = queues.get(name);
    if (queue == null) {
      throw new Refused(QueueNotFound.class);
    }
    return queue;
  }

  // Sending

  /** Whether a full queue would hold back so many more messages. */
  boolean fits(String name, int messages) {
    Queue queue = queue(name);
    return queue.options.capacity() == 0
        || queue.main.size() + messages <= queue.options.capacity();
  }

  /**
   * Whether one of the messages neither is a duplicate nor takes the place of one that is there.
   */
  boolean needsRoom(String name, List<OutgoingMessage> batch) {
    Queue queue = queue(name);
    return batch.stream()
        .anyMatch(
            message -> {
              boolean replaces =
                  message
                      .deduplicationKey()
                      .map(key -> pending(queue, key))
                      .filter(older -> !older.locked())
                      .isPresent();
              boolean duplicate =
                  queue.options.duplicateDetectionWindow() != null
                      && message
                          .messageId()
                          .filter(id -> queue.remembered.getOrDefault(id, Long.MIN_VALUE) > wall)
                          .isPresent();
              return !replaces && !duplicate;
            });
  }

  List<Receipt> send(String name, List<OutgoingMessage> batch, List<String> ids) {
    Queue queue = queue(name);
    TreeMap<String, String> sessionOfKey = new TreeMap<>();
    for (OutgoingMessage message : batch) {
      if (message.sessionId().isPresent() != queue.options.sessions()) {
        throw new Refused(ValidationFailed.class);
      }
      String key = message.deduplicationKey().orElse(null);
      if (key != null && queue.options.sessions()) {
        String session = message.sessionId().orElseThrow().value();
        Message older = pending(queue, key);
        String before = sessionOfKey.getOrDefault(key, older == null ? session : older.sessionId());
        sessionOfKey.put(key, session);
        if (!before.equals(session)) {
          throw new Refused(ValidationFailed.class);
        }
      }
    }
    List<Receipt> receipts = new ArrayList<>();
    quietly(
        () -> {
          for (int i = 0; i < batch.size(); i++) {
            receipts.add(send(queue, batch.get(i), ids.get(i)));
          }
        });
    if (receipts.stream().anyMatch(receipt -> receipt.outcome() != SendOutcome.DUPLICATE)) {
      step();
    }
    return receipts;
  }

  private Receipt send(Queue queue, OutgoingMessage sent, String id) {
    Duration window = queue.options.duplicateDetectionWindow();
    if (window != null && sent.messageId().isPresent()) {
      if (queue.remembered.getOrDefault(id, Long.MIN_VALUE) > wall) {
        return new Receipt(SendOutcome.DUPLICATE, -1);
      }
      queue.remembered.put(id, wall + window.toMillis());
    }
    Message message = new Message(sent, id);
    long due = sent.scheduledEnqueueTime().map(Instant::toEpochMilli).orElse(0L);
    if (due > wall) {
      message.home = Home.SCHEDULED;
      message.dueAt = due;
    } else {
      message.expiresAt = plus(wall, life(queue, sent));
    }
    return let(queue, message);
  }

  /** Lets a message in that is no duplicate. */
  private Receipt let(Queue queue, Message message) {
    message.enqueued = wall;
    message.timesUncertain = queue.timesUncertain;
    Message older = message.sent.deduplicationKey().map(key -> pending(queue, key)).orElse(null);
    // One whose life is over only waits to be taken away, as at a restart, and gives no place on.
    boolean inPlace =
        older != null
            && !older.locked()
            && older.home != Home.SCHEDULED
            && !(older.home == Home.ACTIVE && older.expiresAt <= wall)
            && message.home != Home.SCHEDULED;
    if (inPlace) {
      message.sequence = older.sequence;
      message.home = older.home;
    } else {
      message.sequence = ++queue.last;
      if (older != null && older.locked()) {
        older.superseded = true;
      } else if (older != null) {
        queue.main.remove(older.sequence);
      }
    }
    takeKey(queue, message);
    queue.main.put(message.sequence, message);
    long place = message.sequence;
    if (!inPlace && message.home == Home.ACTIVE) {
      arrived(queue, message, true);
    }
    return new Receipt(older == null ? SendOutcome.ENQUEUED : SendOutcome.REPLACED, place);
  }

  /**
   * A message took its place; where its queue forwards, it goes on.
   *
   * @param mayBeCopy whether the target looks for it among the ids that it remembers
   */
  private void arrived(Queue queue, Message message, boolean mayBeCopy) {
    QueueName to = queue.options.forwardTo();
    if (to == null) {
      return;
    }
    Queue target = queues.get(to.value());
    if (target == null) {
      bury(queue, message, DeadLetterDetails.FORWARD_TARGET_NOT_FOUND, null);
      return;
    }
    queue.main.remove(message.sequence);
    Duration window = target.options.duplicateDetectionWindow();
    if (mayBeCopy && window != null) {
      if (target.remembered.getOrDefault(message.id, Long.MIN_VALUE) > wall) {
        return;
      }
      target.remembered.put(message.id, wall + window.toMillis());
    }
    move(message, target, message.expiresAt);
  }

  /** Its own time to live does not begin anew, but the target's counts too. */
  private void move(Message message, Queue target, long expiresAt) {
    Message moved = new Message(message.sent, message.id);
    long most = target.options.timeToLiveLimit().map(Duration::toMillis).orElse(NEVER);
    moved.expiresAt = Math.min(plus(wall, most), expiresAt);
    let(target, moved);
  }

  private void quietly(Runnable work) {
    Runnable listener = step;
    step = () -> {};
    work.run();
    step = listener;
  }

  private static void takeKey(Queue queue, Message message) {
    message
        .sent
        .deduplicationKey()
        .map(key -> pending(queue, key))
        .ifPresent(former -> former.holdsKey = false);
    message.holdsKey = true;
  }

  private static Message pending(Queue queue, String key) {
    Message found = null;
    for (Message message : queue.main.values()) {
      if (message.holdsKey && key.equals(message.sent.deduplicationKey().orElse(null))) {
        found = message;
      }
    }
    return found;
  }

  boolean cancel(String name, long sequence) {
    Queue queue = queue(name);
    Message message = queue.main.get(sequence);
    if (message == null || message.home != Home.SCHEDULED) {
      return false;
    }
    queue.main.remove(sequence);
    step();
    return true;
  }

  // Receiving

  /** The messages a receive would get now, in order, at most so many. */
  List<Message> ready(String name, boolean dead, Object hold, int max) {
    Queue queue = hold == null ? queue(name) : holding(name);
    Session session = null;
    if (!dead && hold == null && queue.options.sessions()) {
      throw new Refused(ValidationFailed.class);
    }
    if (hold != null) {
      session = held(queue, hold);
    }
    List<Message> ready = new ArrayList<>();
    for (Message message : queue.messages(dead).values()) {
      boolean here =
          dead
              || (message.home == Home.ACTIVE
                  && (session == null || session.id.equals(message.sessionId())));
      if (!here || message.locked() || ready.size() == max) {
        continue;
      }
      if (message.backAt > wall) {
        if (session != null) {
          break;
        }
        continue;
      }
      ready.add(message);
    }
    return ready;
  }

  /** The deferred messages among those numbers, in the order of the numbers. */
  List<Message> deferred(String name, Object hold, Collection<Long> sequences) {
    Queue queue = hold == null ? queue(name) : holding(name);
    if (queue.options.sessions() && hold == null) {
      throw new Refused(ValidationFailed.class);
    }
    Session session = hold == null ? null : held(queue, hold);
    List<Message> found = new ArrayList<>();
    for (long sequence : sequences) {
      Message message = queue.main.get(sequence);
      if (message != null
          && message.home == Home.DEFERRED
          && !message.locked()
          && !found.contains(message)
          && (session == null || session.id.equals(message.sessionId()))) {
        found.add(message);
      }
    }
    return found;
  }

  /** Hands out a message: counts the delivery and locks it under that name. */
  void take(String name, boolean dead, Object hold, long sequence, String token) {
    Queue queue = queue(name);
    Message message = queue.messages(dead).get(sequence);
    // How often a dead letter failed does not change any more.
    message.count += dead ? 0 : 1;
    message.token = token;
    message.session = dead || hold == null ? null : held(queue, hold);
    message.lockedUntil = tick + queue.lockMillis();
    message.lockedAs = ++locks;
    step();
  }

  /** What a peek shows: everything that is not expired, locked or not. */
  List<String> peek(String name, boolean dead, String session, long from, int max) {
    List<String> seen = new ArrayList<>();
    for (Message message : queue(name).messages(dead).tailMap(from).values()) {
      boolean over = !dead && message.home == Home.ACTIVE && message.expiresAt <= wall;
      if (seen.size() < max && !over && (session == null || session.equals(message.sessionId()))) {
        seen.add(message.shown(dead));
      }
    }
    return seen;
  }

  // Sessions

  /** The queue of a hold; a hold of a deleted queue is lost. */
  private Queue holding(String name) {
    Queue queue = queues.get(name);
    if (queue == null) {
      throw new Refused(SessionLockLost.class, QueueNotFound.class);
    }
    return queue;
  }

  private static Session held(Queue queue, Object hold) {
    for (Session session : queue.sessions.values()) {
      if (session.hold == hold) {
        return session;
      }
    }
    throw new Refused(SessionLockLost.class);
  }

  void requireSessions(String name) {
    if (!queue(name).options.sessions()) {
      throw new Refused(ValidationFailed.class);
    }
  }

  /** Whether that session can be accepted now. */
  boolean free(String name, String id) {
    requireSessions(name);
    Session session = queue(name).sessions.get(id);
    return session == null || session.hold == null;
  }

  /** The sessions that can be accepted and have a message to receive now. */
  Set<String> waitingSessions(String name) {
    requireSessions(name);
    Queue queue = queue(name);
    Set<String> waiting = new TreeSet<>();
    Set<String> blocked = new TreeSet<>();
    for (Message message : queue.main.values()) {
      String id = message.sessionId();
      if (message.home == Home.ACTIVE
          && !message.locked()
          && !blocked.contains(id)
          && free(name, id)) {
        (message.backAt > wall ? blocked : waiting).add(id);
      }
    }
    return waiting;
  }

  void accept(String name, String id, Object hold) {
    if (!free(name, id)) {
      throw new Refused(SessionLocked.class);
    }
    Session session = queue(name).session(id);
    session.hold = hold;
    session.until = tick + queue(name).lockMillis();
  }

  void renewSession(String name, Object hold) {
    held(holding(name), hold).until = tick + queue(name).lockMillis();
  }

  byte[] state(String name, Object hold) {
    return held(holding(name), hold).state;
  }

  void setState(String name, Object hold, byte[] state) {
    held(holding(name), hold).state = state;
    step();
  }

  void release(String name, Object hold) {
    Queue queue = queues.get(name);
    if (queue == null) {
      return;
    }
    for (Session session : queue.sessions.values()) {
      if (session.hold == hold) {
        endHold(queue, session, false);
      }
    }
  }

  private void endHold(Queue queue, Session session, boolean counted) {
    for (Message message : List.copyOf(queue.main.values())) {
      if (message.locked() && message.session == session) {
        lost.put(message.token, SessionLockLost.class);
        giveBack(queue, false, message, counted, 0);
      }
    }
    session.hold = null;
  }

  // Settling

  private Message locked(String name, String token) {
    Queue queue = queue(name);
    for (boolean dead : new boolean[] {false, true}) {
      for (Message message : queue.messages(dead).values()) {
        if (token.equals(message.token)) {
          return message;
        }
      }
    }
    Class<? extends QueueRuntimeException> why = lost.get(token);
    if (why == SessionLockLost.class) {
      throw new Refused(SessionLockLost.class, InvalidReceipt.class);
    }
    if (why == LockLost.class) {
      throw new Refused(LockLost.class);
    }
    throw new Refused(InvalidReceipt.class);
  }

  private static boolean isDead(Queue queue, Message message) {
    return queue.dead.get(message.sequence) == message;
  }

  /**
   * All of it, as one step, or nothing: then it must be refused. What changes nothing, as when all
   * that is sent was sent before, is no step: the engine records nothing for it, so its answer
   * rests on no force, and what happened before it is no more durable than it was.
   */
  void together(Consumer<QueueModel> work) {
    try {
      work.accept(copy());
    } catch (Refused refused) {
      throw new Refused(TransactionRefused.class);
    }
    long before = changes;
    quietly(() -> work.accept(this));
    if (changes > before) {
      step();
    }
  }

  /** What a settlement changes on the message's headers, before it is settled. */
  void edit(String name, String token, MessageEdits edits) {
    Message message = locked(name, token);
    message.sent = edited(message.sent, edits);
  }

  private static OutgoingMessage edited(OutgoingMessage sent, MessageEdits edits) {
    OutgoingMessage.Builder again = sent.toBuilder();
    edits.remove().forEach(again::removeHeader);
    return again.headers(edits.set()).build();
  }

  void complete(String name, String token) {
    Message message = locked(name, token);
    queue(name).messages(isDead(queue(name), message)).remove(message.sequence);
    step();
  }

  void abandon(String name, String token, long delay) {
    Message message = locked(name, token);
    giveBack(queue(name), isDead(queue(name), message), message, true, delay);
  }

  void releaseMessage(String name, String token) {
    Message message = locked(name, token);
    giveBack(queue(name), isDead(queue(name), message), message, false, 0);
  }

  void defer(String name, String token) {
    Message message = locked(name, token);
    Queue queue = queue(name);
    if (isDead(queue, message)) {
      throw new Refused(ValidationFailed.class);
    }
    if (gone(queue, message)) {
      return;
    }
    unlock(message);
    message.home = Home.DEFERRED;
    message.backAt = 0;
    step();
    expireIfOver(queue, message);
  }

  void deadLetter(String name, String token, String reason, String exception) {
    Message message = locked(name, token);
    Queue queue = queue(name);
    if (isDead(queue, message)) {
      throw new Refused(ValidationFailed.class);
    }
    if (!gone(queue, message)) {
      bury(queue, message, reason, exception);
    }
  }

  void renew(String name, String token) {
    Message message = locked(name, token);
    if (message.session == null) {
      message.lockedUntil = tick + queue(name).lockMillis();
      message.lockedAs = ++locks;
    } else {
      message.session.until = tick + queue(name).lockMillis();
    }
  }

  private static void unlock(Message message) {
    message.token = null;
    message.session = null;
  }

  private boolean gone(Queue queue, Message message) {
    if (message.superseded) {
      queue.main.remove(message.sequence);
      step();
    }
    return message.superseded;
  }

  private void giveBack(Queue queue, boolean dead, Message message, boolean counted, long delay) {
    if (gone(queue, message)) {
      return;
    }
    unlock(message);
    if (!counted) {
      message.count -= dead ? 0 : 1;
    } else if (!dead
        && message.count >= queue.options.maxDeliveryCount()
        && !(restarting && message.home == Home.DEFERRED)) {
      bury(queue, message, "MaxDeliveryCountExceeded", null);
      return;
    }
    if (counted && message.firstFailure < 0) {
      message.firstFailure = wall;
    }
    message.backAt = delay > 0 && !dead && message.home == Home.ACTIVE ? wall + delay : 0;
    if (dead && !counted) {
      // Its count never rose: nothing has changed that could be lost.
      return;
    }
    step();
    if (!dead) {
      expireIfOver(queue, message);
    }
  }

  private void bury(Queue queue, Message message, String reason, String exception) {
    unlock(message);
    queue.main.remove(message.sequence);
    QueueName to = queue.options.forwardDeadLettersTo();
    Queue target = to == null ? null : queues.get(to.value());
    if (target != null) {
      quietly(() -> move(message, target, NEVER));
      step();
      return;
    }
    long first = message.firstFailure < 0 ? wall : message.firstFailure;
    message.death = new Death(reason, exception, message.count, first, wall);
    message.home = Home.ACTIVE;
    message.backAt = 0;
    queue.dead.put(message.sequence, message);
    step();
  }

  // Dead letters and the rest

  int replay(String name, Collection<Long> sequences, MessageEdits edits) {
    Queue queue = queue(name);
    int moved = 0;
    for (long sequence : new TreeSet<>(sequences)) {
      Message letter = queue.dead.get(sequence);
      if (letter == null || letter.locked()) {
        continue;
      }
      queue.dead.remove(sequence);
      Message message = new Message(edited(letter.sent, edits), letter.id);
      message.timesUncertain = letter.timesUncertain;
      message.sequence = ++queue.last;
      message.enqueued = wall;
      message.expiresAt = plus(wall, life(queue, letter.sent));
      takeKey(queue, message);
      queue.main.put(message.sequence, message);
      quietly(() -> arrived(queue, message, false));
      moved++;
      step();
    }
    return moved;
  }

  int discard(String name, Collection<Long> sequences) {
    Queue queue = queue(name);
    int gone = 0;
    for (long sequence : new TreeSet<>(sequences)) {
      Message letter = queue.dead.get(sequence);
      if (letter != null && !letter.locked()) {
        queue.dead.remove(sequence);
        gone++;
        step();
      }
    }
    return gone;
  }

  long purge(String name, boolean dead) {
    Queue queue = queue(name);
    long gone = 0;
    for (Message message : List.copyOf(queue.messages(dead).values())) {
      if (!message.locked()) {
        queue.messages(dead).remove(message.sequence);
        gone++;
        step();
      }
    }
    return gone;
  }

  /** Removes what could be received and was enqueued before that moment. */
  long purge(String name, boolean dead, long enqueuedBefore, int max) {
    Queue queue = queue(name);
    long gone = 0;
    for (Message message : List.copyOf(queue.messages(dead).values())) {
      if (!message.locked()
          && (dead || message.home == Home.ACTIVE)
          && gone < max
          && message.enqueued < enqueuedBefore) {
        queue.messages(dead).remove(message.sequence);
        gone++;
        step();
      }
    }
    return gone;
  }

  /** Sessions with messages or a state. */
  List<String> sessions(String name, int skip, int top) {
    Queue queue = queue(name);
    Set<String> there = new TreeSet<>();
    queue.main.values().forEach(message -> there.add(String.valueOf(message.sessionId())));
    there.remove("null");
    queue.sessions.values().stream()
        .filter(session -> session.state != null)
        .forEach(session -> there.add(session.id));
    return there.stream().skip(skip).limit(top).toList();
  }

  /** What is told of a queue's options that can change. */
  static String told(QueueOptions options) {
    return options.attributes()
        + " "
        + options.lockDuration().toMillis()
        + " "
        + options.deadLetterOnExpiration();
  }

  /** Active, locked, scheduled, deferred and dead messages. */
  List<Long> statistics(String name) {
    Queue queue = queue(name);
    long active =
        queue.main.values().stream().filter(message -> message.home == Home.ACTIVE).count();
    long locked = queue.main.values().stream().filter(Message::locked).count();
    long scheduled =
        queue.main.values().stream().filter(message -> message.home == Home.SCHEDULED).count();
    return List.of(
        active,
        locked,
        scheduled,
        queue.main.size() - active - scheduled,
        (long) queue.dead.size());
  }

  /**
   * Everything stopped: holders are gone, and their deliveries counted, unless it was stopped in
   * good order. A deferred message stays deferred: whether somebody had it just then is not known
   * any more.
   */
  void restart(boolean inGoodOrder) {
    restarting = true;
    for (Queue queue : queues.values()) {
      for (Session session : queue.sessions.values()) {
        if (session.hold != null) {
          endHold(queue, session, !inGoodOrder);
        }
      }
      for (boolean dead : new boolean[] {false, true}) {
        for (Message message : List.copyOf(queue.messages(dead).values())) {
          if (message.locked()) {
            lost.put(message.token, InvalidReceipt.class);
            giveBack(queue, dead, message, !inGoodOrder, 0);
          }
        }
      }
    }
    lost.clear();
    restarting = false;
  }

  /** A restart at that time, and all that is due by then. */
  void restartAt(long newWall, long newTick) {
    clocks(newWall, newTick);
    restart(false);
    catchUp();
  }

  /**
   * All that survives and can be seen, as text, but for the times at which something happened by
   * itself.
   */
  String dump() {
    StringBuilder text = new StringBuilder();
    queues.forEach(
        (name, queue) -> {
          text.append(name).append(' ').append(told(queue.options)).append('\n');
          queue
              .main
              .values()
              .forEach(
                  message -> text.append("  ").append(message.shown(false, false)).append('\n'));
          queue
              .dead
              .values()
              .forEach(
                  message -> text.append("  ").append(message.shown(true, false)).append('\n'));
          queue.sessions.forEach(
              (id, session) -> {
                if (session.state != null) {
                  text.append("  ")
                      .append(id)
                      .append('=')
                      .append(Arrays.toString(session.state))
                      .append('\n');
                }
              });
        });
    return text.toString();
  }

  /** All that survives, seen or not: two models with one fingerprint have the same future. */
  String fingerprint() {
    StringBuilder text = new StringBuilder(dump());
    queues.forEach(
        (name, queue) -> {
          text.append(name).append(queue.last).append(queue.remembered);
          for (boolean dead : new boolean[] {false, true}) {
            for (Message message : queue.messages(dead).values()) {
              text.append(message.holdsKey ? 'k' : '-').append(message.superseded ? 's' : '-');
              text.append(message.locked() ? 'l' : '-')
                  .append(message.backAt)
                  .append(' ')
                  .append(message.dueAt);
              text.append(' ').append(message.expiresAt).append(' ');
            }
          }
        });
    return text.toString();
  }

  /** Takes over the times that {@link #dump} leaves out. */
  void adoptTimes(
      String name, boolean dead, long sequence, long enqueued, long expiresAt, long deadSince) {
    Message message = queue(name).messages(dead).get(sequence);
    if (dead) {
      Death death = message.death;
      message.death =
          new Death(death.reason, death.exception, death.deliveryCount, death.first, deadSince);
    }
    if ((message.sent.scheduledEnqueueTime().isPresent() || message.timesUncertain)
        && message.home != Home.SCHEDULED) {
      message.enqueued = enqueued;
      message.expiresAt = dead ? message.expiresAt : expiresAt;
    }
  }
}
