package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueAdmin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Creates, deletes and describes queues of the {@link PlainProvider}. Thread-safe. */
final class PlainAdmin implements QueueAdmin {

  private final PlainProvider provider;
  private final PlainStore store;

  PlainAdmin(PlainProvider provider) {
    this.provider = provider;
    this.store = provider.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  private <T> T checked(Supplier<T> work) {
    synchronized (store) {
      store.newCall();
      provider.checkOpen(null);
      T result = work.get();
      store.catchUp();
      return result;
    }
  }

  private void checkUnchangeable(PlainQueue queue, QueueOptions wanted) {
    List<String> differences = queue.options.immutableDifferences(wanted);
    if (!differences.isEmpty() && !has(Flaw.SESSIONS_CAN_BE_TURNED_ON_AND_OFF)) {
      String name = has(Flaw.ERRORS_TELL_LITTLE) ? "" : queue.name.value();
      throw new ConfigurationInvalid(name, "Queue '" + name + "': " + differences + ".");
    }
  }

  private void checkAsked(QueueOptions options) {
    provider.require(Capability.SESSIONS, options.sessions());
    provider.require(Capability.TIME_TO_LIVE, options.defaultTimeToLive() != null);
    provider.require(Capability.DUPLICATE_DETECTION, options.duplicateDetectionWindow() != null);
    provider.require(Capability.AUTO_DELETE_ON_IDLE, options.autoDeleteOnIdle() != null);
    provider.require(Capability.CAPACITY, options.capacity() > 0);
  }

  @Override
  public boolean create(QueueName queue, QueueOptions options) {
    return checked(
        () -> {
          checkAsked(options);
          PlainQueue existing = store.queues.get(queue);
          if (existing != null && !has(Flaw.CREATING_AGAIN_EMPTIES)) {
            checkUnchangeable(existing, options);
            if (has(Flaw.CREATING_AGAIN_CHANGES) || has(Flaw.SESSIONS_CAN_BE_TURNED_ON_AND_OFF)) {
              existing.options = options;
            }
            return false;
          }
          PlainQueue created = new PlainQueue(store, queue, options);
          PlainQueue before = store.deleted.get(queue);
          if (has(Flaw.A_DELETED_QUEUE_COMES_BACK_WHOLE) && before != null) {
            created = before;
          } else if (has(Flaw.COUNTS_OUTLIVE_THEIR_QUEUE) && before != null) {
            created.inherit(before);
          } else if (has(Flaw.DESCRIPTIONS_ARE_DEFAULTS)) {
            created.described = QueueOptions.DEFAULTS;
          }
          store.queues.put(queue, created);
          return true;
        });
  }

  @Override
  public void update(QueueName queue, QueueOptions options) {
    checked(
        () -> {
          PlainQueue existing =
              has(Flaw.UPDATING_CREATES)
                  ? store.queues.computeIfAbsent(
                      queue, name -> new PlainQueue(store, name, options))
                  : store.queue(queue);
          checkUnchangeable(existing, options);
          if (has(Flaw.UPDATES_ARE_IGNORED)) {
            return null;
          } else if (has(Flaw.UPDATES_ARE_ONLY_DESCRIBED)) {
            existing.described = options;
            return null;
          } else if (has(Flaw.UPDATES_EMPTY)) {
            existing.main.clear();
          }
          existing.options = options;
          return null;
        });
  }

  @Override
  public boolean delete(QueueName queue) {
    return checked(
        () -> {
          if (has(Flaw.DELETING_ONLY_EMPTIES) && store.queues.containsKey(queue)) {
            store.queues.get(queue).main.clear();
            return true;
          }
          PlainQueue deleted = store.queues.remove(queue);
          if (deleted != null) {
            store.deleted.put(queue, deleted);
            provider.endAll(deleted);
          }
          return deleted != null || has(Flaw.DELETING_ALWAYS_SAYS_YES);
        });
  }

  @Override
  public boolean exists(QueueName queue) {
    return checked(() -> store.queues.containsKey(queue) || has(Flaw.EVERYTHING_EXISTS));
  }

  @Override
  public Optional<QueueDescription> describe(QueueName queue) {
    return checked(
        () ->
            Optional.ofNullable(store.queues.get(queue))
                .map(
                    state ->
                        new QueueDescription(
                            queue,
                            state.described == null ? state.options : state.described,
                            state.createdAt))
                .or(
                    () ->
                        has(Flaw.EVERYTHING_EXISTS)
                            ? Optional.of(
                                new QueueDescription(queue, QueueOptions.DEFAULTS, store.now))
                            : Optional.empty()));
  }

  @Override
  public QueueStatistics statistics(QueueName queue) {
    provider.require(Capability.STATISTICS, true);
    return checked(
        () ->
            has(Flaw.STATISTICS_OF_NOTHING_ARE_ZERO) && !store.queues.containsKey(queue)
                ? new QueueStatistics(0, 0, 0, 0, 0, 0, 0)
                : store.queue(queue).statistics());
  }

  @Override
  public long purge(QueueName queue) {
    return checked(
        () ->
            has(Flaw.STATISTICS_OF_NOTHING_ARE_ZERO) && !store.queues.containsKey(queue)
                ? 0L
                : store.queue(queue).purge(SubQueue.MAIN));
  }

  @Override
  public List<QueueName> list() {
    return checked(
        () -> {
          List<QueueName> names = new ArrayList<>(store.queues.keySet());
          if (has(Flaw.LISTS_ARE_REVERSED)) {
            Collections.reverse(names);
          } else if (has(Flaw.LISTS_KEEP_DELETED_QUEUES)) {
            names.addAll(store.deleted.keySet());
            Collections.sort(names);
          }
          return names;
        });
  }
}
