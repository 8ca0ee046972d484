package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.storage.DiskFaults;
import io.queueruntime.storage.PowerLossStorage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One engine through several lives, each of which ends with the power: at a change of the disk that
 * the seed chose, in the middle of work, of a snapshot, of a start or of an orderly end; or with a
 * disk that fails, is full or takes its time, with or without the power. What the engine shows
 * after each restart must be what it had acknowledged, followed by a part of what it had not: whole
 * steps, in the order in which they were asked. At the end nothing goes wrong any more, and
 * everything must drain.
 *
 * <p>A life is cut more often than it ends: {@link PowerLossProbe} looks at what would be found if
 * the power went just now, and the life goes on.
 */
final class PowerLossRun {

  /** What a run saw. */
  record Tally(long cuts, long restarts, long refusals) {

    Tally plus(Tally other) {
      return new Tally(cuts + other.cuts, restarts + other.restarts, refusals + other.refusals);
    }
  }

  private static final int MAX_STARTS = 4;
  private static final int PROBES_AT_THE_END = 4;

  private final SplittableRandom random;
  private final Actions actions;
  private final SteppedEngine.Clock clock = new SteppedEngine.Clock();
  private final List<String> log = new ArrayList<>();
  private final Worlds worlds;
  private final PowerLossProbe probe;
  private final EngineOptions options;
  private PowerLossStorage storage = new PowerLossStorage();
  private SteppedEngine engine;
  private long openings;
  private long cuts;

  /** How many forces of this life still take their time. */
  private int slowForces;

  /** Calls that are made while the disk is forced, as by those who need not wait for that. */
  private final ArrayDeque<Asked<?>> meanwhile = new ArrayDeque<>();

  /** Whether a call was refused in its middle, so that nobody knows how far it came. */
  private boolean halfDone;

  /** Whether nothing goes wrong but the one thing that was ordered. */
  private boolean calm;

  /** Whether what was ordered before a start may still come after it. */
  private boolean faultsOutliveStarts;

  /** Whether it is one short life, looked at only where it ends. */
  private final boolean brief;

  private PowerLossRun(long seed, boolean brief) {
    this.brief = brief;
    this.random = new SplittableRandom(seed);
    this.actions = new Actions(random);
    this.options = SteppedEngine.options(clock, 64 * 1024, 5 + random.nextInt(60));
    this.worlds = new Worlds(new QueueModel(clock.wall, clock.tick));
    this.probe = new PowerLossProbe(options, actions);
    if (random.nextInt(5) == 0) {
      actions.swarm();
    }
  }

  /**
   * Runs that seed and returns what it saw; throws an {@link AssertionError} that tells the story.
   */
  static Tally run(long seed) {
    return run(seed, false);
  }

  /** The same with one life of a few steps, which costs a tenth. */
  static Tally brief(long seed) {
    return run(seed, true);
  }

  private static Tally run(long seed, boolean brief) {
    PowerLossRun run = new PowerLossRun(seed, brief);
    try {
      run.go();
      return run.tally();
    } catch (RuntimeException | AssertionError wrong) {
      throw new AssertionError(
          "seed %d: %s%nagain with -Dtest=PowerLossTests -Dqueue-runtime.seed=%d%s%nafter:%n  %s"
              .formatted(
                  seed,
                  wrong.getMessage(),
                  seed,
                  brief ? " -Dqueue-runtime.power-loss.brief=true" : "",
                  String.join("\n  ", run.log)),
          wrong);
    }
  }

  private Tally tally() {
    return new Tally(cuts + probe.cuts(), openings, probe.refusals());
  }

  /**
   * Runs that seed with nothing going wrong but the n-th operation of one kind: in the first life,
   * or, where it is a read, in the start of the second. Returns whether it came to that.
   */
  static boolean sweep(long seed, DiskFaults.Kind kind, long n) {
    PowerLossRun run = new PowerLossRun(seed, false);
    run.calm = true;
    try {
      return run.sweep(kind, n);
    } catch (RuntimeException | AssertionError wrong) {
      throw new AssertionError(
          "seed %d, %s %d: %s%nafter:%n  %s"
              .formatted(seed, kind, n, wrong.getMessage(), String.join("\n  ", run.log)),
          wrong);
    }
  }

