package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One random run of an engine beside the model: every answer must be the model's, nobody may wait
 * for what is there, and what is left at the end must be the same.
 */
final class ModelRun {

  /** Somebody who waits. */
  private final class Wait<R> {
    final Action<R> action;
    final CompletableFuture<R> future;
    final long end;

    /** Whether the model has nothing for it. */
    final java.util.function.Function<QueueModel, Boolean> nothing;

    /** Whether that answer is the one for who waited in vain. */
    final java.util.function.Predicate<Action.Answer<R>> inVain;

    Wait(
        Action<R> action,
        CompletableFuture<R> future,
        long end,
        java.util.function.Function<QueueModel, Boolean> nothing,
        java.util.function.Predicate<Action.Answer<R>> inVain) {
      this.action = action;
      this.future = future;
      this.end = end;
      this.nothing = nothing;
      this.inVain = inVain;
      future.whenComplete((value, failure) -> completed.add(this));
    }

    /** Compares the answer with the model. */
    void answered() {
      Action.Answer<R> answer = Action.Answer.of(future);
      if (inVain.test(answer)) {
        boolean over = model.tick() >= end;
        boolean holderGone = answer.failure() instanceof SessionLockLost || refused(model, nothing);
        check(
            over || holderGone || deleted(answer),
            action.text() + ": gave up before its time: " + answer);
        check(
            refused(model, nothing) || nothing.apply(model),
            action.text() + ": gave up although there is something");
      } else {
        String wrong = action.compare(model, answer);
        check(wrong == null, wrong);
      }
    }
  }

  private final SplittableRandom random;
  private final Actions actions;
  private final QueueModel model;
  private final SteppedEngine.Clock clock = new SteppedEngine.Clock();
  private final Supplier<Storage> opening;
  private Storage storage;
  private final EngineOptions options;
  private final List<Wait<?>> waiting = new ArrayList<>();
  private final List<Wait<?>> completed = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private SteppedEngine engine;
  private long lives;

  private ModelRun(long seed, Supplier<Storage> opening) {
    this.opening = opening;
    this.storage = opening.get();
    this.random = new SplittableRandom(seed);
    this.actions = new Actions(random);
    this.options = SteppedEngine.options(clock, 64 * 1024, 20 + random.nextInt(200));
    this.model = new QueueModel(clock.wall, clock.tick);
  }

  /**
   * Runs that seed; throws an {@link AssertionError} that tells the story when the engine is wrong.
   */
  static void run(long seed, int steps) {
    MemoryStorage storage = new MemoryStorage();
    run(seed, steps, () -> storage);
  }

  /**
   * The same on another disk.
   *
   * @param opening opens it, again after each end of the engine
   * @return the clocks at the end
   */
  static SteppedEngine.Clock run(long seed, int steps, Supplier<Storage> opening) {
    ModelRun run = new ModelRun(seed, opening);
    try {
      run.go(steps);
      return run.clock;
    } catch (RuntimeException | AssertionError wrong) {
      throw new AssertionError(
          "seed %d: %s%nafter:%n  %s"
              .formatted(seed, wrong.getMessage(), String.join("\n  ", run.log)),
          wrong);
    }
  }

  private void go(int steps) {
    engine = SteppedEngine.open(storage, options, ++lives);
    actions.queues().keySet().forEach(queue -> perform(actions.create(queue)));
    for (int i = 0; i < steps; i++) {
      actions.at(model.wall());
      int dice = random.nextInt(100);
      if (dice < 14) {
        advance((1 + random.nextInt(random.nextInt(8) == 0 ? 40 : 8)) * (long) Actions.GRAIN);
      } else if (dice < 22) {
        wait(random.nextInt(4));
      } else if (dice == 22 && random.nextInt(3) == 0) {
        restart();
      } else if (dice == 23 && actions.clockJumps) {
        jump();
      } else if (dice == 24 && !waiting.isEmpty()) {
        cancel();
      } else if (dice == 25) {
        note("snapshot");
        engine.answered(engine.engine().snapshot()).join();
      } else {
        perform(actions.next(model));
      }
      settleWaits();
    }
    for (String queue : List.copyOf(model.names())) {
      drain(queue);
    }
  }

