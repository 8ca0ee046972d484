package io.queueruntime.provider.front;

import io.queueruntime.provider.ProviderTime;
import java.time.Duration;

/**
 * Gives back what was fetched once nobody has asked for a while, so that it does not lie here while
 * another process has nothing to do. Confined to its front's mutex.
 */
final class Resting {

  private final Front front;
  private final ProviderTime time;
  private final Duration idle;
  private long wantedNanos;
  private boolean watching;

  /**
   * @param idle for how long nobody has asked then
   */
  Resting(Front front, ProviderTime time, Duration idle) {
    this.front = front;
    this.time = time;
    this.idle = idle;
  }

  /** Somebody asks. */
  void wanted() {
    wantedNanos = time.nanos();
    front.used();
    if (!watching) {
      watching = true;
      watch();
    }
  }

  private void watch() {
    time.after(idle, () -> front.locked(this::look));
  }

  private void look() {
    if (!front.isOpen()) {
      return;
    }
    boolean asked = time.nanos() - wantedNanos < idle.toNanos();
    if (asked || isInUse()) {
      watch();
      return;
    }
    watching = false;
    front.rest();
  }

  private boolean isInUse() {
    return front.sessions().hasWaits()
        || front.isBusy()
        || front.lanes().all().stream()
            .anyMatch(lane -> !lane.receives.isEmpty() || lane.hold != null);
  }
}
