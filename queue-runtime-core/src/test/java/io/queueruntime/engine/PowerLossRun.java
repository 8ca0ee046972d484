package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.PowerLossStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One engine through several lives, each of which ends with the power: at a change of the disk that
 * the seed chose, in the middle of work, of a snapshot, of a start or of an orderly end; or with a
 * force that fails and forgets what it should have written, with or without the power. What the
 * engine shows after each restart must be what it had acknowledged, followed by a part of what it
 * had not: whole steps, in the order in which they were asked.
 *
 * <p>The model is kept twice: as it was when something was last acknowledged as durable, and as it
 * is. What lies between is kept as a list, and gone through step by step when the power was lost.
 * Where several steps look the same from outside, as many models live on until something tells them
 * apart.
 */
final class PowerLossRun {

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

  private static final int MAX_STARTS = 4;

  private final SplittableRandom random;
  private final Actions actions;
  private final SteppedEngine.Clock clock = new SteppedEngine.Clock();
  private final List<String> log = new ArrayList<>();

  /** What happened to the model since the last durable answer. */
  private final List<Consumer<QueueModel>> since = new ArrayList<>();

  private List<World> worlds = new ArrayList<>();
  private PowerLossStorage storage = new PowerLossStorage();
  private EngineOptions options;
  private SteppedEngine engine;
  private long openings;
  private long cuts;

  private PowerLossRun(long seed) {
    this.random = new SplittableRandom(seed);
    this.actions = new Actions(random);
    this.options = SteppedEngine.options(clock, 64 * 1024, 5 + random.nextInt(60));
    this.worlds.add(new World(new QueueModel(clock.wall, clock.tick)));
  }

  /**
   * Runs that seed and returns how often the power was cut; throws an {@link AssertionError} that
   * tells the story.
   */
  static long run(long seed) {
    PowerLossRun run = new PowerLossRun(seed);
    try {
      run.go();
      return run.cuts;
    } catch (RuntimeException | AssertionError wrong) {
      throw new AssertionError(
          "seed %d: %s%nafter:%n  %s"
              .formatted(seed, wrong.getMessage(), String.join("\n  ", run.log)),
          wrong);
    }
  }

  private void go() {
    int dice = random.nextInt(10);
    int lives = dice < 6 ? 1 : dice < 9 ? 2 : 4;
    for (int life = 1; life <= lives; life++) {
      open(false);
      if (live()) {
        shutDown();
      }
      end();
    }
    open(true);
  }

  private static void check(boolean right, String otherwise) {
    if (!right) {
      throw new AssertionError(otherwise);
    }
  }

  private void note(String text) {
    log.add(clock.tick + " " + text);
  }

  // The disk

  /**
   * Opens the engine, again and again when the power goes while it starts; the last time it stays.
   */
  private void open(boolean stays) {
    for (int start = 1; ; start++) {
      boolean mayFail = !stays && start < MAX_STARTS && random.nextInt(4) == 0;
      if (mayFail) {
        storage.stopAfter(random.nextInt(1 + random.nextInt(40)));
      }
      try {
        engine = SteppedEngine.open(storage, options, ++openings);
        engine.run();
        if (powered()) {
          compareWithWorlds();
          return;
        }
      } catch (StorageFailed failed) {
        check(!powered(), "the engine does not open: " + failed);
      }
      note("no power while it starts");
      fork();
      end();
    }
  }

  /**
   * A start that failed may have written something of what it did, on top of whatever it found:
   * each state that may have survived is from now on a world of its own, in which that start began.
   */
  private void fork() {
    if (since.isEmpty()) {
      return; // The very first start: there is nothing yet.
    }
    Consumer<QueueModel> start = since.remove(since.size() - 1);
    List<QueueModel> found = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (World world : worlds) {
      survivors(
          world.durable,
          survivor -> {
            if (seen.add(survivor.fingerprint())) {
              found.add(survivor.copy());
            }
          });
    }
    worlds = new ArrayList<>();
    found.forEach(model -> worlds.add(new World(model)));
    since.clear();
    since.add(start);
  }

  private boolean powered() {
    try {
      storage.list();
      return true;
    } catch (IOException off) {
      return false;
    }
  }

  /** Whether the engine still works: it has power, and no force has failed. */
  private boolean alive() {
    return powered() && engine.engine().failure().isEmpty();
  }

  /**
   * The end of a life: with the power, or, when only the engine failed, sometimes with the process
   * alone.
   */
  private void end() {
    if (powered() && engine.engine().failure().isPresent() && random.nextBoolean()) {
      note("killed after a failed force");
    } else {
      cuts++;
      int times = random.nextInt(10) == 0 ? 2 : 1;
      for (int i = 0; i < times; i++) {
        storage = storage.powerCut(random.nextLong());
      }
      note("power cut");
    }
    if (random.nextInt(3) == 0) {
      clock.advance(random.nextInt(30) * (long) Actions.GRAIN);
    }
    long wall = clock.wall;
    long tick = clock.tick;
    since.add(
        model -> {
          model.clocks(wall, tick);
          model.restart(false);
          model.catchUp();
        });
    actions.restarted();
  }

