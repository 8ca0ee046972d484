package io.queueruntime.servicebus;

import io.queueruntime.message.ReceivedMessage;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * What one link brings to its {@link Intake}. Its end is told once it is the intake's: subscribing
 * may end at once. Thread-safe.
 */
final class LinkMessages extends BaseSubscriber<ReceivedMessage<byte[]>> {

  private final Intake intake;
  private int early;
  private boolean subscribed;
  private boolean begun;
  private boolean finished;
  private @Nullable Throwable error;

  LinkMessages(Intake intake) {
    this.intake = intake;
  }

  /** The intake is ready to hear of the end. */
  void begin() {
    boolean over;
    synchronized (this) {
      begun = true;
      over = finished;
    }
    if (over) {
      intake.over(this, error);
    }
  }

  /** Gives the link credit for that many messages more. */
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
    intake.came(this, message);
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
      intake.over(this, failure);
    }
  }
}
