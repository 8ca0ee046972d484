package io.queueruntime.servicebus.emulator.conformance;

import java.util.concurrent.CompletableFuture;

/** One client library, as scenarios use it. Confined to one thread. */
interface Stack extends AutoCloseable {

  /** {@code java}, {@code js} or {@code proton}. */
  String name();

  /** Does one step; what goes wrong is an outcome. */
  Outcome perform(Step step);

  /** Waits for what is done elsewhere, and answers the broker meanwhile. */
  default void await(CompletableFuture<?> elsewhere) {
    elsewhere.join();
  }

  /** Closes what the scenario opened, and forgets its labels. */
  void endScenario();

  @Override
  void close();
}
