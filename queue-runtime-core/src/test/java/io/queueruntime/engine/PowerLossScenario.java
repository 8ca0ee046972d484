package io.queueruntime.engine;

/**
 * A piece of work that is done on a disk whose power goes at every single change, and must keep its
 * books whatever survives.
 */
interface PowerLossScenario {

  String name();

  /** Ends early, by a failure, when the power goes. */
  void act(ScenarioLife life);

  default EngineOptions options(EngineOptions usual) {
    return usual;
  }

  default int segmentSize() {
    return 64 * 1024;
  }

  /** How many changes of the disk lie between two cuts. */
  default int stride() {
    return 1;
  }
}
