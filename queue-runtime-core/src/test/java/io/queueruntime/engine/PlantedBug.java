package io.queueruntime.engine;

import static net.bytebuddy.matcher.ElementMatchers.any;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.MemberSubstitution;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.implementation.MethodCall;
import net.bytebuddy.implementation.MethodDelegation;
import net.bytebuddy.implementation.StubMethod;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;

/**
 * A mistake in the engine, the rig that must find it, and how it gets there: one class of the real
 * engine is rewritten, and rig and engine are loaded anew around it. What is shipped has no
 * switches for this.
 *
 * @param name what is wrong
 * @param rig who must find it
 * @param type the class that is wrong, below {@code io.queueruntime}
 * @param change makes it wrong
 */
record PlantedBug(String name, Rig rig, String type, UnaryOperator<DynamicType.Builder<?>> change) {

  /** Where a mistake is looked for. */
  enum Rig {
    MODEL(1_500, "engine.ModelRun", "commands by chance beside a small model of a queue"),
    POWER_LOSS(6_000, "engine.PowerLossRun", "the engine on a simulated disk whose power goes"),
    JOURNAL(6_000, "journal.PowerLossRun", "the journal alone on that disk"),
    DAMAGE(6_000, "journal.DamageRun", "a journal that is damaged at one place while it is closed"),
    KILLS(12, "engine.CrashLane", "a real process that is killed");

    /** Seeds, or kills, within which it must be found. */
    final int most;

    /** What runs a seed, below {@code io.queueruntime}. */
    final String runner;

    private final String what;

    Rig(int most, String runner, String what) {
      this.most = most;
      this.runner = runner;
      this.what = what;
    }
  }

  private static final String ROOT = "io.queueruntime.";
  private static final int MODEL_STEPS = 120;

  static List<PlantedBug> all() {
    return Stream.of(engineBugs(), PlantedDiskBugs.all()).flatMap(List::stream).toList();
  }

