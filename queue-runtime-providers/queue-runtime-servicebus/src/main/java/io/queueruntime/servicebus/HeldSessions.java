package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one queue that are held through this provider, or that an accept is under way
 * for: a second link of the same name would be the first one.
 *
 * <p>Thread-safe.
 */
final class HeldSessions {

  /** How long the SDK may give out a link that has ended under the session's name. */
  private static final Duration HELD_LATELY = Duration.ofMinutes(5);

  private static final int LATELY_MAX = 10_000;

  /**
   * Whether an accept of a session may be made.
   *
   * @param turn what has to be completed when the accept is over; null: it may not be made
   * @param others completes when whoever has the session or asks for it is done; null: nobody does
   * @param holder who has it; null: nobody, or somebody asks for it
   * @param closed nothing is accepted any more
   */
  record Place(
      @Nullable CompletableFuture<Void> turn,
      @Nullable CompletableFuture<Void> others,
      @Nullable ServiceBusSession holder,
      boolean closed) {}

  private final QueueName queue;
  private final ProviderTime time;
  private final Map<SessionId, ServiceBusSession> held = new HashMap<>();

  /** When sessions that were held here ended. */
  private final Map<SessionId, Long> endedAt = new LinkedHashMap<>();

  /** Sessions an accept is under way for. */
  private final Map<SessionId, CompletableFuture<Void>> reserved = new HashMap<>();

  private boolean closed;

  HeldSessions(QueueName queue, ProviderTime time) {
    this.queue = queue;
    this.time = time;
  }

  /** Takes the place to accept the session, unless somebody has it. */
  synchronized Place reserve(SessionId id) {
    ServiceBusSession holder = held.get(id);
    CompletableFuture<Void> others = holder == null ? reserved.get(id) : holder.over();
    if (closed || others != null) {
      return new Place(null, others, holder, closed);
    }
    CompletableFuture<Void> turn = new CompletableFuture<>();
    reserved.put(id, turn);
    return new Place(turn, null, null, false);
  }

  /** The accept is over, whatever came of it; those who wait for their turn go on. */
  void free(SessionId id, CompletableFuture<Void> turn) {
    synchronized (this) {
      reserved.remove(id, turn);
    }
    turn.complete(null);
  }

  /** Somebody has it from now on, until his hold is over. */
  void add(ServiceBusSession session) {
    ServiceBusSession before;
    boolean late;
    synchronized (this) {
      before = held.put(session.sessionId(), session);
      late = closed;
    }
    if (before != null) {
      before.lose(
          new SessionLockLost(
              queue.value(),
              "Session '%s' of queue '%s' was accepted anew."
                  .formatted(session.sessionId(), queue)));
    }
    session.over().thenRun(() -> remove(session));
    if (late) {
      session.closeAsync();
    }
  }

  private synchronized void remove(ServiceBusSession session) {
    held.remove(session.sessionId(), session);
    endedAt.remove(session.sessionId()); // it becomes the youngest
    endedAt.put(session.sessionId(), time.nanos());
    if (endedAt.size() > LATELY_MAX) {
      endedAt.remove(endedAt.keySet().iterator().next());
    }
  }

  /**
   * Whether the SDK may give out the link of a former hold, which has the same name and has ended:
   * then the hold is made certain by renewing it.
   */
  synchronized boolean wasHeldLately(SessionId id) {
    Long ended = endedAt.get(id);
    return ended != null && time.nanos() - ended < HELD_LATELY.toNanos();
  }

  synchronized boolean isEmpty() {
    return held.isEmpty() && reserved.isEmpty();
  }

  /** Reserves nothing any more; all that are held, for the caller to close. */
  synchronized List<ServiceBusSession> close() {
    closed = true;
    return List.copyOf(held.values());
  }
}