  private void note(String text) {
    log.add(clock.tick + " " + text);
  }

  private static void check(boolean right, String otherwise) {
    if (!right) {
      throw new AssertionError(otherwise);
    }
  }

  private <R> void perform(Action<R> action) {
    note(action.text());
    if (action.text().startsWith("send") && wouldBlock(action)) {
      return;
    }
    Action.Answer<R> answer =
        Action.Answer.of(engine.answered(action.ask().apply(engine.engine())));
    String wrong = action.compare(model, answer);
    check(wrong == null, wrong);
  }

  /** A send into a full queue waits: that is what {@link #wait} is for. */
  private boolean wouldBlock(Action<?> action) {
    return action.text().endsWith(" to " + Actions.LOOSE)
        && model.names().contains(Actions.LOOSE)
        && !model.fits(Actions.LOOSE, actions.lastBatch().size())
        && model.needsRoom(Actions.LOOSE, actions.lastBatch());
  }

  // Time

  private void advance(long millis) {
    note("advance " + millis);
    long end = clock.tick + millis;
    while (clock.tick < end) {
      long next = end - clock.tick;
      if (model.untilNext() > 0) {
        next = Math.min(next, model.untilNext());
      }
      for (Wait<?> wait : waiting) {
        next = Math.min(next, Math.max(1, wait.end - clock.tick));
      }
      clock.advance(next);
      model.clocks(clock.wall, clock.tick);
      model.catchUp();
      engine.run();
      settleWaits();
    }
  }

  /** The wall clock is set, forward or back; locks and waits must not care. */
  private void jump() {
    long by = (random.nextInt(80) - 40L) * Actions.GRAIN;
    note("the wall clock jumps by " + by);
    clock.wall += by;
    model.clocks(clock.wall, clock.tick);
    model.catchUp();
    engine.run();
  }

  private void restart() {
    boolean inGoodOrder = random.nextBoolean();
    note(inGoodOrder ? "close and open" : "kill and open");
    waiting.clear();
    if (inGoodOrder) {
      engine.engine().close();
    } else {
      storage.close(); // As a process that ends gives its directory up.
    }
    completed.clear();
    storage = opening.get();
    engine = SteppedEngine.open(storage, options, ++lives);
    model.restart(inGoodOrder);
    model.catchUp();
    engine.run();
    actions.restarted();
  }

  // Waiting

  private void wait(int kind) {
    long millis = (1 + random.nextInt(12)) * (long) Actions.GRAIN + Actions.GRAIN / 2;
    Duration length = Duration.ofMillis(millis);
    switch (kind) {
      case 0 -> {
        Action<SessionHold> action = actions.accept("s" + random.nextInt(3), length);
        String session = action.text().substring(action.text().length() - 2);
        start(
            action,
            millis,
            m -> !m.free(Actions.ORDERED, session),
            answer ->
                answer.failure() instanceof SessionLocked
                    || answer.failure() instanceof QueueNotFound);
      }
      case 1 -> {
        Action<Optional<SessionHold>> action = actions.acceptNext(length);
        start(
            action,
            millis,
            m -> m.waitingSessions(Actions.ORDERED).isEmpty(),
            answer ->
                answer.failure() instanceof QueueNotFound
                    || answer.failure() == null && answer.value().isEmpty());
      }
      case 2 -> {
        // A send of one message into a queue that may be full.
        Action<List<SendReceipt>> action = actions.send(Actions.LOOSE, 1);
        if (model.names().contains(Actions.LOOSE)
            && !model.needsRoom(Actions.LOOSE, actions.lastBatch())) {
          perform(action);
          return;
        }
        start(
            action,
            options.sendTimeout().toMillis(),
            m -> !m.fits(Actions.LOOSE, 1),
            answer ->
                answer.failure() instanceof QueueFull || answer.failure() instanceof QueueNotFound);
      }
      default -> {
        boolean dead = random.nextInt(4) == 0;
        String queue = random.nextBoolean() ? Actions.PLAIN : Actions.ORDERED;
        SessionHold hold = queue.equals(Actions.ORDERED) && !dead ? actions.someHold() : null;
        if (queue.equals(Actions.ORDERED) && !dead && hold == null) {
          return;
        }
        int max = 1 + random.nextInt(3);
        Action<List<ReceivedMessage<byte[]>>> action =
            actions.receive(queue, dead, hold, max, length);
        start(
            action,
            millis,
            m -> m.ready(queue, dead, hold, 1).isEmpty(),
            answer ->
                answer.failure() instanceof SessionLockLost
                    || answer.failure() instanceof QueueNotFound
                    || answer.failure() == null && answer.value().isEmpty());
      }
    }
  }

