package io.queueruntime.servicebus.emulator.entity;

import static io.queueruntime.servicebus.emulator.entity.EngineAnswers.await;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.servicebus.emulator.entity.EntityException.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * All queues of one emulator, over one engine, found by name without regard to case.
 *
 * <p>Looking up ({@link #find}, {@link #list}) never blocks. Creating, changing and deleting block
 * until the change is durable, those of one queue one after the other: not for an event loop, nor
 * for the engine's thread.
 *
 * <p>Thread-safe.
 */
public final class Namespace implements AutoCloseable {

  private static final int STRIPES = 64;

  private final QueueEngine engine;
  private final EntityLimits limits;
  private final EntityRules rules;
  private final VirtualTime time;

  /** By name in lower case; sorted so that pages of a list follow each other. */
  private final ConcurrentSkipListMap<String, Entity> entities = new ConcurrentSkipListMap<>();

  private final CopyOnWriteArrayList<EntityListener> listeners = new CopyOnWriteArrayList<>();

  /** Held for reading while one queue changes, for writing while all are looked through. */
  private final ReentrantReadWriteLock all = new ReentrantReadWriteLock();

  /** By the hash of a queue's name, so that changes of different queues share the disk's forces. */
  private final ReentrantLock[] changing = new ReentrantLock[STRIPES];

  private Namespace(QueueEngine engine, EntityLimits limits, VirtualTime time) {
    this.engine = engine;
    this.limits = limits;
    this.rules = new EntityRules(limits.queue());
    this.time = time;
    Arrays.setAll(changing, i -> new ReentrantLock());
  }

  /**
   * Opens the engine with the given clock, and with it all queues that its directory holds.
   *
   * @throws io.queueruntime.QueueRuntimeException.StorageFailed when the directory is in use or
   *     cannot be used
   */
  public static Namespace open(EngineOptions options, EntityLimits limits, VirtualTime time) {
    Namespace namespace =
        new Namespace(QueueEngine.open(options.withTime(time.engineTime())), limits, time);
    try {
      // First, so that none is overlooked between the two.
      await(namespace.engine.onSelfDeletion(namespace::deletedItself));
      namespace.refresh();
      return namespace;
    } catch (RuntimeException | Error failed) {
      namespace.close();
      throw failed;
    }
  }

  /** The engine below: what messages are sent to and received from. */
  public QueueEngine engine() {
    return engine;
  }

  public EntityLimits limits() {
    return limits;
  }

  public VirtualTime time() {
    return time;
  }

  /** The queue of that name, in whatever case; at once. */
  public Optional<Entity> find(String path) {
    return Optional.ofNullable(entities.get(key(path)));
  }

  /**
   * The queue of that name.
   *
   * @throws EntityException when there is none
   */
  public Entity require(String path) {
    return find(path).orElseThrow(() -> EntityException.notFound(path));
  }

  /** A page of all queues, in alphabetical order. */
  public List<Entity> list(int skip, int top) {
    return entities.values().stream().skip(skip).limit(top).toList();
  }

  /** How many queues there are. */
  public int size() {
    return entities.size();
  }

  /** Tells the listener of every change from now on. */
  public void addListener(EntityListener listener) {
    listeners.add(listener);
  }

  /**
   * Creates a queue.
   *
   * @throws EntityException when there is one of that name, or Service Bus would refuse the name or
   *     a property
   */
  public Entity create(String path, EntityDescription description) {
    QueueName queue = rules.name(path);
    rules.check(queue, description);
    return changing(
        path,
        () -> {
          find(path)
              .filter(existing -> !deletedItself(existing))
              .ifPresent(
                  existing -> {
                    throw new EntityException(
                        Kind.ALREADY_EXISTS,
                        "The messaging entity '%s' already exists.".formatted(existing.queue()));
                  });
          if (entities.size() >= limits.maxQueues()) {
            throw new EntityException(
                Kind.QUOTA_EXCEEDED,
                "Cannot create queue '%s': the namespace has %d queues, its limit."
                    .formatted(path, entities.size()));
          }
          store(new StoredProperties(withTargets(description), time.now()), queue);
          Entity created = load(queue);
          entities.put(key(path), created);
          return created;
        });
  }

  /**
   * Gives a queue other properties; listeners hear of it.
   *
   * @throws EntityException when there is no such queue, or the change is one that Service Bus
   *     refuses
   */
  public Entity update(String path, EntityDescription description) {
    return changing(
        path,
        () -> {
          Entity before = require(path);
          rules.check(before.queue(), description);
          rules.checkChange(before.description(), description);
          StoredProperties wanted = new StoredProperties(withTargets(description), time.now());
          await(engine.updateQueue(before.queue(), wanted.toEngine()));
          Entity after = before.changed(wanted);
          // Unless it has deleted itself meanwhile.
          if (entities.computeIfPresent(key(path), (name, any) -> after) != null) {
            tell(listener -> listener.changed(before, after));
          }
          return after;
        });
  }

  /**
   * Deletes a queue and all it holds; listeners hear of it.
   *
   * @throws EntityException when there is no such queue
   */
  public void delete(String path) {
    changing(
        path,
        () -> {
          Entity gone = require(path);
          await(engine.deleteQueue(gone.queue()));
          forget(gone);
          return gone;
        });
  }

  /**
   * How many messages of which kind the queue holds.
   *
   * @throws EntityException when there is no such queue
   */
  public QueueStatistics statistics(String path) {
    return await(engine.statistics(require(path).queue()));
  }

  /** The same for all those queues, asked for together; a queue that is gone by now is left out. */
  public Map<Entity, QueueStatistics> statistics(List<Entity> queues) {
    Map<Entity, CompletableFuture<QueueStatistics>> asked = new LinkedHashMap<>();
    queues.forEach(queue -> asked.put(queue, engine.statistics(queue.queue())));
    Map<Entity, QueueStatistics> answers = new LinkedHashMap<>();
    asked.forEach(
        (queue, answer) -> {
          try {
            answers.put(queue, await(answer));
          } catch (EntityException gone) {
            if (gone.kind() != Kind.NOT_FOUND) {
              throw gone;
            }
          }
        });
    return answers;
  }

  /**
   * Empties every queue, as if it had just been created with the properties it has. Listeners hear
   * nothing: the queues are the same.
   */
  public void reset() {
    for (Entity queue : list(0, Integer.MAX_VALUE)) {
      changing(
          queue.queue().value(),
          () -> {
            if (find(queue.queue().value()).isPresent()) {
              await(engine.deleteQueue(queue.queue()));
              store(new StoredProperties(queue.description(), queue.updatedAt()), queue.queue());
            }
            return queue;
          });
    }
  }

  /**
   * Takes away all locks that anybody holds on messages of the queue or on its sessions, as if they
   * had run out.
   *
   * @throws EntityException when there is no such queue
   */
  public void loseLocks(String path) {
    await(engine.loseLocks(require(path).queue()));
  }

  /** Moves time forward; what became due by it has happened when this returns. */
  public void advance(Duration step) {
    time.advance(step);
    await(engine.catchUp());
    refresh();
  }

  /**
   * Looks whether the engine still has every queue, since a queue can delete itself when nobody
   * uses it; listeners hear of those that are gone.
   */
  public void refresh() {
    changingAll(
        () -> {
          Set<QueueName> existing = new HashSet<>(await(engine.listQueues()));
          for (Entity entity : list(0, Integer.MAX_VALUE)) {
            if (!existing.remove(entity.queue())) {
              forget(entity);
            }
          }
          // Asked for together: one after the other, each would wait for a turn of the engine.
          Map<QueueName, CompletableFuture<Optional<QueueDescription>>> found = new HashMap<>();
          existing.forEach(queue -> found.put(queue, engine.describeQueue(queue)));
          found.forEach(
              (queue, stored) ->
                  await(stored).ifPresent(it -> entities.put(key(queue.value()), entity(it))));
        });
  }

  /** Closes the engine. Idempotent. */
  @Override
  public void close() {
    engine.close();
  }

  private void store(StoredProperties properties, QueueName queue) {
    await(engine.createQueue(queue, properties.toEngine()));
  }

  /** The same with the targets of forwarding named as they were created. */
  private EntityDescription withTargets(EntityDescription description) {
    EntityDescription named = description;
    for (EntityProperty forward :
        List.of(EntityProperty.FORWARD_TO, EntityProperty.FORWARD_DEAD_LETTERED_MESSAGES_TO)) {
      Optional<String> target = description.text(forward);
      if (target.isPresent()) {
        Entity found =
            find(target.get())
                .orElseThrow(
                    () ->
                        EntityException.invalid(
                            forward, target.get(), "the name of a queue that exists already"));
        named = named.with(forward, found.queue().value());
      }
    }
    return named;
  }

  private Entity load(QueueName queue) {
    return await(engine.describeQueue(queue))
        .map(Namespace::entity)
        .orElseThrow(() -> EntityException.notFound(queue.value()));
  }

  private static Entity entity(QueueDescription stored) {
    StoredProperties properties = StoredProperties.fromEngine(stored.options(), stored.createdAt());
    return new Entity(
        stored.name(), properties.description(), stored.createdAt(), properties.updatedAt());
  }

  /** On the engine's thread: a queue was not used for as long as it may be. */
  private void deletedItself(QueueName queue) {
    Entity gone = entities.remove(key(queue.value()));
    if (gone != null) {
      tell(listener -> listener.deleted(gone));
    }
  }

  /** Notices that a queue deleted itself while it was being created. */
  private boolean deletedItself(Entity entity) {
    boolean gone =
        entity.description().autoDeleteOnIdle().isPresent()
            && await(engine.describeQueue(entity.queue())).isEmpty();
    if (gone) {
      forget(entity);
    }
    return gone;
  }

  private void forget(Entity gone) {
    entities.remove(key(gone.queue().value()));
    tell(listener -> listener.deleted(gone));
  }

  private void tell(Consumer<EntityListener> what) {
    listeners.forEach(what);
  }

  private <T> T changing(String path, Supplier<T> change) {
    ReentrantLock one = changing[Math.floorMod(key(path).hashCode(), STRIPES)];
    all.readLock().lock();
    try {
      one.lock();
      try {
        return change.get();
      } finally {
        one.unlock();
      }
    } finally {
      all.readLock().unlock();
    }
  }

  private void changingAll(Runnable change) {
    all.writeLock().lock();
    try {
      change.run();
    } finally {
      all.writeLock().unlock();
    }
  }

  private static String key(String path) {
    return path.toLowerCase(Locale.ROOT);
  }
}
