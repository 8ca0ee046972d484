package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A feed that brings what a test tells it to. Thread-safe. */
final class ScriptedFeed implements Feed {

  private final QueueName queue;
  private final @Nullable SessionId session;
  private final Sink sink;
  private final Consumer<ScriptedFeed> begun;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final CountDownLatch looked = new CountDownLatch(1);
  private volatile boolean hesitant;
  private volatile boolean dying;
  private volatile boolean running;
  private volatile Object given = new Object();

  /**
   * Begins nothing yet.
   *
   * @param session whose messages it brings; {@code null}: they have none
   * @param begun is told when it is wanted for the first time, or again
   */
  ScriptedFeed(
      QueueName queue, @Nullable SessionId session, Sink sink, Consumer<ScriptedFeed> begun) {
    this.queue = queue;
    this.session = session;
    this.sink = sink;
    this.begun = begun;
  }

  void bring(long number) {
    bring(new Found(queue, Found.number(number), Optional.ofNullable(session)));
  }

  /** Brings a message that bears a mark. */
  void bring(long number, String messageId, CopyMark mark) {
    bring(new Found(queue, Found.number(number), Optional.ofNullable(session), messageId, mark));
  }

  private void bring(Found message) {
    sink.arrived(this, new Brought(message));
  }

  /** Lets it begin only once somebody has looked whether it has. */
  ScriptedFeed hesitating() {
    hesitant = true;
    return this;
  }

  /** Whether what it has brought has ended at the broker before it is acknowledged. */
  void dying(boolean value) {
    dying = value;
  }

  /** Returns once so many of its messages were acknowledged at the broker. */
  synchronized void awaitAcknowledged(int count) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    try {
      for (long left = end - System.nanoTime();
          acknowledged.get() < count && left > 0;
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    assertThat(acknowledged.get()).as("acknowledged").isGreaterThanOrEqualTo(count);
  }

  private synchronized void oneAcknowledged() {
    acknowledged.incrementAndGet();
    notifyAll();
  }

  /** How many of its messages were acknowledged at the broker. */
  int acknowledged() {
    return acknowledged.get();
  }

  @Override
  public String queue() {
    return queue.value();
  }

  @Override
  public boolean returnsOne() {
    return session == null;
  }

  @Override
  public boolean isWarming() {
    return false;
  }

  @Override
  public void warm() {
    // it expects nothing
  }

  @Override
  public Duration warmMax() {
    return Duration.ofMinutes(1);
  }

  @Override
  public boolean isRunning() {
    boolean now = running;
    looked.countDown(); // which has been answered before it can begin
    return now;
  }

  @Override
  public void want(int credit) {
    if (hesitant) {
      awaitLook();
    }
    if (!running) {
      given = new Object();
      running = true;
      begun.accept(this);
    }
  }

  private void awaitLook() {
    try {
      assertThat(looked.await(60, TimeUnit.SECONDS)).as("somebody looked").isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void rest() {
    running = false;
  }

  @Override
  public void sync() {
    // nothing is on its way
  }

  @Override
  public @Nullable Unit unitOf(SessionId any) {
    return running ? new Unit("0", given) : null;
  }

  @Override
  public void giveUp(Object through) {
    if (given == through) {
      running = false;
      sink.lost(this, through, false, any -> true);
    }
  }

  @Override
  public void close() {
    running = false;
  }

  /** One delivery. */
  private final class Brought implements Delivery {
    private final Found message;
    private final Object through = given;

    Brought(Found message) {
      this.message = message;
    }

    @Override
    public FoundMessage message() {
      return message;
    }

    @Override
    public Object through() {
      return through;
    }

    @Override
    public CompletableFuture<Boolean> acknowledge() {
      if (!dying) {
        oneAcknowledged();
      }
      return CompletableFuture.completedFuture(!dying);
    }

    @Override
    public void giveBack(boolean failed) {
      // nobody else takes it
    }

    @Override
    public CompletableFuture<Boolean> deadLetter(Letter letter) {
      return CompletableFuture.completedFuture(true);
    }
  }
}
