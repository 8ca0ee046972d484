package io.queueruntime.benchmarks;

/** Something that does a workload: ours, or the ceiling. */
interface Subject {

  /** What the table calls it. */
  String name();

  /** Does the cell's work in the cell's directory, once. */
  Outcome measure(Cell cell) throws Exception;
}
