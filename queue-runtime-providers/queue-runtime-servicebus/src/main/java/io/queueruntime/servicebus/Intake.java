package io.queueruntime.servicebus;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
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
 * <p>Thread-safe. Futures are completed on callback threads.
 */
final class Intake {

  /** How long a message waits for the next receive of a caller that works in a loop. */
  static final Duration LATE = Duration.ofMillis(50);

  /** How long a message that was given back has to come again until the broker is asked for it. */
  private static final Duration RETURN = Duration.ofMillis(200);

  private static final int WINDOW_MAX = 256;

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
  private final NavigableMap<SequenceNumber, ReceivedMessage<byte[]>> arrived = new TreeMap<>();

  /** Messages that were given back and go before all later ones, until they have come again. */
  private final TreeSet<SequenceNumber> returning = new TreeSet<>();

  private @Nullable Source source;
  private int asked;
  private int window = 1;
  private boolean serving;
  private ProviderTime.@Nullable Alarm lateAlarm;
  private ProviderTime.@Nullable Alarm returnAlarm;

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
    Source attached = new Source();
    messages.subscribe(attached);
    Source before;
    synchronized (this) {
      before = source;
      source = attached;
      asked = 0;
      window = 1;
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
    return serving || !waiting.isEmpty() || !arrived.isEmpty();
  }

  synchronized boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  /** Waits for messages; see {@code QueueReceiver.receive}. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> receive(int max, Duration maxWait) {
    Waiting receive = new Waiting(max);
    receive.whenComplete((messages, failure) -> forget(receive));
    synchronized (this) {
      waiting.add(receive);
      receive.alarm =
          time.after(maxWait, () -> callbacks.execute(() -> receive.complete(List.of())));
    }
    serveSoon();
    askForMore();
    return receive;
  }

  private void forget(Waiting receive) {
    synchronized (this) {
      ProviderTime.Alarm alarm = receive.alarm;
      if (alarm != null) {
        alarm.cancel();
      }
      if (waiting.remove(receive)) {
        window = 1; // it got nothing: there was less than was asked for
      }
      if (!arrived.isEmpty() && waiting.isEmpty()) {
        waitForALateReceive();
      }
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
    return all;
  }

  /** Drops the link; what has come and was not given to anybody is returned. */
  List<ReceivedMessage<byte[]>> detach() {
    Source dropped;
    List<ReceivedMessage<byte[]>> left;
    synchronized (this) {
      dropped = source;
      source = null;
      asked = 0;
      left = List.copyOf(arrived.values());
      arrived.clear();
      returning.clear();
    }
    if (dropped != null) {
      dropped.cancel();
    }
    return left;
  }

  /** Asks for as many messages as are waited for, as far as the window allows. */
  private void askForMore() {
    Source from;
    int more;
    synchronized (this) {
      from = source;
      long wanted = 0;
      for (Waiting receive : waiting) {
        wanted += receive.isDone() ? 0 : receive.max;
      }
      long allowed = Math.max(window, waiting.size());
      more = (int) Math.min(wanted - ready(), allowed) - asked;
      if (from == null || more <= 0) {
        return;
      }
      asked += more;
    }
    from.ask(more);
  }

  private void came(Source from, ReceivedMessage<byte[]> message) {
    boolean wanted;
    synchronized (this) {
      wanted = from == source;
      if (wanted) {
        asked = Math.max(0, asked - 1);
        arrived.put(message.sequenceNumber(), message);
        returning.remove(message.sequenceNumber());
        if (asked == 0) {
          window = Math.min(WINDOW_MAX, window * 2);
        }
      }
    }
    if (wanted) {
      serveSoon();
    } else {
      owner.giveBack(List.of(message));
    }
  }

  /** Off the SDK's thread; what arrives until then goes along. */
  private void serveSoon() {
    synchronized (this) {
      if (serving || arrived.isEmpty()) {
        return;
      }
      serving = true;
    }
    callbacks.execute(this::serve);
  }

