package io.queueruntime.listener;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What a container holds at this moment: deliveries in work, whose handler has not ended or whose
 * settlement is not durable, and sessions.
 *
 * <p>Thread-safe.
 */
final class Holdings {

  private final Set<Work> inWork = ConcurrentHashMap.newKeySet();
  private final Set<SessionHold> sessions = ConcurrentHashMap.newKeySet();
  private volatile boolean awaited;

  void add(Work work) {
    inWork.add(work);
  }

  void remove(Work work) {
    inWork.remove(work);
    if (awaited) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  void add(SessionHold session) {
    sessions.add(session);
  }

  void remove(SessionHold session) {
    sessions.remove(session);
  }

  List<SessionHold> sessions() {
    return List.copyOf(sessions);
  }

  List<Work> inWork() {
    return List.copyOf(inWork);
  }

  int inWorkCount() {
    return inWork.size();
  }

  /** Waits until nothing is in work; false when something still is by then. */
  synchronized boolean awaitNothingInWork(long deadlineNanos) {
    awaited = true;
    while (!inWork.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