  private boolean sweep(DiskFaults.Kind kind, long n) {
    boolean reading = kind == DiskFaults.Kind.READ;
    DiskFaults faults = storage.faults();
    faultsOutliveStarts = !reading;
    if (!reading) {
      faults.fail(kind, n);
    }
    open(false);
    if (live()) {
      shutDown();
    }
    end();
    if (reading) {
      faults = storage.faults();
      faults.fail(kind, n);
    }
    open(false);
    boolean happened = faults.happened() > 0;
    faultsOutliveStarts = false;
    drain();
    return happened;
  }

  private void go() {
    int dice = random.nextInt(10);
    int lives = brief || dice < 6 ? 1 : dice < 9 ? 2 : 4;
    for (int life = 1; life <= lives; life++) {
      open(false);
      if (live()) {
        shutDown();
      }
      end();
    }
    open(true);
    drain();
  }

  static void check(boolean right, String otherwise) {
    if (!right) {
      throw new AssertionError(otherwise);
    }
  }

  private void note(String text) {
    log.add(clock.tick + " " + text);
  }

  // The disk

  /**
   * Opens the engine, again and again when the disk fails while it starts; the last time it stays.
   */
  private void open(boolean stays) {
    for (int start = 1; ; start++) {
      boolean mayFail = !calm && !stays && start < MAX_STARTS && random.nextInt(4) == 0;
      boolean reads = mayFail && random.nextInt(4) == 0;
      long before = storage.faults().happened();
      if (reads) {
        storage.faults().fail(DiskFaults.Kind.READ, 1 + random.nextInt(30));
      } else if (mayFail) {
        storage.stopAfter(random.nextInt(1 + random.nextInt(40)));
      }
      try {
        engine = SteppedEngine.open(storage, options, ++openings);
        engine.run();
        // What cannot be read is done later: then it shows less than it could.
        if (powered() && storage.faults().happened() == before) {
          if (!faultsOutliveStarts) {
            storage.faults().stop();
          }
          compareWithWorlds();
          return;
        }
      } catch (StorageFailed failed) {
        check(!powered() || storage.faults().happened() > 0, "the engine does not open: " + failed);
      }
      note(powered() ? "not to be read while it starts" : "no power while it starts");
      worlds.fork();
      end(powered());
    }
  }

  private boolean powered() {
    try {
      storage.list();
      return true;
    } catch (IOException off) {
      return false;
    }
  }

  /** Whether the engine still works: it has power, and its journal has not failed. */
  private boolean alive() {
    return powered() && engine.engine().failure().isEmpty();
  }

  /**
   * The end of a life: with the power, or, when only the engine failed, sometimes with the process
   * alone.
   */
  private void end() {
    boolean failed = powered() && engine.engine().failure().isPresent();
    if (failed) {
      nothingIsAcknowledged();
    }
    probe(brief ? 1 : PROBES_AT_THE_END);
    end(failed);
  }

  private void end(boolean mayBeKilled) {
    if (mayBeKilled && random.nextBoolean()) {
      storage.faults().stop();
      note("killed");
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
    worlds.mayHaveHappened(model -> model.restartAt(wall, tick));
    actions.restarted();
  }

  /** Once the journal has failed, no call may be answered as if it were durable. */
  private void nothingIsAcknowledged() {
    storage.faults().stop();
    for (int i = 0; i < 2; i++) {
      Action<?> action = actions.send(Actions.PLAIN, 1);
      CompletableFuture<?> answer = action.ask().apply(engine.engine());
      engine.engine().turn();
      check(
          answer.isCompletedExceptionally(),
          "after the disk failed, this was acknowledged: " + action.text());
    }
  }

  private void probe(int times) {
    note("probe " + times);
    probe.look(storage, worlds, clock, random, times);
  }

  // Work

  /** What goes wrong in this life. */
  private void plan() {
    DiskFaults faults = storage.faults();
    slowForces = 0;
    halfDone = false;
    if (calm) {
      return;
    }
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> faults.fail(DiskFaults.Kind.FORCE, 1 + random.nextInt(20));
      case 3, 4 -> faults.fail(DiskFaults.Kind.WRITE, 1 + random.nextInt(40));
      case 5, 6 -> faults.limitTo(storage.size() + random.nextInt(100_000));
      case 7 -> faults.fail(DiskFaults.Kind.CREATE, 1 + random.nextInt(4));
      case 8 -> faults.fail(DiskFaults.Kind.RENAME, 1 + random.nextInt(4));
      case 9 -> faults.fail(DiskFaults.Kind.FORCE_DIRECTORY, 1 + random.nextInt(4));
      case 10 -> faults.fail(DiskFaults.Kind.DELETE, 1 + random.nextInt(2));
      case 11, 12 -> {
        slowForces = 1 + random.nextInt(4);
        faults.whileForcing(this::slowly);
      }
      default -> {}
    }
    if (slowForces == 0) {
      // Before it is settled what the force makes durable, and after that.
      faults.whileForcing(() -> goOnMeanwhile(2));
      faults.beforeForcesReturn(() -> goOnMeanwhile(1));
    }
    if (random.nextInt(4) > 0) {
      storage.stopAfter(1 + random.nextInt(random.nextInt(4) == 0 ? 120 : 30));
    }
  }

