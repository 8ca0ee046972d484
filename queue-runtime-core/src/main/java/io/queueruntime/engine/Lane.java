package io.queueruntime.engine;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are delivered one after the other: those of one session, of a queue without
 * sessions, or the dead letters of a queue. Knows which one is next.
 *
 * <p>Messages arrive in ascending sequence and are linked as fresh; those given back are kept
 * apart, by sequence, so that each returns to its own place. A message that left is skipped when
 * its link is met.
 *
 * <p>Confined to the engine thread.
 */
class Lane {

  private static final int MIN_STALE_LINKS = 64;
  private static final int LINKS_PER_SWEEP = 4;

  final QueueState queue;

  /** Whether a delayed message holds back those after it. */
  private final boolean strict;

  private @Nullable StoredMessage freshHead;
  private @Nullable StoredMessage freshTail;
  private int freshLinks;

  /** There while some links are stale: most lanes are sessions, and small. */
  private @Nullable Stale stale;

  private @Nullable PriorityQueue<StoredMessage> returned;

  /** Receivers that wait for a message of this lane, the longest-waiting first. */
  private @Nullable Waits<ReceiveWait> waits;

  /** Messages of this lane, held ones included. */
  int messages;

  /** Stands in the list of lanes to be looked at before the turn ends. */
  boolean stirred;

  Lane(QueueState queue, boolean strict) {
    this.queue = queue;
    this.strict = strict;
  }

  /** Name of the session whose messages these are. */
  @Nullable String sessionId() {
    return null;
  }

  final boolean isStrict() {
    return strict;
  }

  /** A message that was never handed out; its sequence is above all that were added before. */
  void addFresh(StoredMessage message) {
    if (freshTail == null || freshHead == null) {
      freshHead = message;
    } else {
      freshTail.nextFresh = message;
    }
    freshTail = message;
    message.linked(true);
    freshLinks++;
  }

  /** A message that comes back to its place. */
  void addReturned(StoredMessage message) {
    if (message.isLinked()) {
      return;
    }
    if (returned == null) {
      returned = new PriorityQueue<>(4, Comparator.comparingLong((StoredMessage m) -> m.sequence));
    }
    returned.add(message);
  }

  /**
   * The message to hand out next; null when there is none, or when a delayed one holds the others
   * back.
   */
  @Nullable StoredMessage next() {
    if (queue.isDeleted()) {
      return null;
    }
    StoredMessage back = firstReturned();
    StoredMessage fresh = firstFresh();
    StoredMessage first =
        fresh == null || back != null && back.sequence < fresh.sequence ? back : fresh;
    return first == null || first.home() == StoredMessage.Home.DELAYED ? null : first;
  }

  /** Whether a message stands in this order, be it that a delayed one holds it back. */
  final boolean hasReady() {
    return firstReturned() != null || firstFresh() != null;
  }

  /** Takes out the message that {@link #next} showed. */
  void take(StoredMessage message) {
    if (message.isLinked()) {
      unlinkHead();
    } else if (returned != null) {
      returned.remove(message);
      if (returned.isEmpty()) {
        returned = null;
      }
    }
  }

  /** Called when a message left without being taken: its link goes now or when it is met. */
  void forget(StoredMessage message) {
    if (message.isLinked()) {
      Stale departed = stale == null ? new Stale() : stale;
      stale = departed;
      departed.links++;
      firstFresh();
      if (departed.links > MIN_STALE_LINKS) {
        sweep(departed);
      }
    } else if (returned != null
        && returned.size() > MIN_STALE_LINKS
        && returned.size() / 2 > messages) {
      // Where nobody receives, as of dead letters that are only ever replayed, no stale one is met.
      returned.removeIf(back -> !isReady(back));
    }
  }

  Waits<ReceiveWait> waits() {
    if (waits == null) {
      waits = new Waits<>();
    }
    return waits;
  }

  boolean hasWaits() {
    return waits != null && !waits.isEmpty();
  }

  /** Links to messages that are next some time, stale ones included. */
  int links() {
    return freshLinks + (returned == null ? 0 : returned.size());
  }

  /** Nothing is kept here and nobody waits. */
  boolean isIdle() {
    return messages == 0 && !hasWaits();
  }

  private @Nullable StoredMessage firstReturned() {
    while (returned != null) {
      StoredMessage first = returned.peek();
      if (first != null && isReady(first)) {
        return first;
      }
      returned.poll();
      if (returned.isEmpty()) {
        returned = null;
      }
    }
    return null;
  }

  private @Nullable StoredMessage firstFresh() {
    while (freshHead != null && !isReady(freshHead)) {
      unlinkHead();
      if (stale != null && --stale.links <= 0) {
        stale = null;
      }
    }
    return freshHead;
  }

  /** Whether a link still leads to a message that belongs into this order. */
  private boolean isReady(StoredMessage message) {
    return message.lane == this
        && !message.isLocked()
        && (message.home() == StoredMessage.Home.ACTIVE
            || message.home() == StoredMessage.Home.DEAD
            || strict && message.home() == StoredMessage.Home.DELAYED);
  }

  private void unlinkHead() {
    StoredMessage head = freshHead;
    if (head == null) {
      return;
    }
    freshHead = head.nextFresh;
    head.nextFresh = null;
    head.linked(false);
    freshLinks--;
    if (freshHead == null) {
      freshTail = null;
    }
  }

  /** Links to messages that left without being taken. */
  private static final class Stale {
    int links;

    /** The last link that the sweep kept; when it was taken out since, a new round begins. */
    @Nullable StoredMessage swept;
  }

  /**
   * Goes on along the links for a little and takes out stale ones: a whole round takes a quarter as
   * many departures as there are links, so that about half of them at most are stale.
   */
  private void sweep(Stale departed) {
    for (int n = 0; n < LINKS_PER_SWEEP; n++) {
      StoredMessage kept = departed.swept;
      if (kept == null || !kept.isLinked()) {
        kept = firstFresh();
      }
      StoredMessage looked = kept == null ? null : kept.nextFresh;
      departed.swept = looked == null ? null : kept;
      if (kept == null || looked == null) {
        return;
      }
      if (isReady(looked)) {
        departed.swept = looked;
        continue;
      }
      kept.nextFresh = looked.nextFresh;
      if (looked == freshTail) {
        freshTail = kept;
      }
      looked.nextFresh = null;
      looked.linked(false);
      freshLinks--;
      departed.links--;
    }
  }
}
