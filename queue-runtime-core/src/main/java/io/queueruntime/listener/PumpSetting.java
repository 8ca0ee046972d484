package io.queueruntime.listener;

import io.queueruntime.observation.ListenerMeters;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What the pumps of one queue share while their container runs. Immutable; what it holds is
 * thread-safe.
 *
 * @param renewable whether the provider can renew locks; otherwise they do not run out
 * @param holdings what the container holds, of all its queues
 * @param userThreads runs code of users that has no thread of its own; each task on a new one
 * @param failed told when a loop ends for good
 */
record PumpSetting(
    ListenerEndpoint endpoint,
    ListenedQueue queue,
    Timings timings,
    RunState state,
    LockRenewer renewer,
    Settler settler,
    HandlerInvoker invoker,
    ListenerMeters meters,
    boolean renewable,
    Holdings holdings,
    Executor userThreads,
    Consumer<Throwable> failed) {

  /** Length of a lock, as far as it has to be watched; 0: it does not run out. */
  long lockNanos() {
    return renewable ? queue.options().lockDuration().toNanos() : 0;
  }
}