  // Work

  /** Works until the power goes, or for a while; returns whether the engine still lives. */
  private boolean live() {
    if (random.nextInt(8) == 0) {
      storage.failForce(1 + random.nextInt(20));
    } else if (random.nextInt(8) > 0) {
      int budget = 1 + random.nextInt(random.nextInt(4) == 0 ? 120 : 30);
      storage.stopAfter(budget);
    }
    for (String queue : actions.queues().keySet()) {
      if (!worlds.get(0).current.names().contains(queue)
          && !together(List.of(actions.create(queue)))) {
        return false;
      }
    }
    for (int i = 3 + random.nextInt(random.nextInt(3) == 0 ? 50 : 18); i > 0; i--) {
      actions.at(clock.wall);
      int dice = random.nextInt(20);
      boolean alive =
          switch (dice) {
            case 0, 1, 2 -> advance();
            case 3 -> snapshot();
            default -> together(some());
          };
      if (!alive) {
        return false;
      }
    }
    return true;
  }

  private List<Action<?>> some() {
    List<Action<?>> some = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 1;
    for (int i = 0; i < count; i++) {
      Action<?> action = actions.next(worlds.get(0).current);
      // Which session comes next is told at the end of a turn, as if it had been asked before the
      // rest of the batch.
      if (!blocks(action) && (count == 1 || !action.text().equals("accept next session"))) {
        some.add(action);
      }
    }
    return some;
  }

  /** A send that finds its queue full would wait. */
  private boolean blocks(Action<?> action) {
    return action.text().startsWith("send ")
        && action.text().endsWith(" to " + Actions.LOOSE)
        && actions.queues().get(Actions.LOOSE).capacity() > 0;
  }

  private boolean advance() {
    clock.advance((1 + random.nextInt(10)) * (long) Actions.GRAIN);
    note("advance");
    long wall = clock.wall;
    long tick = clock.tick;
    Consumer<QueueModel> time = model -> model.passTo(wall, tick);
    engine.engine().turn();
    if (!alive()) {
      since.add(time);
      return false;
    }
    return happened(time);
  }

  /** Something that the engine did by itself, and forced if there was anything to force. */
  private boolean happened(Consumer<QueueModel> what) {
    boolean changed = false;
    for (World world : worlds) {
      long before = world.current.changes();
      what.accept(world.current);
      changed |= world.current.changes() > before;
    }
    since.add(what);
    if (changed && random.nextInt(2) == 0) {
      // Whatever comes by time alone comes again; sometimes wait for it to be durable, sometimes
      // not.
      return snapshot();
    }
    return true;
  }

  private boolean snapshot() {
    note("snapshot");
    CompletableFuture<Void> done = engine.engine().snapshot();
    if (!turns(List.of(done))) {
      return false;
    }
    if (!done.isCompletedExceptionally()) {
      durable();
    }
    return true;
  }

  /** Makes those calls at once; returns whether the engine survived them. */
  private boolean together(List<? extends Action<?>> batch) {
    List<Asked<?>> asked = new ArrayList<>();
    for (Action<?> action : batch) {
      note(action.text());
      asked.add(new Asked<>(action));
    }
    boolean alive = turns(asked.stream().map(call -> call.future).toList());
    for (Asked<?> call : asked) {
      call.compare(alive);
    }
    return alive;
  }

  /**
   * Takes turns until all of these are answered, sometimes more; returns whether the engine
   * survived.
   */
  private boolean turns(List<? extends CompletableFuture<?>> answers) {
    int more = random.nextInt(3);
    for (int turns = 0; turns < 10_000; turns++) {
      boolean busy = engine.engine().turn();
      if (!alive()) {
        return false;
      }
      if (answers.stream().allMatch(CompletableFuture::isDone) && (!busy || more-- == 0)) {
        return true;
      }
      check(
          busy || answers.stream().allMatch(CompletableFuture::isDone),
          "an answer is owed: " + log.get(log.size() - 1));
    }
    throw new AssertionError("The engine finds something to do for ever.");
  }

  /** One call under way. */
  private final class Asked<R> {
    final Action<R> action;
    final CompletableFuture<R> future;

    Asked(Action<R> action) {
      this.action = action;
      this.future = action.ask().apply(engine.engine());
    }

