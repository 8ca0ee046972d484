package io.queueruntime.servicebus.emulator.conformance;

/** One client library, as scenarios use it. Confined to one thread. */
interface Stack extends AutoCloseable {

  /** {@code java}, {@code js} or {@code proton}. */
  String name();

  /** Does one step; what goes wrong is an outcome. */
  Outcome perform(Step step);

  /** Closes what the scenario opened, and forgets its labels. */
  void endScenario();

  @Override
  void close();
}
