package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueReceiver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Receive, invoke, settle, for a queue without sessions.
 *
 * <p>The handler runs on the pump's own thread unless there is an executor for handlers. The pump
 * does not wait for a settlement to be durable before it starts the next message; permits bound how
 * many are under way.
 *
 * <p>Thread-safe: holds what all pumps of the queue share, each run's own things are local.
 */
final class PlainPump implements PumpGroup.Pump {

  private final PumpSetting setting;
  private final QueueReceiver receiver;
  private final Permits permits;
  private final Portions portions;
  private final Linger linger;
  private final boolean batches;

  PlainPump(PumpSetting setting, QueueReceiver receiver, Permits permits) {
    this.setting = setting;
    this.receiver = receiver;
    this.permits = permits;
    this.batches = setting.endpoint().isBatch();
    this.portions = new Portions(batches ? setting.endpoint().options().batchSize() : 1);
    this.linger = new Linger(setting.endpoint().options(), setting.timings(), setting.state());
  }

  @Override
  public void run(PumpGroup group) {
    Backlog backlog = new Backlog(setting, receiver);
    setting.renewer().watch(backlog);
    try {
      loop(group, backlog);
    } catch (Throwable e) {
      setting.failed().accept(e);
    } finally {
      backlog.giveBack();
      setting.renewer().unwatch(backlog);
    }
  }

  private void loop(PumpGroup group, Backlog backlog) {
    ReceiveErrors errors = new ReceiveErrors(setting.endpoint().id(), setting.queue());
    Prefetch prefetch = Prefetch.plain();
    while (setting.state().awaitRunning() && permits.acquire()) {
      List<ReceivedMessage<byte[]>> received = receive(prefetch, errors);
      if (received == null || received.isEmpty()) {
        permits.giveBack(Permits.Returned.NOTHING_CAME);
        if (received != null && group.leaveIfSpare()) {
          return;
        }
        continue;
      }
      group.working();
      try {
        backlog.add(portions.of(received));
        work(backlog, prefetch);
      } finally {
        group.idle();
      }
    }
  }

  private @Nullable List<ReceivedMessage<byte[]>> receive(Prefetch prefetch, ReceiveErrors errors) {
    int wanted = batches ? portions.batchSize() : wanted(prefetch);
    try {
      CompletableFuture<List<ReceivedMessage<byte[]>>> taking =
          receiver.receive(wanted, setting.timings().receiveWait());
      List<ReceivedMessage<byte[]>> received = setting.state().take(taking);
      errors.succeeded();
      if (received != null && !received.isEmpty()) {
        received = linger.fill(receiver, received);
        setting.meters().received(received.size());
      }
      return received;
    } catch (ExecutionException e) {
      errors.failed(e, setting.state());
    } catch (RuntimeException e) {
      errors.failed(e, setting.state());
    }
    return null;
  }

  private int wanted(Prefetch prefetch) {
    // Where calls go on after the pump has left them they are in work beside each other: take what
    // there are permits for.
    return setting.invoker().handsOff() || prefetch.lastWentOn()
        ? 1 + Math.min(Prefetch.MAX, permits.free())
        : prefetch.size();
  }

  /**
   * Works on everything in the backlog; the permit for the first portion was taken before it was
   * received.
   */
  private void work(Backlog backlog, Prefetch prefetch) {
    boolean permitted = true;
    while (!backlog.isEmpty() && setting.state().isRunning() && (permitted || permits.acquire())) {
      permitted = true;
      List<ReceivedMessage<byte[]>> portion = backlog.next();
      if (portion == null) {
        break;
      }
      permitted = false;
      long begun = setting.timings().now();
      boolean over = start(portion);
      prefetch.observed(setting.timings().now() - begun, over);
    }
    if (permitted) {
      permits.giveBack(Permits.Returned.NOT_STARTED);
    }
    backlog.giveBack();
  }

  private boolean start(List<ReceivedMessage<byte[]>> portion) {
    Work work =
        new Work(
            setting,
            receiver,
            portion,
            null,
            () -> permits.giveBack(Permits.Returned.ENDED),
            permits::settled);
    work.start();
    return work.isOver();
  }
}
