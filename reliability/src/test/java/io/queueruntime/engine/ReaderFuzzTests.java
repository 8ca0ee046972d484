package io.queueruntime.engine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterAll;

/**
 * The readers under a fuzzer that follows their branches. Without {@code JAZZER_FUZZ=1} in the
 * environment only the inputs kept beside this class are run; with it, one test for five minutes:
 * {@code -Dtest=ReaderFuzzTests#segment}, or for as long as {@code JAZZER_MAX_DURATION=30s} says.
 */
class ReaderFuzzTests {

  /** Inputs by target. */
  private static final Map<ReaderTargets, LongAdder> INPUTS = new ConcurrentHashMap<>();

  private static void read(ReaderTargets target, byte[] input) {
    INPUTS.computeIfAbsent(target, any -> new LongAdder()).increment();
    target.accept(input);
  }

  @AfterAll
  static void tell() {
    INPUTS.forEach(
        (target, inputs) ->
            System.out.printf("RIG fuzz target=%s cycles=%d%n", target, inputs.sum()));
  }

  @FuzzTest(maxDuration = "5m")
  void event(byte[] input) {
    read(ReaderTargets.EVENT, input);
  }

  @FuzzTest(maxDuration = "5m")
  void snapshotChunk(byte[] input) {
    read(ReaderTargets.SNAPSHOT_CHUNK, input);
  }

  @FuzzTest(maxDuration = "5m")
  void segment(byte[] input) {
    read(ReaderTargets.SEGMENT, input);
  }

  @FuzzTest(maxDuration = "5m")
  void snapshot(byte[] input) {
    read(ReaderTargets.SNAPSHOT, input);
  }

  @FuzzTest(maxDuration = "5m")
  void directory(byte[] input) {
    read(ReaderTargets.DIRECTORY, input);
  }
}
