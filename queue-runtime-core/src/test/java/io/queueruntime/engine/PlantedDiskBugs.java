package io.queueruntime.engine;

import static io.queueruntime.engine.PlantedBug.advice;
import static io.queueruntime.engine.PlantedBug.without;
import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;

import io.queueruntime.engine.PlantedBug.Rig;
import io.queueruntime.journal.DiskBugs;
import java.util.List;
import java.util.function.UnaryOperator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.implementation.MethodDelegation;

/**
 * Mistakes in what stands between the engine and the disk.
 *
 * <p>Not among them is a checksum that covers a record's bytes but not its length: the length says
 * which bytes are covered, so that a wrong one is found all the same.
 */
final class PlantedDiskBugs {

  private PlantedDiskBugs() {}

  static List<PlantedBug> all() {
    return List.of(
        new PlantedBug(
            "a force that failed is tried again",
            Rig.JOURNAL,
            "journal.Tail",
            advice(DiskBugs.ForceIsTriedAgainAdvice.class, named("force"))),
        new PlantedBug(
            "a group of which half was written counts as written",
            Rig.JOURNAL,
            "journal.Tail",
            advice(DiskBugs.HalfIsWrittenAdvice.class, named("write"))),
        new PlantedBug(
            "a snapshot gets its name before it is forced",
            Rig.JOURNAL,
            "journal.SnapshotWriting",
            without("force")),
        new PlantedBug(
            "the old snapshot goes before the new one is there",
            Rig.JOURNAL,
            "journal.Snapshots",
            advice(DiskBugs.OldSnapshotGoesFirstAdvice.class, named("start"))),
        new PlantedBug(
            "the number of a segment is used again",
            Rig.JOURNAL,
            "journal.PreparedSegments",
            advice(DiskBugs.NumberIsUsedAgainAdvice.class, named("start"))),
        new PlantedBug(
            "a segment goes before the disk knows that it is not needed",
            Rig.JOURNAL,
            "journal.Reclaimer",
            advice(DiskBugs.EverythingIsDurableAdvice.class, isConstructor())),
        new PlantedBug(
            "recovery does not force its cut", Rig.JOURNAL, "journal.TailCut", without("force")),
        new PlantedBug(
            "recovery believes what a failed force left in the cache",
            Rig.JOURNAL,
            "journal.TailCut",
            instead("rewriteUnproven", "nothingIsRewritten")),
        new PlantedBug(
            "recovery believes the beginning of a group",
            Rig.JOURNAL,
            "journal.RecordFrame",
            builder -> builder.method(named("more")).intercept(FixedValue.value(false))),
        new PlantedBug(
            "a record claims that one more had been forced",
            Rig.JOURNAL,
            "journal.RecordFrame",
            advice(DiskBugs.OneMoreAdvice.class, named("provenForced"))),
        new PlantedBug(
            "a position has 32 bits",
            Rig.JOURNAL,
            "journal.Segment",
            builder ->
                builder.method(named("position").and(isStatic())).intercept(to("narrowPosition"))),
        new PlantedBug(
            "the first damaged record is taken for the end",
            Rig.DAMAGE,
            "journal.TornTail",
            builder -> builder.method(named("provenForced")).intercept(FixedValue.value(0L))),
        new PlantedBug(
            "the checksum leaves out the frame",
            Rig.DAMAGE,
            "journal.RecordFrame",
            instead("crc", "crcOfPayload")),
        new PlantedBug(
            "the checksum leaves out the payload",
            Rig.DAMAGE,
            "journal.RecordFrame",
            builder -> builder.method(named("crc")).intercept(to("crcOfFrame"))),
        new PlantedBug(
            "records of another directory are believed",
            Rig.DAMAGE,
            "journal.RecordFrame",
            advice(DiskBugs.NoSaltAdvice.class, named("crc"))));
  }

  private static UnaryOperator<DynamicType.Builder<?>> instead(String method, String wrong) {
    return builder -> builder.method(named(method)).intercept(to(wrong));
  }

  private static MethodDelegation to(String wrong) {
    return MethodDelegation.withDefaultConfiguration().filter(named(wrong)).to(DiskBugs.class);
  }
}