  private <R> void start(
      Action<R> action,
      long millis,
      java.util.function.Function<QueueModel, Boolean> nothing,
      java.util.function.Predicate<Action.Answer<R>> inVain) {
    note("wait " + millis + " to " + action.text());
    boolean served = refused(model, nothing) || !nothing.apply(model);
    CompletableFuture<R> future = action.ask().apply(engine.engine());
    engine.run();
    if (served) {
      check(future.isDone(), action.text() + ": waits for what is there");
      String wrong = action.compare(model, Action.Answer.of(future));
      check(wrong == null, wrong);
    } else if (future.isDone()) {
      Action.Answer<R> answer = Action.Answer.of(future);
      String wrong = action.compare(model, answer);
      check(
          answer.failure() != null && wrong == null,
          "answered although there is nothing: " + (wrong == null ? action.text() : wrong));
    } else {
      waiting.add(new Wait<>(action, future, clock.tick + millis, nothing, inVain));
    }
  }

  private static boolean refused(
      QueueModel model, java.util.function.Function<QueueModel, Boolean> question) {
    try {
      question.apply(model);
      return false;
    } catch (QueueModel.Refused refused) {
      return true;
    }
  }

  private boolean deleted(Action.Answer<?> answer) {
    return answer.failure() instanceof QueueNotFound;
  }

  private void cancel() {
    Wait<?> wait = waiting.remove(random.nextInt(waiting.size()));
    note("cancel: " + wait.action.text());
    wait.future.cancel(true);
    completed.remove(wait);
    engine.run();
  }

  /**
   * Those who were answered must have been answered rightly, and the others must have nothing to
   * wait for.
   */
  private void settleWaits() {
    while (!completed.isEmpty()) {
      Wait<?> wait = completed.remove(0);
      if (waiting.remove(wait)) {
        note("answered: " + wait.action.text());
        wait.answered();
      }
    }
    for (Wait<?> wait : waiting) {
      check(model.tick() < wait.end, wait.action.text() + ": waits longer than it was told to");
      check(
          !refused(model, wait.nothing) && wait.nothing.apply(model),
          wait.action.text() + ": waits for what is there");
    }
  }

  // The end

  private void drain(String queue) {
    note("drain " + queue);
    for (boolean dead : new boolean[] {false, true}) {
      List<ReceivedMessage<byte[]>> left =
          engine
              .answered(
                  engine
                      .engine()
                      .peek(
                          QueueName.of(queue),
                          dead ? SubQueue.DEAD_LETTER : SubQueue.MAIN,
                          null,
                          SequenceNumber.START,
                          1000))
              .join();
      List<String> want = model.peek(queue, dead, null, 0, 1000);
      List<String> got = left.stream().map(message -> Actions.shown(message, dead)).toList();
      check(
          want.equals(got),
          "at the end "
              + queue
              + (dead ? "'s dead letters" : "")
              + " must hold\n    "
              + want
              + "\n  holds\n    "
              + got);
    }
  }
}
