package io.queueruntime.history;

/** What must hold in every history. */
public enum Invariant {
  I1("what was sent is not lost"),
  I2("what is received was sent, and unchanged"),
  I3("what was completed does not come back"),
  I4("a session's messages come in order"),
  I5("one holder at a time, and only the holder settles"),
  I6("deliveries are counted, and the last allowed one leads to the dead-letter queue"),
  I7("nothing comes before its time, too late, or after its life"),
  I8("duplicates are found within the window, and only there"),
  I9("a session's state is what its holder stored last"),
  I10("the queue's own counts are right"),
  I12("a replay moves each dead letter exactly once, in order");

  private final String promise;

  Invariant(String promise) {
    this.promise = promise;
  }

  /** The promise in words. */
  public String promise() {
    return promise;
  }
}