  private static List<PlantedBug> engineBugs() {
    return List.of(
        new PlantedBug(
            "answers before the disk was forced",
            Rig.POWER_LOSS,
            "engine.RecordStore",
            builder -> builder.method(named("runForce")).intercept(StubMethod.INSTANCE)),
        new PlantedBug(
            "what comes while the disk is forced is answered as if it were forced, too",
            Rig.POWER_LOSS,
            "engine.Replies",
            advice(Bugs.AllAreHeldAdvice.class, named("takeHeld"))),
        new PlantedBug(
            "hands out before the disk was forced",
            Rig.POWER_LOSS,
            "engine.EventLog",
            builder -> builder.method(named("isSurelyNext")).intercept(FixedValue.value(true))),
        new PlantedBug(
            "completions are not forced",
            Rig.POWER_LOSS,
            "engine.EventLog",
            advice(Bugs.DepartureIsNotForcedAdvice.class, named("record").and(takesArguments(2)))),
        new PlantedBug(
            "a force that failed passes for one that succeeded",
            Rig.POWER_LOSS,
            "journal.Appender",
            advice(Bugs.NothingIsThrownAdvice.class, named("force").and(takesArguments(1)))),
        new PlantedBug(
            "the directory is not forced for a new segment",
            Rig.POWER_LOSS,
            "journal.PreparedSegments",
            without("forceDirectory")),
        new PlantedBug(
            "a new segment is renamed before it is forced",
            Rig.POWER_LOSS,
            "journal.PreparedSegments",
            without("force")),
        new PlantedBug(
            "a snapshot claims one record more than it shows",
            Rig.POWER_LOSS,
            "journal.Snapshots",
            advice(Bugs.FirstIsOneMoreAdvice.class, named("start"))),
        new PlantedBug(
            "a batch is not one group",
            Rig.POWER_LOSS,
            "engine.RecordStore",
            advice(Bugs.SecondIsFalseAdvice.class, named("append"))),
        new PlantedBug(
            "a replay takes away in one step and puts back in another",
            Rig.POWER_LOSS,
            "engine.EventLog",
            advice(Bugs.ReplayInTwoStepsAdvice.class, named("record").and(takesArguments(2)))),
        new PlantedBug(
            "what becomes due is taken away in one step and put back in another",
            Rig.POWER_LOSS,
            "engine.EventLog",
            advice(Bugs.ActivationInTwoStepsAdvice.class, named("record").and(takesArguments(2)))),
        new PlantedBug(
            "ids are remembered in memory only",
            Rig.POWER_LOSS,
            "engine.EventCodec",
            advice(Bugs.IdsAreForgottenAdvice.class, named("decode"))),
        new PlantedBug(
            "a torn record is believed",
            Rig.POWER_LOSS,
            "journal.RecordFrame",
            advice(Bugs.EveryChecksumFitsAdvice.class, named("crc").and(takesArguments(5)))),
        new PlantedBug(
            "a snapshot leaves out the sessions' states",
            Rig.POWER_LOSS,
            "engine.Snapshotting",
            builder -> builder.method(named("writeSessions")).intercept(StubMethod.INSTANCE)),
        new PlantedBug(
            "a snapshot's sequence numbers begin anew",
            Rig.POWER_LOSS,
            "engine.SnapshotCodec",
            without("restoreNextSequence")),
        new PlantedBug(
            "an abandoned message goes to the end",
            Rig.MODEL,
            "engine.Lane",
            builder ->
                builder
                    .method(named("addReturned"))
                    .intercept(MethodCall.invoke(named("addFresh")).withAllArguments())),
        new PlantedBug(
            "a back-off lets the rest of its session pass",
            Rig.MODEL,
            "engine.Lane",
            builder ->
                builder.visit(
                    MemberSubstitution.relaxed().field(named("strict")).onRead().stub().on(any()))),
        new PlantedBug(
            "settles by sequence number, not by token",
            Rig.MODEL,
            "engine.MessageLocks",
            builder ->
                builder
                    .method(named("tokenOf"))
                    .intercept(
                        MethodDelegation.withDefaultConfiguration()
                            .filter(named("tokenOf"))
                            .to(Bugs.class))
                    .method(
                        named("find").and(takesArguments(io.queueruntime.message.LockToken.class)))
                    .intercept(
                        MethodDelegation.withDefaultConfiguration()
                            .filter(named("findBySequence"))
                            .to(Bugs.class))),
        new PlantedBug(
            "a stale holder's close frees the session",
            Rig.MODEL,
            "engine.MessageLocks",
            builder ->
                builder
                    .method(named("find").and(takesArguments(SessionHold.class)))
                    .intercept(
                        MethodDelegation.withDefaultConfiguration()
                            .filter(named("findBySession"))
                            .to(Bugs.class))),
        new PlantedBug(
            "a replaced message loses its place",
            Rig.MODEL,
            "engine.EventLog",
            advice(Bugs.ReplacedAtTheEndAdvice.class, named("record").and(takesArguments(2)))),
        new PlantedBug(
            "giving back uncounted counts",
            Rig.MODEL,
            "engine.EventLog",
            advice(Bugs.ReleaseCountsAdvice.class, named("record").and(takesArguments(2)))),
        new PlantedBug(
            "the end of a back-off wakes nobody", Rig.MODEL, "engine.DueWork", without("stir")),
        new PlantedBug(
            "answers before anything is written",
            Rig.KILLS,
            "engine.RecordStore",
            builder ->
                builder
                    .method(named("flush").or(named("beginForce")))
                    .intercept(StubMethod.INSTANCE)),
        new PlantedBug(
            "a restart forgets that something was delivered",
            Rig.KILLS,
            "engine.EventCodec",
            advice(Bugs.DeliveriesAreForgottenAdvice.class, named("decode"))),
        new PlantedBug(
            "locks run out by the wall clock",
            Rig.MODEL,
            "engine.EngineContext",
            advice(Bugs.LocksByTheWallClockAdvice.class, named("read"))),
        new PlantedBug(
            "a completion is not written down",
            Rig.POWER_LOSS,
            "engine.EventLog",
            advice(
                Bugs.CompletionIsNotWrittenAdvice.class, named("record").and(takesArguments(2)))));
  }