  /** While one thread forces, others ask and do what was asked. */
  private void goOnMeanwhile(int oneIn) {
    if (!meanwhile.isEmpty() && engine != null && random.nextInt(oneIn) == 0) {
      meanwhile.remove().ask();
      engine.engine().turn();
    }
  }

  private void slowly() {
    if (slowForces > 0 && random.nextInt(3) == 0) {
      slowForces--;
      clock.advance((1 + random.nextInt(20)) * (long) Actions.GRAIN);
    }
  }

  /** Works until the disk ends it, or for a while; returns whether the engine still lives. */
  private boolean live() {
    plan();
    for (String queue : actions.queues().keySet()) {
      if (!worlds.some().names().contains(queue) && !together(List.of(actions.create(queue)))) {
        return false;
      }
    }
    int most = brief ? 6 : random.nextInt(3) == 0 ? 50 : 18;
    for (int i = 3 + random.nextInt(most); i > 0; i--) {
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
      if (!brief && random.nextInt(6) == 0) {
        probe(1);
      }
    }
    return true;
  }

  private List<Action<?>> some() {
    List<Action<?>> some = new ArrayList<>();
    // Where time may pass within a turn, the calls of one turn are not judged at one moment.
    boolean several = !mayRefuse() && slowForces == 0;
    int count = random.nextInt(3) == 0 && several ? 1 + random.nextInt(4) : 1;
    for (int i = 0; i < count; i++) {
      Action<?> action = actions.next(worlds.some());
      // Which session comes next is told at the end of a turn, as if it had been asked before the
      // rest of the batch.
      if (!blocks(action) && (count == 1 || !action.text().equals("accept next session"))) {
        some.add(action);
      }
    }
    return some;
  }

  /** Whether the disk may have no room for something, so that a call can be refused half way. */
  private boolean mayRefuse() {
    return calm || storage.faults().isLimited() || storage.faults().happened() > 0;
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
    return timePassed();
  }

  /** Lets the engine and the model catch up with the clocks, which a slow disk may move on. */
  private boolean timePassed() {
    while (true) {
      long wall = clock.wall;
      long tick = clock.tick;
      Consumer<QueueModel> time = model -> model.passTo(wall, tick);
      engine.engine().turn();
      if (!alive()) {
        worlds.mayHaveHappened(time);
        return false;
      }
      boolean changed = worlds.happened(time);
      if (clock.tick == tick) {
        // Whatever comes by time alone comes again; sometimes wait for it to be durable, sometimes
        // not.
        return !changed || random.nextInt(2) > 0 || snapshot();
      }
    }
  }

  private boolean snapshot() {
    note("snapshot");
    long before = clock.tick;
    CompletableFuture<Void> done = engine.engine().snapshot();
    boolean alive = turns(List.of(done));
    if (alive && !done.isCompletedExceptionally()) {
      worlds.durable();
    }
    return caughtUp(alive, before);
  }

