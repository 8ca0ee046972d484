package io.queueruntime.engine;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The readers under a fuzzer that follows their branches. Without {@code JAZZER_FUZZ=1} in the
 * environment only the inputs kept beside this class are run; with it, one test for five minutes:
 * {@code -Dtest=ReaderFuzzTests#segment}.
 */
class ReaderFuzzTests {

  @FuzzTest(maxDuration = "5m")
  void event(byte[] input) {
    ReaderTargets.EVENT.accept(input);
  }

  @FuzzTest(maxDuration = "5m")
  void snapshotChunk(byte[] input) {
    ReaderTargets.SNAPSHOT_CHUNK.accept(input);
  }

  @FuzzTest(maxDuration = "5m")
  void segment(byte[] input) {
    ReaderTargets.SEGMENT.accept(input);
  }

  @FuzzTest(maxDuration = "5m")
  void snapshot(byte[] input) {
    ReaderTargets.SNAPSHOT.accept(input);
  }

  @FuzzTest(maxDuration = "5m")
  void directory(byte[] input) {
    ReaderTargets.DIRECTORY.accept(input);
  }
}
