package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Sends to a broker that confirms at once, or when a test does. Thread-safe. */
final class ScriptedSender extends FrontSender<FrontQueue> {

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final FrontHost host;
  private final BlockingQueue<Publication> published = new LinkedBlockingQueue<>();
  private volatile boolean unsure;

  /**
   * A message at the broker.
   *
   * @param confirmed what its sender hears
   */
  record Publication(
      OutgoingMessage message,
      long number,
      @Nullable CopyMark mark,
      CompletableFuture<SendReceipt> confirmed) {

    String id() {
      return message.messageId().orElse("none");
    }

    CopyMark itsMark() {
      assertThat(mark).as("mark of message %s", id()).isNotNull();
      return mark;
    }

    void confirm() {
      confirmed.complete(new SendReceipt(id(), SendOutcome.ENQUEUED, number));
    }

    /** Lets a feed bring it. */
    void into(ScriptedFeed feed) {
      feed.bring(number, id(), itsMark());
    }
  }

  ScriptedSender(QueueName queue, FrontHost host) {
    super(queue, host);
    this.host = host;
  }

  /** Leaves it to the test to confirm. */
  ScriptedSender unsure() {
    unsure = true;
    return this;
  }

  /** The next message that was published. */
  Publication awaitPublished() {
    try {
      Publication next = published.poll(60, TimeUnit.SECONDS);
      assertThat(next).as("a message that was published").isNotNull();
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for a message.", e);
    }
  }

  /** How many were published that nobody has looked at. */
  int published() {
    return published.size();
  }

  @Override
  protected FrontQueue target() {
    return host.find(queue());
  }

  @Override
  protected FrontQueue queue(FrontQueue target) {
    return target;
  }

  @Override
  protected long size(OutgoingMessage message) {
    return message.body().length;
  }

  @Override
  protected long sizeMax() {
    return Long.MAX_VALUE;
  }

  @Override
  protected void check(OutgoingMessage message) {
    // takes all
  }

  @Override
  protected CompletableFuture<SendReceipt> publish(
      OutgoingMessage message, FrontQueue target, @Nullable CopyMark mark) {
    Publication publication =
        new Publication(message, NUMBERS.incrementAndGet(), mark, new CompletableFuture<>());
    published.add(publication);
    if (!unsure) {
      publication.confirm();
    }
    return publication.confirmed();
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return CompletableFuture.completedFuture(false);
  }
}