  /** Makes those calls at once; returns whether the engine survived them. */
  private boolean together(List<? extends Action<?>> batch) {
    long before = clock.tick;
    List<Asked<?>> asked = new ArrayList<>();
    for (Action<?> action : batch) {
      note(action.text());
      asked.add(new Asked<>(action));
    }
    long faults = storage.faults().happened();
    boolean apart = asked.size() > 1 && slowForces == 0 && random.nextBoolean();
    for (Asked<?> call : asked) {
      if (apart && call != asked.get(0)) {
        meanwhile.add(call);
      } else {
        call.ask();
      }
    }
    boolean alive = answered(asked);
    while (alive && !asked.stream().allMatch(Asked::isAnswered)) {
      if (!meanwhile.isEmpty()) {
        meanwhile.remove().ask(); // No force came in which it could have been made.
      }
      alive = answered(asked);
    }
    meanwhile.clear();
    // Where the disk failed, and then for good, one may have been refused for want of room and
    // another one done, and nobody was told.
    boolean anyRefused = !alive && asked.size() > 1 && storage.faults().happened() > faults;
    for (Asked<?> call : asked) {
      if (call.future != null) {
        call.compare(alive, anyRefused);
      }
    }
    return caughtUp(alive, before) && !halfDone;
  }

  private boolean answered(List<Asked<?>> asked) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (Asked<?> call : asked) {
      if (call.future != null) {
        answers.add(call.future);
      }
    }
    return turns(answers);
  }

  /** While the disk was slow, time went on. */
  private boolean caughtUp(boolean alive, long before) {
    if (clock.tick == before) {
      return alive;
    }
    note("the disk was slow");
    if (alive) {
      return timePassed();
    }
    long wall = clock.wall;
    long tick = clock.tick;
    worlds.mayHaveHappened(model -> model.passTo(wall, tick));
    return false;
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

  /** One call, which is under way once there is a future. */
  private final class Asked<R> {
    final Action<R> action;
    CompletableFuture<R> future;

    Asked(Action<R> action) {
      this.action = action;
    }

    boolean isAnswered() {
      return future != null && future.isDone();
    }

    void ask() {
      future = action.ask().apply(engine.engine());
    }

    void compare(boolean alive, boolean mayBeRefused) {
      Action.Answer<R> answer = future.isDone() ? Action.Answer.of(future) : null;
      if (answer == null || answer.failure() instanceof StorageFailed) {
        check(!alive, action.text() + ": " + (answer == null ? "no answer" : answer.failure()));
        suppose(mayBeRefused);
        return;
      }
      if (answer.failure() instanceof QuotaExceeded && (mayRefuse() || !alive)) {
        // Without power there is no room either.
        note("no room");
        if (!alive || !action.whole()) {
          suppose(mayBeRefused);
          halfDone = true;
        }
        return;
      }
      String wrong =
          worlds.answered(
              action,
              answer,
              changed -> {
                if (action.durable() && changed) {
                  worlds.durable();
                }
              });
      check(wrong == null, wrong);
    }

    private void suppose(boolean mayBeRefused) {
      if (mayBeRefused) {
        worlds.mayHaveHappenedOrBeenRefused(action::suppose);
      } else {
        worlds.mayHaveHappened(action::suppose);
      }
    }
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
    worlds.mayHaveHappened(model -> model.restart(true));
    if (alive()) {
      worlds.durable();
    }
  }

  // After the restart

  private void compareWithWorlds() {
    Seen seen = Seen.of(engine);
    Map<String, List<QueueModel>> possible = worlds.afterRestart(clock.wall, clock.tick);
    List<QueueModel> right = possible.get(seen.text());
    check(right != null, PowerLossProbe.none(seen, possible));
    long wall = clock.wall;
    long tick = clock.tick;
    worlds.survived(
        right,
        model -> {
          model.restartAt(wall, tick);
          seen.adoptTimes(model);
        });
  }

  /** Nothing is in the way any more: all that is there can be taken out, and stays away. */
  private void drain() {
    note("drain");
    storage.goOn().faults().stop();
    new Draining(engine, clock).drain();
    cuts++;
    storage = storage.powerCut(random.nextLong());
    engine = SteppedEngine.open(storage, options, ++openings);
    engine.run();
    new Draining(engine, clock).checkEmpty();
  }
}
