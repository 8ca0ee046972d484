package io.queueruntime.servicebus.emulator.management;

import java.util.concurrent.CompletableFuture;

/** One operation of {@code $management}. Implementations are thread-safe. */
@FunctionalInterface
interface Operation {

  /** What was refused is thrown, or fails the future. */
  CompletableFuture<Answer> perform(Request request);
}
