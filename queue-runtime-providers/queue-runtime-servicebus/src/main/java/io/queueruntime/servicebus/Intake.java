package io.queueruntime.servicebus;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Alarms;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The receives that wait at one link, and the messages that come in for them.
 *
 * <p>A message is only ever asked for because somebody waits for it, with {@code request(n)} on the
 * SDK's asynchronous client, which is link credit. Credit once given cannot be taken back (the SDK
 * knows no drain), so it is given sparingly: one message at first, twice as many each time all that
 * was asked for came, never more than the waiting receives want. What is left when they have ended
 * serves the next receive; a message that it brings in meanwhile is kept for {@link #LATE} and then
 * given back to the broker uncounted, unless the link is a session's, which nobody else waits for.
 * The SDK's blocking client would leave as much credit as was asked for, and gives everything that
 * comes late back at once.
 *
 * <p>A receive that can be served in full is served by the thread that brings the message; one that
 * would take more is served a little later, with what has arrived until then.
 *
 * <p>Thread-safe.
 */
final class Intake {

  /** How long a message waits for the next receive of a caller that works in a loop. */
  static final Duration LATE = Duration.ofMillis(50);

  /** How long a message that was given back has to come again until the broker is asked for it. */
  private static final Duration RETURN = Duration.ofMillis(200);

  private static final Duration WAIT_MAX = Duration.ofDays(36_500);

  /** Whose messages these are. */
  interface Owner {
    /** An error that ends the link, for those who wait. */
    RuntimeException translate(Throwable error);

    /** Messages that nobody waits for. */
    void giveBack(List<ReceivedMessage<byte[]>> late);

    /**
     * The link has ended, by an error or without one; true: those who wait go on waiting, for
     * another link.
     */
    boolean ended(@Nullable Throwable error);

    /** Whether a message that was given back can still come again. */
    CompletableFuture<Boolean> canReturn(SequenceNumber number);
  }

  private final ProviderTime time;
  private final Executor callbacks;
  private final boolean ordered;
  private final Owner owner;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Arrivals arrived = new Arrivals();
  private final Credit credit = new Credit();
  private @Nullable LinkMessages source;

  /** How many messages the waiting receives would take. */
  private long wanted;

  private boolean servingSoon;

  /** Rings for the first receive to run out of time, or for one that had more of it then. */
  private Alarms.@Nullable Alarm deadlineAlarm;

  private long deadlineAlarmAt;
  private Alarms.@Nullable Alarm lateAlarm;
  private Alarms.@Nullable Alarm returnAlarm;

  /**
   * @param ordered whether messages keep their order through everything, and are never given back
   *     for being late
   */
  Intake(ProviderTime time, Executor callbacks, boolean ordered, Owner owner) {
    this.time = time;
    this.callbacks = callbacks;
    this.ordered = ordered;
    this.owner = owner;
  }

  /** Takes what a link brings from now on; the link before has ended or is dropped. */
  void attach(Flux<ReceivedMessage<byte[]>> messages) {
    LinkMessages attached = new LinkMessages(this);
    messages.subscribe(attached);
    LinkMessages before;
    synchronized (this) {
      before = source;
      source = attached;
      credit.ofANewLink();
    }
    if (before != null) {
      before.cancel();
    }
    attached.begin();
    askForMore();
  }

  synchronized boolean isAttached() {
    return source != null;
  }

  /** Whether a receive waits, or messages are on their way to one. */
  synchronized boolean isBusy() {
    return servingSoon || !waiting.isEmpty() || !arrived.isEmpty();
  }

  synchronized boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  /** Waits for messages; see {@code QueueReceiver.receive}. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> receive(int max, Duration maxWait) {
    Waiting receive = new Waiting(max, time.nanos() + bounded(maxWait).toNanos());
    synchronized (this) {
      waiting.add(receive);
      wanted += max;
      ringFor(receive);
    }
    serve();
    askForMore();
    return receive;
  }

  private static Duration bounded(Duration wait) {
    return wait.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : wait;
  }

  /**
   * The alarm is set anew for a receive that ends earlier only: most are served long before, and
   * setting one for each would cost more than they do.
   */
  private void ringFor(Waiting receive) {
    if (deadlineAlarm != null) {
      if (deadlineAlarmAt - receive.deadline <= 0) {
        return;
      }
      deadlineAlarm.cancel();
    }
    deadlineAlarmAt = receive.deadline;
    deadlineAlarm =
        time.after(
            Duration.ofNanos(Math.max(0, receive.deadline - time.nanos())), this::endOverdue);
  }

  private void ringForNobody() {
    if (deadlineAlarm != null) {
      deadlineAlarm.cancel();
      deadlineAlarm = null;
    }
  }

  /** Ends those whose time is over, empty. */
  private void endOverdue() {
    List<Waiting> ended = new ArrayList<>();
    synchronized (this) {
      deadlineAlarm = null;
      long now = time.nanos();
      Waiting next = null;
      for (Waiting receive : List.copyOf(waiting)) {
        if (receive.deadline - now > 0) {
          next = next == null || receive.deadline - next.deadline < 0 ? receive : next;
        } else if (receive.decide(List.of())) {
          ended.add(receive);
          gotNothing(receive);
        }
      }
      if (next != null) {
        ringFor(next);
      }
    }
    ended.forEach(Answer::handOver);
  }

  private void gotNothing(Waiting receive) {
    if (waiting.remove(receive)) {
      wanted -= receive.max;
      credit.tooMuch();
    }
    if (!arrived.isEmpty() && waiting.isEmpty()) {
      waitForALateReceive();
    }
  }

  /** Ends every waiting receive empty. */
  void endAll() {
    takeAll().forEach(receive -> receive.complete(List.of()));
  }

  /** Fails every waiting receive. */
  void failAll(RuntimeException failure) {
    takeAll().forEach(receive -> receive.completeExceptionally(failure));
  }

  private synchronized List<Waiting> takeAll() {
    List<Waiting> all = List.copyOf(waiting);
    waiting.clear();
    wanted = 0;
    ringForNobody();
    return all;
  }

  /** Drops the link; what has come and was not given to anybody is returned. */
  List<ReceivedMessage<byte[]>> detach() {
    LinkMessages dropped;
    List<ReceivedMessage<byte[]>> left;
    synchronized (this) {
      dropped = source;
      source = null;
      credit.ofANewLink();
      left = arrived.takeAll();
      arrived.expectNothing();
      if (waiting.isEmpty()) {
        ringForNobody();
      }
    }
    if (dropped != null) {
      dropped.cancel();
    }
    return left;
  }

  /** Asks for as many messages as are waited for, as far as the window allows. */
  private void askForMore() {
    LinkMessages from;
    int more;
    synchronized (this) {
      from = source;
      more = from == null ? 0 : credit.more(wanted - arrived.ready(), waiting.size());
      if (from == null || more == 0) {
        return;
      }
    }
    from.ask(more);
  }

  void came(LinkMessages from, ReceivedMessage<byte[]> message) {
    boolean current;
    synchronized (this) {
      current = from == source;
      if (current) {
        credit.used();
        arrived.add(message);
      }
    }
    if (current) {
      serve();
    } else {
      owner.giveBack(List.of(message));
    }
  }

  /** Gives out what has come, as far as receives can be served in full, and the rest soon. */
  private void serve() {
    serve(false);
  }

  /** Off the SDK's thread; what arrives until then goes along. */
  private void serveTheRest() {
    synchronized (this) {
      servingSoon = false;
    }
    serve(true);
  }

  /**
   * Gives what has come to whoever waited longest. Under the lock, because nobody else may be
   * served before it is certain that he took it, while the order counts.
   */
  private void serve(boolean inPart) {
    List<Waiting> served = new ArrayList<>(1);
    boolean soon = false;
    boolean held;
    synchronized (this) {
      int ready;
      while (!waiting.isEmpty() && (ready = arrived.ready()) > 0) {
        Waiting first = waiting.getFirst();
        if (first.max > ready && !inPart && !first.isDecided()) {
          soon = !servingSoon;
          servingSoon = true;
          break;
        }
        waiting.removeFirst();
        wanted -= first.max;
        if (giveTo(first, Math.min(first.max, ready))) {
          served.add(first);
        }
      }
      // What came instead of a message that is to return has used up its credit.
      held = !waiting.isEmpty() && credit.isUsedUp() && !arrived.isEmpty() && arrived.ready() == 0;
      if (!waiting.isEmpty()) {
        waitForReturns();
      } else if (!arrived.isEmpty()) {
        waitForALateReceive();
      }
    }
    if (soon) {
      callbacks.execute(this::serveTheRest);
    }
    served.forEach(Answer::handOver);
    if (!served.isEmpty() || held) {
      askForMore();
    }
  }

  private boolean giveTo(Waiting receive, int count) {
    List<ReceivedMessage<byte[]>> some = arrived.take(count);
    boolean taken = receive.decide(some);
    if (!taken) {
      some.forEach(arrived::putBack);
    }
    return taken;
  }

  /**
   * A message is about to be given back: until it comes again nothing after it is given out. Does
   * nothing where the order does not count.
   */
  synchronized void returns(SequenceNumber number) {
    if (ordered) {
      arrived.expect(number);
    }
  }

  /** It was not given back after all, or will not come again. */
  void returnsNot(SequenceNumber number) {
    synchronized (this) {
      if (!arrived.expectNot(number)) {
        return;
      }
    }
    serve();
    askForMore();
  }

  /**
   * Dead-lettered, expired and deferred messages do not return; the broker tells on being asked.
   */
  private void waitForReturns() {
    if (arrived.isHeldUp() && returnAlarm == null) {
      returnAlarm = time.after(RETURN, () -> callbacks.execute(this::lookForReturns));
    }
  }

  private void lookForReturns() {
    @Nullable SequenceNumber first;
    synchronized (this) {
      returnAlarm = null;
      first = arrived.firstExpected();
      if (first == null) {
        return;
      }
    }
    owner
        .canReturn(first)
        .whenComplete(
            (can, error) -> {
              if (error == null && !can) {
                returnsNot(first);
              }
              synchronized (this) {
                if (!waiting.isEmpty()) {
                  waitForReturns();
                }
              }
            });
  }

  private synchronized void waitForALateReceive() {
    if (!ordered && lateAlarm == null) {
      lateAlarm = time.after(LATE, () -> callbacks.execute(this::giveBackLate));
    }
  }

  private void giveBackLate() {
    List<ReceivedMessage<byte[]>> left;
    synchronized (this) {
      lateAlarm = null;
      if (servingSoon || !waiting.isEmpty()) {
        return;
      }
      left = arrived.takeAll();
      credit.tooMuch();
    }
    if (!left.isEmpty()) {
      owner.giveBack(left);
    }
  }

  void over(LinkMessages of, @Nullable Throwable error) {
    synchronized (this) {
      if (source != of) {
        return;
      }
      source = null;
      credit.ofANewLink();
    }
    callbacks.execute(
        () -> {
          if (!owner.ended(error) && error != null) {
            failAll(owner.translate(error));
          }
        });
  }

  /** One receive that waits. */
  private final class Waiting extends Answer<List<ReceivedMessage<byte[]>>> {
    private final int max;
    private final long deadline;

    Waiting(int max, long deadline) {
      super(callbacks);
      this.max = max;
      this.deadline = deadline;
    }

    @Override
    void givenUp() {
      synchronized (Intake.this) {
        gotNothing(this);
      }
    }
  }
}