    void compare(boolean alive) {
      Action.Answer<R> answer = future.isDone() ? Action.Answer.of(future) : null;
      if (answer == null || answer.failure() instanceof StorageFailed) {
        check(!alive, action.text() + ": " + (answer == null ? "no answer" : answer.failure()));
        since.add(action::suppose);
        return;
      }
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
      check(!right.isEmpty(), wrong);
      worlds = right;
      since.add(model -> action.repeat(model, answer));
      if (action.durable() && changed) {
        durable();
      }
    }
  }

  /** Everything so far survives from now on. */
  private void durable() {
    for (World world : worlds) {
      since.forEach(what -> what.accept(world.durable));
    }
    since.clear();
  }

  private void shutDown() {
    if (random.nextInt(3) > 0) {
      return;
    }
    note("close");
    try {
      engine.engine().close();
    } catch (StorageFailed failed) {
      check(!alive(), "the engine does not close: " + failed);
    }
    since.add(model -> model.restart(true));
    if (alive()) {
      durable();
    }
  }

  // After the restart

  private void compareWithWorlds() {
    String seen = dump();
    List<QueueModel> right = new ArrayList<>();
    Set<String> known = new HashSet<>();
    Set<String> possible = new LinkedHashSet<>();
    for (World world : worlds) {
      survivors(
          world.durable,
          survivor -> {
            QueueModel restarted = survivor.copy();
            restarted.clocks(clock.wall, clock.tick);
            restarted.restart(false);
            restarted.catchUp();
            String shown = restarted.dump();
            if (!shown.equals(seen)) {
              possible.add(shown);
            } else if (known.add(survivor.fingerprint())) {
              right.add(survivor.copy());
            }
          });
    }
    check(
        !right.isEmpty(),
        "after the restart the engine shows\n"
            + seen
            + "which is none of\n"
            + String.join("or\n", possible));
    worlds = new ArrayList<>();
    since.clear();
    long wall = clock.wall;
    long tick = clock.tick;
    List<ReceivedMessage<byte[]>> main = List.copyOf(shownMain);
    List<ReceivedMessage<byte[]>> dead = List.copyOf(shownDead);
    Consumer<QueueModel> restart =
        model -> {
          model.clocks(wall, tick);
          model.restart(false);
          model.catchUp();
          adoptTimes(model, false, main);
          adoptTimes(model, true, dead);
        };
    for (QueueModel model : right) {
      World world = new World(model);
      restart.accept(world.current);
      worlds.add(world);
    }
    since.add(restart);
  }

  /**
   * Hands over the model as it may have survived: at the last durable answer, and after each step
   * since.
   */
  private void survivors(QueueModel durable, Consumer<QueueModel> sink) {
    QueueModel model = durable.copy();
    sink.accept(model);
    model.onStep(() -> sink.accept(model));
    since.forEach(what -> what.accept(model));
  }

  private final List<ReceivedMessage<byte[]>> shownMain = new ArrayList<>();
  private final List<ReceivedMessage<byte[]>> shownDead = new ArrayList<>();

  private static void adoptTimes(
      QueueModel model, boolean dead, List<ReceivedMessage<byte[]>> messages) {
    for (ReceivedMessage<byte[]> message : messages) {
      model.adoptTimes(
          message.queue().value(),
          dead,
          message.sequenceNumber().value(),
          message.enqueuedTime().toEpochMilli(),
          message.expiresAt().map(at -> at.toEpochMilli()).orElse(QueueModel.NEVER),
          message.deadLetter().map(death -> death.lastFailure().toEpochMilli()).orElse(0L));
    }
  }

  /** All that the engine shows, as the model shows it. */
  private String dump() {
    QueueEngine shown = engine.engine();
    shownMain.clear();
    shownDead.clear();
    StringBuilder text = new StringBuilder();
    for (QueueName queue : engine.answered(shown.listQueues()).join()) {
      text.append(queue).append('\n');
      for (boolean dead : new boolean[] {false, true}) {
        SubQueue sub = dead ? SubQueue.DEAD_LETTER : SubQueue.MAIN;
        for (ReceivedMessage<byte[]> message :
            engine.answered(shown.peek(queue, sub, null, SequenceNumber.START, 1000)).join()) {
          (dead ? shownDead : shownMain).add(message);
          text.append("  ").append(Actions.shown(message, dead, false)).append('\n');
        }
      }
      if (queue.value().equals(Actions.ORDERED)) {
        for (int i = 0; i < 3; i++) {
          SessionId id = SessionId.of("s" + i);
          SessionHold hold =
              engine.answered(shown.acceptSession(queue, id, java.time.Duration.ZERO)).join();
          engine
              .answered(shown.sessionState(hold))
              .join()
              .ifPresent(
                  state ->
                      text.append("  ")
                          .append(id)
                          .append('=')
                          .append(Arrays.toString(state))
                          .append('\n'));
          engine.answered(shown.releaseSession(hold)).join();
        }
      }
    }
    return text.toString();
  }
}
