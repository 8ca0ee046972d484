package io.queueruntime.rabbitmq;

import java.time.Duration;

/**
 * Gives back what was fetched once nobody has asked for a while, so that it does not lie here while
 * another process has nothing to do. Confined to its front's lock.
 */
final class Resting {

  private static final Duration IDLE = Duration.ofSeconds(2);

  private final Front front;
  private final RabbitTime time;
  private long wantedNanos;
  private boolean watching;

  Resting(Front front, RabbitTime time) {
    this.front = front;
    this.time = time;
  }

  /** Somebody asks. */
  void wanted() {
    wantedNanos = time.nanos();
    if (!watching) {
      watching = true;
      watch();
    }
  }

  private void watch() {
    time.after(IDLE, () -> front.locked(this::look));
  }

  private void look() {
    if (front.isClosed()) {
      return;
    }
    boolean idle = time.nanos() - wantedNanos >= IDLE.toNanos();
    if (!idle || isInUse()) {
      watch();
      return;
    }
    watching = false;
    front.rest();
  }

  private boolean isInUse() {
    return front.sessions().hasWaits()
        || front.lanes().stream().anyMatch(lane -> !lane.receives.isEmpty() || lane.hold != null);
  }
}