  static UnaryOperator<DynamicType.Builder<?>> advice(
      Class<?> advice, ElementMatcher<? super MethodDescription> where) {
    return builder -> builder.visit(Advice.to(advice).on(where));
  }

  /** All of them and who finds them, as a page of the documentation. */
  static String table() {
    StringBuilder page =
        new StringBuilder(
            """
            # Who guards the guards

            Mistakes that are planted into a copy of the engine, one at a time, and the rig that must find each: within so many
            seeds or kills, and within 60 s of the processor. `PlantedBugTests` in `queue-runtime-core` runs them in every build
            and checks that this page names exactly them; with `-Dqueue-runtime.mutants.write=true` it writes the page.

            """);
    for (Rig rig : Rig.values()) {
      page.append("- **").append(rig).append("**: ").append(rig.what).append(", at most ");
      page.append(rig.most).append(rig == Rig.KILLS ? " kills\n" : " seeds\n");
    }
    page.append("\n| planted | into | found by |\n|---|---|---|\n");
    for (PlantedBug bug : all()) {
      page.append("| %s | `%s` | %s |\n".formatted(bug.name, bug.type, bug.rig));
    }
    return page.toString();
  }

  /** Calls to methods of that name are left out. */
  static UnaryOperator<DynamicType.Builder<?>> without(String method) {
    return builder ->
        builder.visit(MemberSubstitution.relaxed().method(named(method)).stub().on(any()));
  }

  /** The class as it is wrong. */
  byte[] bytes() {
    ClassFileLocator locator =
        ClassFileLocator.ForClassLoader.of(PlantedBug.class.getClassLoader());
    TypePool pool = TypePool.Default.of(locator);
    DynamicType.Builder<?> builder =
        new ByteBuddy().redefine(pool.describe(ROOT + type).resolve(), locator);
    return change.apply(builder).make().getBytes();
  }

  /** Writes the wrong class where a class path can begin with it. */
  void writeTo(Path classes) throws IOException {
    Path file = classes.resolve((ROOT + type).replace('.', '/') + ".class");
    Files.createDirectories(file.getParent());
    Files.write(file, bytes());
  }

  /**
   * What a rig found first, and with which seed, or after how many kills; 0 when it found nothing.
   */
  record Found(long after, String what) {
    static final Found NOTHING = new Found(0, "");
  }

  /** What its rig, in this process, finds first. */
  Found firstSeed(int most) {
    return firstSeed(rig, Map.of(ROOT + type, bytes()), most);
  }

  /** The same for the engine as it is. */
  static Found firstSeedWithoutBug(Rig rig, int most) {
    return firstSeed(rig, Map.of(), most);
  }

  private static Found firstSeed(Rig rig, Map<String, byte[]> wrong, int most) {
    try {
      ClassLoader copy = new CopyLoader(wrong);
      boolean model = rig == Rig.MODEL;
      Class<?> runner = copy.loadClass(ROOT + rig.runner);
      Method run =
          model
              ? runner.getDeclaredMethod("run", long.class, int.class)
              : runner.getDeclaredMethod("run", long.class);
      run.setAccessible(true);
      for (long seed = 1; seed <= most; seed++) {
        try {
          if (model) {
            run.invoke(null, seed, MODEL_STEPS);
          } else {
            run.invoke(null, seed);
          }
        } catch (InvocationTargetException e) {
          if (e.getCause() instanceof AssertionError finding) {
            return new Found(
                seed, String.valueOf(finding.getMessage()).lines().findFirst().orElse(""));
          }
          throw new IllegalStateException("The rig itself failed.", e.getCause());
        }
      }
      return Found.NOTHING;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("The rig cannot be loaded anew.", e);
    }
  }

  /** Loads everything of ours anew, and what is wrong as it is wrong. */
  private static final class CopyLoader extends ClassLoader {
    private final Map<String, byte[]> wrong;

    CopyLoader(Map<String, byte[]> wrong) {
      super(PlantedBug.class.getClassLoader());
      this.wrong = wrong;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(ROOT)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        byte[] bytes = wrong.containsKey(name) ? wrong.get(name) : read(name);
        return defineClass(name, bytes, 0, bytes.length);
      }
    }

    private byte[] read(String name) throws ClassNotFoundException {
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
