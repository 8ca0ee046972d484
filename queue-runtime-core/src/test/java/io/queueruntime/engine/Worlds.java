package io.queueruntime.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the disk may hold. The model is kept twice: as it was when something was last acknowledged
 * as durable, and as it is. What lies between is kept as a list, and gone through step by step when
 * the power was lost. Where several steps look the same from outside, as many models live on until
 * something tells them apart.
 *
 * <p>Confined to its run.
 */
final class Worlds {

  /**
   * What is known of a moment that may have survived: the model at the last durable answer, and
   * now.
   */
  private static final class World {
    final QueueModel durable;
    final QueueModel current;

    World(QueueModel model) {
      durable = model;
      current = model.copy();
    }
  }

  /**
   * What happened to the model.
   *
   * @param skippable whether it may not have happened though what follows it did
   */
  private record Step(Consumer<QueueModel> what, boolean skippable) {}

  /** What happened to the model since the last durable answer. */
  private final List<Step> since = new ArrayList<>();

  private List<World> worlds = new ArrayList<>();

  Worlds(QueueModel first) {
    worlds.add(new World(first));
  }

  /** One of the models as it is now, to go by when something is to be made up. */
  QueueModel some() {
    return worlds.get(0).current;
  }

  /** Something that may have happened, and whose outcome nobody knows. */
  void mayHaveHappened(Consumer<QueueModel> what) {
    since.add(new Step(what, false));
  }

  /** The same of something that may have been refused, without keeping back what follows it. */
  void mayHaveHappenedOrBeenRefused(Consumer<QueueModel> what) {
    since.add(new Step(what, true));
  }

  /** Something that happened; returns whether it changed anything that survives. */
  boolean happened(Consumer<QueueModel> what) {
    boolean changed = false;
    for (World world : worlds) {
      long before = world.current.changes();
      what.accept(world.current);
      changed |= world.current.changes() > before;
    }
    since.add(new Step(what, false));
    return changed;
  }

  /**
   * Keeps the worlds in which that answer is right; says what is wrong when there is none, and
   * otherwise hands on whether anything changed that survives.
   */
  <R> String answered(Action<R> action, Action.Answer<R> answer, Consumer<Boolean> whetherChanged) {
    boolean changed = false;
    String wrong = null;
    List<World> right = new ArrayList<>();
    for (World world : worlds) {
      long before = world.current.changes();
      String finding = action.compare(world.current, answer);
      if (finding == null) {
        right.add(world);
        changed |= world.current.changes() > before;
      } else {
        wrong = finding;
      }
    }
    if (right.isEmpty()) {
      return wrong;
    }
    worlds = right;
    since.add(new Step(model -> action.repeat(model, answer), false));
    whetherChanged.accept(changed);
    return null;
  }

  /** Everything so far survives from now on. */
  void durable() {
    if (since.stream().anyMatch(Step::skippable)) {
      throw new IllegalStateException("What may have been refused is not known to survive.");
    }
    for (World world : worlds) {
      since.forEach(step -> step.what.accept(world.durable));
    }
    since.clear();
  }

  /**
   * A start that failed may have written something of what it did, on top of whatever it found:
   * each state that may have survived is from now on a world of its own, in which that start began.
   */
  void fork() {
    if (since.isEmpty()) {
      return; // The very first start: there is nothing yet.
    }
    Step start = since.remove(since.size() - 1);
    List<World> forked = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    survivors(
        survivor -> {
          if (seen.add(survivor.fingerprint())) {
            forked.add(new World(survivor.copy()));
          }
        });
    worlds = forked;
    since.clear();
    since.add(start);
  }

  /**
   * Models that may have survived, by what a start at that time shows of them. Each is given as it
   * was before the start.
   */
  Map<String, List<QueueModel>> afterRestart(long wall, long tick) {
    Map<String, List<QueueModel>> found = new LinkedHashMap<>();
    Set<String> known = new HashSet<>();
    survivors(
        survivor -> {
          if (known.add(survivor.fingerprint())) {
            QueueModel restarted = survivor.copy();
            restarted.restartAt(wall, tick);
            found
                .computeIfAbsent(restarted.dump(), shown -> new ArrayList<>())
                .add(survivor.copy());
          }
        });
    return found;
  }

  /** From now on it was one of these that survived, and then a start did that. */
  void survived(List<QueueModel> models, Consumer<QueueModel> restart) {
    worlds = new ArrayList<>();
    since.clear();
    for (QueueModel model : models) {
      World world = new World(model);
      restart.accept(world.current);
      worlds.add(world);
    }
    since.add(new Step(restart, false));
  }

  /**
   * Hands over the models as they may have survived: at the last durable answer, and after each
   * step since.
   */
  private void survivors(Consumer<QueueModel> sink) {
    for (World world : worlds) {
      QueueModel model = world.durable.copy();
      sink.accept(model);
      survivors(model, 0, sink);
    }
  }

  /** The same for one of them, from that step on, with and without each that can be skipped. */
  private void survivors(QueueModel model, int from, Consumer<QueueModel> sink) {
    model.onStep(() -> sink.accept(model));
    for (int i = from; i < since.size(); i++) {
      if (since.get(i).skippable) {
        survivors(model.copy(), i + 1, sink);
      }
      since.get(i).what.accept(model);
    }
  }
}
