package io.queueruntime.contract;

import io.queueruntime.provider.Capability;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reference with one flaw, or without some capabilities: as its thread was told. Used by one
 * thread.
 */
final class BrokenFixture extends PlainFixture {

  private static final ThreadLocal<@Nullable Flaw> FLAW = new ThreadLocal<>();
  private static final ThreadLocal<Set<Capability>> FEATURES =
      ThreadLocal.withInitial(() -> EnumSet.allOf(Capability.class));

  private static final ThreadLocal<@Nullable BrokenFixture> LAST = new ThreadLocal<>();

  BrokenFixture() {
    LAST.set(this);
  }

  /** What was asked of the provider that this thread opened last. */
  static Set<Capability> lastAsked() {
    BrokenFixture last = LAST.get();
    return last == null ? Set.of() : last.store.asked;
  }

  /** Runs something with that flaw in every provider this thread opens meanwhile. */
  static void with(Flaw flaw, Runnable work) {
    FLAW.set(flaw);
    try {
      work.run();
    } finally {
      FLAW.remove();
    }
  }

  /** Runs something with every provider this thread opens meanwhile lacking these capabilities. */
  static void without(Set<Capability> missing, Runnable work) {
    FEATURES.set(EnumSet.complementOf(EnumSet.copyOf(missing)));
    try {
      work.run();
    } finally {
      FEATURES.remove();
    }
  }

  @Override
  @Nullable Flaw flaw() {
    return FLAW.get();
  }

  @Override
  Set<Capability> features() {
    return FEATURES.get();
  }

  /** Nothing here happens later on another thread: what has not come by now never will. */
  @Override
  public Duration patience() {
    return FLAW.get() == null ? super.patience() : Duration.ofMillis(20);
  }
}