  /**
   * Gives what has come to whoever waited longest. While the order counts nobody else is served
   * before it is certain that he took it; else others are served while what depends on his future
   * runs.
   */
  private void serve() {
    Waiting first;
    List<ReceivedMessage<byte[]>> some;
    synchronized (this) {
      waiting.removeIf(CompletableFuture::isDone);
      first = waiting.poll();
      int ready = ready();
      if (first == null || ready == 0) {
        if (first != null) {
          waiting.addFirst(first);
          waitForReturns();
        } else if (!arrived.isEmpty()) {
          waitForALateReceive();
        }
        serving = false;
        return;
      }
      some = new ArrayList<>(Math.min(first.max, ready));
      while (some.size() < first.max && some.size() < ready) {
        some.add(arrived.pollFirstEntry().getValue());
      }
      serving = ordered;
    }
    if (!ordered) {
      serveSoon();
    }
    boolean taken = first.complete(some);
    synchronized (this) {
      if (!taken) {
        some.forEach(message -> arrived.put(message.sequenceNumber(), message));
        if (waiting.isEmpty()) {
          waitForALateReceive();
        }
      }
      if (ordered) {
        serving = false;
      }
    }
    serveSoon();
    askForMore();
  }

  /** How many of the messages that came may be given out: none before one that is to return. */
  private int ready() {
    return returning.isEmpty() ? arrived.size() : arrived.headMap(returning.first()).size();
  }

  /**
   * A message is about to be given back: until it comes again nothing after it is given out. Does
   * nothing where the order does not count.
   */
  synchronized void returns(SequenceNumber number) {
    if (ordered) {
      returning.add(number);
    }
  }

  /** It was not given back after all, or will not come again. */
  void returnsNot(SequenceNumber number) {
    synchronized (this) {
      if (!returning.remove(number)) {
        return;
      }
    }
    serveSoon();
    askForMore();
  }

  /**
   * Dead-lettered, expired and deferred messages do not return; the broker tells on being asked.
   */
  private void waitForReturns() {
    if (!returning.isEmpty() && !arrived.isEmpty() && returnAlarm == null) {
      returnAlarm = time.after(RETURN, () -> callbacks.execute(this::lookForReturns));
    }
  }

  private void lookForReturns() {
    SequenceNumber first;
    synchronized (this) {
      returnAlarm = null;
      if (returning.isEmpty()) {
        return;
      }
      first = returning.first();
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
      if (serving || !waiting.isEmpty()) {
        return;
      }
      left = List.copyOf(arrived.values());
      arrived.clear();
      window = 1;
    }
    if (!left.isEmpty()) {
      owner.giveBack(left);
    }
  }

  private void over(Source of, @Nullable Throwable error) {
    synchronized (this) {
      if (source != of) {
        return;
      }
      source = null;
      asked = 0;
    }
    callbacks.execute(
        () -> {
          if (!owner.ended(error) && error != null) {
            failAll(owner.translate(error));
          }
        });
  }

  /** One receive that waits. */
  private static final class Waiting extends CompletableFuture<List<ReceivedMessage<byte[]>>> {
    private final int max;
    private ProviderTime.@Nullable Alarm alarm;

    Waiting(int max) {
      this.max = max;
    }
  }

  /** What one link brings. Its end is told once it is the intake's: subscribing may end at once. */
  private final class Source extends BaseSubscriber<ReceivedMessage<byte[]>> {

    private int early;
    private boolean subscribed;
    private boolean begun;
    private boolean finished;
    private @Nullable Throwable error;

    void begin() {
      boolean over;
      synchronized (this) {
        begun = true;
        over = finished;
      }
      if (over) {
        over(this, error);
      }
    }

    void ask(int count) {
      synchronized (this) {
        if (!subscribed) {
          early += count;
          return;
        }
      }
      request(count);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      int count;
      synchronized (this) {
        subscribed = true;
        count = early;
      }
      if (count > 0) {
        request(count);
      }
    }

    @Override
    protected void hookOnNext(ReceivedMessage<byte[]> message) {
      came(this, message);
    }

    @Override
    protected void hookOnError(Throwable failure) {
      finish(failure);
    }

    @Override
    protected void hookOnComplete() {
      finish(null);
    }

    private void finish(@Nullable Throwable failure) {
      boolean tell;
      synchronized (this) {
        finished = true;
        error = failure;
        tell = begun;
      }
      if (tell) {
        over(this, failure);
      }
    }
  }
}
