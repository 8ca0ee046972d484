package io.queueruntime.engine;

import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SessionId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Makes up calls that look after queues rather than messages: create, change, describe, count,
 * list, purge, delete.
 */
final class AdminActions {

  private final SplittableRandom random;
  private final Map<String, QueueOptions> queues;

  /**
   * @param queues what they are created with
   */
  AdminActions(SplittableRandom random, Map<String, QueueOptions> queues) {
    this.random = random;
    this.queues = queues;
  }

  Action<Boolean> create(String queue) {
    QueueOptions options = queues.get(queue);
    return new Action<>(
        "create " + queue,
        true,
        engine -> engine.createQueue(QueueName.of(queue), options),
        (model, answer) -> model.create(queue, options),
        created -> created);
  }

  /** Another lock duration, another note, another end of lives. */
  Action<String> update(String queue) {
    QueueOptions was = queues.get(queue);
    boolean forwardsDead = was.forwardDeadLettersTo() != null;
    QueueOptions options =
        was.withAttributes(Map.of("note", "n" + random.nextInt(3)))
            .withLockDuration(Actions.grains(4 + random.nextInt(5)))
            // What dies together would be forwarded in an order that nobody promises.
            .withDeadLetterOnExpiration(
                !forwardsDead && random.nextBoolean() || was.deadLetterOnExpiration());
    return new Action<>(
        "update " + queue + " to " + QueueModel.told(options),
        true,
        engine -> engine.updateQueue(QueueName.of(queue), options).thenApply(done -> ""),
        (model, answer) -> {
          model.update(queue, options);
          return "";
        },
        done -> done);
  }

  /** Something that changes nothing. */
  Action<?> look(String queue) {
    return switch (random.nextInt(3)) {
      case 0 -> describe(queue);
      case 1 -> sessions(queue);
      default -> statistics(queue);
    };
  }

  private Action<Optional<QueueDescription>> describe(String queue) {
    return new Action<>(
        "describe " + queue,
        false,
        engine -> engine.describeQueue(QueueName.of(queue)),
        (model, answer) ->
            model.names().contains(queue) ? QueueModel.told(model.queue(queue).options) : "none",
        found -> found.map(queueNow -> QueueModel.told(queueNow.options())).orElse("none"));
  }

  private Action<List<SessionId>> sessions(String queue) {
    int skip = random.nextInt(3);
    int top = 1 + random.nextInt(3);
    return new Action<>(
        "sessions " + skip + " and " + top + " more of " + queue,
        false,
        engine -> engine.sessions(QueueName.of(queue), skip, top),
        (model, answer) -> model.sessions(queue, skip, top),
        found -> found.stream().map(SessionId::value).toList());
  }

  private Action<QueueStatistics> statistics(String queue) {
    return new Action<>(
        "statistics " + queue,
        false,
        engine -> engine.statistics(QueueName.of(queue)),
        (m, answer) -> m.statistics(queue),
        s -> List.of(s.active(), s.locked(), s.scheduled(), s.deferred(), s.deadLetter()));
  }

  /** All that is not locked, or what was there before some moment. */
  Action<Long> purge(String queue, long now) {
    return random.nextBoolean() ? purge(queue) : purgeByAge(queue, now);
  }

  private Action<Long> purgeByAge(String queue, long now) {
    boolean dead = random.nextInt(3) == 0;
    long before = now - random.nextInt(12) * (long) Actions.GRAIN + Actions.GRAIN / 2;
    int max = 1 + random.nextInt(3);
    return new Action<>(
        "purge " + max + " from before " + before + " of " + Actions.place(queue, dead),
        true,
        engine ->
            engine.purge(QueueName.of(queue), Actions.sub(dead), Instant.ofEpochMilli(before), max),
        (model, answer) -> model.purge(queue, dead, before, max),
        count -> count);
  }

  private Action<Long> purge(String queue) {
    boolean dead = random.nextBoolean();
    return new Action<>(
        "purge " + Actions.place(queue, dead),
        true,
        e -> e.purge(QueueName.of(queue), Actions.sub(dead)),
        (m, answer) -> m.purge(queue, dead),
        count -> count);
  }

  Action<Boolean> deleteOrCreate(String queue) {
    return random.nextInt(3) > 0
        ? create(queue)
        : new Action<>(
            "delete " + queue,
            true,
            e -> e.deleteQueue(QueueName.of(queue)),
            (m, answer) -> m.delete(queue),
            was -> was);
  }
}
