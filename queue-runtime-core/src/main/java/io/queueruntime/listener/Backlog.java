package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages a pump has received and not started. Should it be held up, they are given back uncounted
 * instead of waiting under their locks while other consumers are idle.
 *
 * <p>Thread-safe; attended by the {@link LockRenewer}.
 */
final class Backlog implements Watched {

  private final PumpSetting setting;
  private final QueueReceiver receiver;
  private final Deque<List<ReceivedMessage<byte[]>>> portions = new ArrayDeque<>();
  private long givenBackAt = Watched.NEVER;

  Backlog(PumpSetting setting, QueueReceiver receiver) {
    this.setting = setting;
    this.receiver = receiver;
  }

  /** Takes up messages, in portions that are worked on one after the other. */
  void add(List<List<ReceivedMessage<byte[]>>> more) {
    synchronized (this) {
      portions.addAll(more);
      touch();
    }
    setting.renewer().wakeFor(this);
  }

  /** The next portion; null when there is none. */
  synchronized @Nullable List<ReceivedMessage<byte[]>> next() {
    List<ReceivedMessage<byte[]>> portion = portions.poll();
    touch();
    return portion;
  }

  synchronized boolean isEmpty() {
    return portions.isEmpty();
  }

  private void touch() {
    givenBackAt =
        portions.isEmpty()
            ? Watched.NEVER
            : setting.timings().now() + setting.timings().stall().toNanos();
  }

  /** Gives back everything that was not started. */
  void giveBack() {
    List<ReceivedMessage<byte[]>> given = new ArrayList<>();
    synchronized (this) {
      portions.forEach(given::addAll);
      portions.clear();
      givenBackAt = Watched.NEVER;
    }
    given.forEach(
        message -> setting.settler().settle(receiver, message, Settlement.release(), null));
  }

  @Override
  public synchronized long due() {
    return givenBackAt;
  }

  @Override
  public void attend(long now) {
    giveBack();
  }
}
