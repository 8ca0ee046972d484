package io.queueruntime.store.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.store.IdHash;
import io.queueruntime.store.embedded.Change.IdForgotten;
import io.queueruntime.store.embedded.Change.IdTaken;
import io.queueruntime.store.embedded.Change.MessageHeld;
import io.queueruntime.store.embedded.Change.MessagePut;
import io.queueruntime.store.embedded.Change.MessageRemoved;
import io.queueruntime.store.embedded.Change.QueueForgotten;
import io.queueruntime.store.embedded.Change.Shelf;
import io.queueruntime.store.embedded.Change.StateSet;
import io.queueruntime.store.embedded.Change.UnitTaken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All entries. {@link #apply} is the only mutator, live as in recovery.
 *
 * <p>Confined to the store's thread.
 */
final class StoreState {

  /** What an entry costs beside its bytes, roughly. */
  private static final int ENTRY_BYTES = 256;

  private final Map<QueueName, Entries> queues = new HashMap<>();
  private final TreeSet<IdTaken> byEnd =
      new TreeSet<>(
          (a, b) -> {
            int byTime = Long.compare(a.until(), b.until());
            int byQueue = byTime == 0 ? a.queue().compareTo(b.queue()) : byTime;
            return byQueue == 0 ? a.id().hex().compareTo(b.id().hex()) : byQueue;
          });
  private long size;

  /** What is kept about one queue. */
  private static final class Entries {
    private final Map<IdHash, IdTaken> ids = new HashMap<>();
    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<IdHash, byte[]> states = new HashMap<>();
    private final MessageShelf deferred = new MessageShelf();
    private final MessageShelf scheduled = new MessageShelf();

    private MessageShelf shelf(Shelf shelf) {
      return shelf == Shelf.DEFERRED ? deferred : scheduled;
    }
  }

  /** Bytes that all entries take, roughly. */
  long size() {
    return size;
  }

  @Nullable IdTaken id(QueueName queue, IdHash id) {
    Entries entries = queues.get(queue);
    return entries == null ? null : entries.ids.get(id);
  }

  /** 0 when nobody ever took it. */
  long epoch(QueueName queue, String unit) {
    Entries entries = queues.get(queue);
    return entries == null ? 0 : entries.epochs.getOrDefault(unit, 0L);
  }

  byte @Nullable [] state(QueueName queue, IdHash session) {
    Entries entries = queues.get(queue);
    return entries == null ? null : entries.states.get(session);
  }

  /** The messages of one kind; an empty shelf where there are none. */
  MessageShelf shelf(Shelf shelf, QueueName queue) {
    Entries entries = queues.get(queue);
    return entries == null ? new MessageShelf() : entries.shelf(shelf);
  }

  /** Ids that are over at that time, at most so many, those over longest first. */
  List<IdTaken> over(long now, int max) {
    List<IdTaken> over = new ArrayList<>();
    for (IdTaken taken : byEnd) {
      if (taken.until() > now || over.size() == max) {
        break;
      }
      over.add(taken);
    }
    return over;
  }

  void apply(Change change) {
    QueueName queue = change.queue();
    if (change instanceof QueueForgotten) {
      forget(queue);
      return;
    }
    Entries entries = queues.computeIfAbsent(queue, name -> new Entries());
    if (change instanceof IdTaken taken) {
      forgetId(entries, taken.id());
      entries.ids.put(taken.id(), taken);
      byEnd.add(taken);
      size += ENTRY_BYTES;
    } else if (change instanceof IdForgotten forgotten) {
      forgetId(entries, forgotten.id());
    } else if (change instanceof UnitTaken taken) {
      size += entries.epochs.put(taken.unit(), taken.epoch()) == null ? ENTRY_BYTES : 0;
    } else if (change instanceof StateSet set) {
      byte[] state = set.state();
      byte[] before =
          state == null
              ? entries.states.remove(set.session())
              : entries.states.put(set.session(), state);
      size += cost(state) - cost(before);
    } else if (change instanceof MessagePut put) {
      size += entries.shelf(put.shelf()).put(put.message()) ? cost(put.message().content()) : 0;
    } else if (change instanceof MessageHeld held) {
      entries.shelf(held.shelf()).hold(held.number(), held.token(), held.until(), held.count());
    } else if (change instanceof MessageRemoved removed) {
      size -= cost(entries.shelf(removed.shelf()).remove(removed.number()));
    }
  }

  private void forgetId(Entries entries, IdHash id) {
    IdTaken before = entries.ids.remove(id);
    if (before != null) {
      byEnd.remove(before);
      size -= ENTRY_BYTES;
    }
  }

  private void forget(QueueName queue) {
    Entries entries = queues.remove(queue);
    if (entries != null) {
      entries.ids.values().forEach(byEnd::remove);
      size -= (long) ENTRY_BYTES * (entries.ids.size() + entries.epochs.size());
      entries.states.values().forEach(state -> size -= cost(state));
      size -= entries.deferred.cost(ENTRY_BYTES) + entries.scheduled.cost(ENTRY_BYTES);
    }
  }

  static long cost(byte @Nullable [] content) {
    return content == null ? 0 : ENTRY_BYTES + content.length;
  }

  /** Changes that make this state out of an empty one. */
  void write(Consumer<Change> to) {
    queues.forEach(
        (queue, entries) -> {
          entries.ids.values().forEach(to);
          entries.epochs.forEach((unit, epoch) -> to.accept(new UnitTaken(queue, unit, epoch)));
          entries.states.forEach((id, state) -> to.accept(new StateSet(queue, id, state)));
          for (Shelf shelf : Shelf.values()) {
            entries.shelf(shelf).write(shelf, to);
          }
        });
  }
}
