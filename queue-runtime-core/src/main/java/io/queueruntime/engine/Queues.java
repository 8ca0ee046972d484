package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Creates, changes and deletes queues. Confined to the engine thread. */
final class Queues {

  /** Bytes that a record with a queue's name and options takes at most. */
  private static final int RECORD_BYTES = 2048 + QueueOptions.MAX_ATTRIBUTE_BYTES;

  /** Messages of deleted queues that one turn lets go of. */
  private static final int MOST_PER_TURN = 500;

  private final EngineContext context;

  private final Routing routing;
  private final Consumer<StoredMessage> notDue;

  Queues(EngineContext context, Routing routing) {
    this.context = context;
    this.routing = routing;
    this.notDue = context.wallDue::remove;
  }

  boolean create(QueueName name, QueueOptions options) {
    QueueState existing = context.state.find(name);
    if (existing != null) {
      requireSameKind(existing, options);
      return false;
    }
    checkTargets(name, options);
    if (!context.log.hasRoom(RECORD_BYTES, 1)) {
      throw new QuotaExceeded(
          name.value(),
          "Cannot create queue '%s': the disk that holds the journal is full.".formatted(name),
          null);
    }
    context.log.record(
        new Event.QueueCreated(context.state.nextQueueId(), name, options, context.wall()));
    armIdle(context.require(name, "create"));
    return true;
  }

  void update(QueueName name, QueueOptions options) {
    QueueState queue = context.require(name, "change");
    requireSameKind(queue, options);
    if (!queue.options().equals(options)) {
      checkTargets(name, options);
      context.log.requireRoom(queue, RECORD_BYTES, 1);
      context.log.record(new Event.QueueUpdated(queue.id, options));
      armIdle(queue);
      context.roomIn(queue);
      routing.targetChanged(queue);
    }
  }

  boolean delete(QueueName name) {
    QueueState queue = context.state.find(name);
    if (queue == null) {
      return false;
    }
    delete(queue);
    return true;
  }

  Optional<QueueDescription> describe(QueueName name) {
    QueueState queue = context.state.find(name);
    return queue == null
        ? Optional.empty()
        : Optional.of(
            new QueueDescription(name, queue.options(), Instant.ofEpochMilli(queue.createdAt)));
  }

  QueueStatistics statistics(QueueName name) {
    QueueState queue = context.require(name, "count the messages of");
    return queue.statistics(queue.traffic.locked);
  }

  /**
   * The queue was not used for as long as its options allow, or was used since and has to be looked
   * at again.
   */
  void idleOver(QueueState queue) {
    if (context.state.find(queue.id) != queue || queue.options().autoDeleteOnIdle() == null) {
      return;
    }
    boolean waitedFor =
        queue.plain.waits().firstOpen() != null
            || queue.deadLane.waits().firstOpen() != null
            || queue.traffic.nextSessionWaits.firstOpen() != null
            || queue.traffic.heldSessions > 0;
    if (waitedFor) {
      queue.traffic.lastUsed = context.tick();
    }
    long idleUntil = idleEnd(queue);
    if (idleUntil <= context.tick()) {
      delete(queue);
      context.deletedItself(queue.name);
    } else {
      context.tickDue.put(queue.traffic.idle, idleUntil);
    }
  }

  /** Starts to count idleness, e.g. after a restart. */
  void armIdle(QueueState queue) {
    if (queue.options().autoDeleteOnIdle() == null) {
      context.tickDue.remove(queue.traffic.idle);
    } else {
      context.tickDue.put(queue.traffic.idle, idleEnd(queue));
    }
  }

  private static long idleEnd(QueueState queue) {
    Duration idle = queue.options().autoDeleteOnIdle();
    return idle == null
        ? StoredMessage.NEVER
        : EngineContext.plus(queue.traffic.lastUsed, MessageContent.millisUp(idle));
  }

  /** Lets go of a little of what deleted queues held; true when there is more to do at once. */
  boolean goOn() {
    return context.state.letGoOfDeleted(MOST_PER_TURN, notDue);
  }

  private void delete(QueueState queue) {
    context.log.requireRoom(queue, 64, 1);
    for (MessageLock lock : context.locks.heldIn(queue)) {
      context.tickDue.remove(lock);
      context.locks.unlock(lock);
    }
    for (SessionLock lock : context.locks.sessionsHeldIn(queue)) {
      context.tickDue.remove(lock);
      context.locks.unlock(lock);
    }
    context.tickDue.remove(queue.traffic.idle);
    context.log.record(new Event.QueueDeleted(queue.id));
    QueueNotFound gone =
        new QueueNotFound(
            queue.name.value(),
            "Queue '%s' was deleted while this call was waiting.".formatted(queue.name));
    queue.traffic.heldForwards.forEach(context::stir);
    queue.traffic.heldForwards.clear();
    fail(queue.traffic.sendWaits, gone);
    fail(queue.traffic.nextSessionWaits, gone);
    fail(queue.plain.waits(), gone);
    fail(queue.deadLane.waits(), gone);
    for (Session session : queue.sessions.values()) {
      if (session.hasWaits()) {
        fail(session.waits(), gone);
      }
      if (session.hasAcceptWaits()) {
        fail(session.acceptWaits(), gone);
      }
    }
  }

  private void fail(Waits<?> waits, QueueNotFound gone) {
    for (Waiting<?> wait : waits.open()) {
      context.served(wait);
      wait.reply.failure(gone);
    }
  }

  /** What a queue forwards to must be there, be another one, and take what comes. */
  private void checkTargets(QueueName name, QueueOptions options) {
    checkTarget(name, options, "messages", options.forwardTo());
    checkTarget(name, options, "dead letters", options.forwardDeadLettersTo());
  }

  private void checkTarget(
      QueueName name, QueueOptions options, String what, @Nullable QueueName targetName) {
    if (targetName == null) {
      return;
    }
    QueueState target = context.state.find(targetName);
    String wrong =
        name.equals(targetName)
            ? "a queue cannot forward to itself"
            : target == null
                ? "there is no such queue; create it first"
                : target.options().sessions() && !options.sessions()
                    ? "that queue has sessions, and the messages of this one have no session id"
                    : null;
    if (wrong != null) {
      throw new ConfigurationInvalid(
          name.value(),
          "Queue '%s' cannot forward its %s to queue '%s': %s. Nothing was changed."
              .formatted(name, what, targetName, wrong));
    }
  }

  private static void requireSameKind(QueueState existing, QueueOptions wanted) {
    List<String> differences = existing.options().immutableDifferences(wanted);
    if (!differences.isEmpty()) {
      throw new ConfigurationInvalid(
          existing.name.value(),
          "Queue '%s' exists and differs in what cannot be changed: %s. Use another name, or delete the queue first."
              .formatted(existing.name, String.join("; ", differences)));
    }
  }
}
