package io.queueruntime.servicebus.emulator.amqp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that owns the sockets assigned to it: it reads and writes them, runs what other
 * threads hand to it, and fires timers. In each turn every touched connection is flushed once,
 * after all work of the turn: that is what makes one write out of many answers.
 *
 * <p>{@link #execute}, {@link #nanoTime} and {@link #close} are thread-safe; the rest is confined
 * to the loop's thread. Tasks are not bounded here: each answers something that a connection's own
 * limits admit.
 */
final class SelectorLoop implements Runnable, Executor {

  /** What is done when a socket is ready. Confined to the loop's thread. */
  interface Ready {
    void ready(SelectionKey key);
  }

  private static final Logger log = LoggerFactory.getLogger(SelectorLoop.class);

  /** Bounds the time between two looks at the sockets. */
  private static final int TASKS_PER_TURN = 4096;

  private static final long MAX_WAIT_MILLIS = 1000;

  private final LongSupplier nanoTime;
  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final AtomicLong timersMade = new AtomicLong();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private final Thread thread;
  private Set<Runnable> flushes = new LinkedHashSet<>();
  private Set<Runnable> flushing = new LinkedHashSet<>();
  private Runnable onBroken = () -> {};
  private volatile boolean closed;

  SelectorLoop(String name) {
    this(name, System::nanoTime);
  }

  /**
   * @param nanoTime monotonic time, thread-safe; only its differences count
   */
  SelectorLoop(String name, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open a selector for " + name + ".", e);
    }
    this.thread = new Thread(this, name);
    this.thread.setDaemon(true);
  }

  /**
   * Begins to serve.
   *
   * @param broken called on the loop's thread when the JVM fails it; nothing is served then
   */
  void start(Runnable broken) {
    onBroken = broken;
    thread.start();
  }

  /** Monotonic time in nanoseconds, by which the timers go; thread-safe. */
  long nanoTime() {
    return nanoTime.getAsLong();
  }

  Selector selector() {
    return selector;
  }

  boolean isOwn() {
    return Thread.currentThread() == thread;
  }

  /** Runs the task soon on the loop's thread; after the loop's end it is dropped. */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (!isOwn() && woken.compareAndSet(false, true)) {
      selector.wakeup();
    }
  }

  /** Runs the flush at the end of this turn; the same flush asked for twice runs once. */
  void flushLater(Runnable flush) {
    flushes.add(flush);
  }

  /** Whether anything is to be flushed at the end of this turn. */
  boolean hasFlushes() {
    return !flushes.isEmpty();
  }

  /** How many timers are set. */
  int timersSet() {
    return timers.size();
  }

  /** Runs the action once, not earlier than after {@code delay}. */
  Timer after(Duration delay, Runnable action) {
    long at = nanoTime() + Math.max(0, delay.toNanos());
    Timer timer = new Timer(at, timersMade.incrementAndGet(), action);
    timers.add(timer);
    return timer;
  }

  @Override
  public void run() {
    try {
      while (!closed) {
        try {
          turn();
        } catch (IOException | RuntimeException | StackOverflowError failed) {
          // One socket's or one task's failure is handled where it happens: this is a bug of ours,
          // and the other connections go on.
          log.error("A turn of {} failed; its connections go on.", thread.getName(), failed);
        }
      }
    } catch (Error broken) {
      // Mostly a lack of memory. Clients of half a server would wait for ever, so it ends whole.
      closed = true;
      onBroken.run();
      throw broken;
    } finally {
      end();
    }
  }

  /** No socket outlives the loop, be it one that came as the loop ended. */
  private void end() {
    try {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      log.debug("Closing a selector failed.", e);
    }
  }

  /** Ends the loop after what it was given before, and waits for its thread. */
  void close() {
    execute(() -> closed = true);
    if (thread.getState() == Thread.State.NEW) {
      end();
    }
    boolean interrupted = false;
    while (!isOwn() && thread.isAlive()) {
      try {
        thread.join(5000);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void turn() throws IOException {
    long wait = waitMillis();
    if (wait <= 0) {
      selector.selectNow();
    } else {
      selector.select(wait);
    }
    woken.set(false);
    for (SelectionKey key : selector.selectedKeys()) {
      ready(key);
    }
    selector.selectedKeys().clear();
    runTasks();
    fireTimers();
    flush();
  }

  private long waitMillis() {
    if (!tasks.isEmpty() || !flushes.isEmpty()) {
      return 0;
    }
    Timer next = timers.peek();
    if (next == null) {
      return MAX_WAIT_MILLIS;
    }
    long nanos = next.at - nanoTime();
    return nanos <= 0 ? 0 : Math.min(MAX_WAIT_MILLIS, nanos / 1_000_000 + 1);
  }

  private static void ready(SelectionKey key) {
    try {
      if (key.isValid() && key.attachment() instanceof Ready handler) {
        handler.ready(key);
      }
    } catch (CancelledKeyException closedMeanwhile) {
      log.debug("A socket was closed while it became ready.");
    } catch (RuntimeException | StackOverflowError failed) {
      log.error("Handling a ready socket failed.", failed);
    }
  }

  private void runTasks() {
    for (int i = 0; i < TASKS_PER_TURN; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      guarded(task);
    }
  }

  private void fireTimers() {
    long now = nanoTime();
    for (Timer next = timers.peek(); next != null && next.at - now <= 0; next = timers.peek()) {
      timers.poll();
      guarded(next.action);
    }
  }

  private void flush() {
    Set<Runnable> now = flushes;
    flushes = flushing;
    flushing = now;
    now.forEach(SelectorLoop::guarded);
    now.clear();
  }

  private static void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | StackOverflowError failed) {
      log.error("A task of an AMQP loop failed.", failed);
    }
  }

  /** Something that happens later, unless it is cancelled. Confined to the loop's thread. */
  final class Timer implements Comparable<Timer> {

    private final long at;
    private final long number;
    private final Runnable action;

    private Timer(long at, long number, Runnable action) {
      this.at = at;
      this.number = number;
      this.action = action;
    }

    void cancel() {
      timers.remove(this);
    }

    @Override
    public int compareTo(Timer other) {
      int byTime = Long.signum(at - other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number);
    }
  }
}
