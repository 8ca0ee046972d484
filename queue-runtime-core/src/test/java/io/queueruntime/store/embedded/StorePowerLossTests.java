package io.queueruntime.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.queueruntime.journal.JournalOptions;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.store.Claim.Outcome;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.Fence;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The power goes in the middle of work, again and again: whatever was acknowledged is there
 * afterwards, and of what was not, all or nothing.
 */
class StorePowerLossTests {

  private static final int SEEDS = 25;
  private static final int CUTS = 3;
  private static final int KEYS = 8;
  private static final int SNAPSHOT_EVERY = 40;
  private static final QueueName ORDERS = QueueName.of("orders");
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final EmbeddedStoreOptions OPTIONS =
      EmbeddedStoreOptions.inMemory().withLimits(new StoreLimits(8000, 8000)).withClock(() -> NOW);
  private static final Logger SAID = (Logger) LoggerFactory.getLogger(StoreLoop.class);

  private @Nullable Level before;

  @BeforeEach
  void expectFailures() {
    before = SAID.getLevel();
    SAID.setLevel(Level.OFF);
  }

  @AfterEach
  void restore() {
    SAID.setLevel(before);
  }

  /** What somebody does to one entry. */
  private record Step(String key, @Nullable String value) {}

  @Test
  void whatWasAcknowledgedIsThere() {
    int cuts = 0;
    long acknowledged = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      PowerLossStorage disk = new PowerLossStorage();
      TreeMap<String, String> expected = new TreeMap<>();
      for (int cut = 0; cut < CUTS; cut++) {
        EmbeddedStateStore store = open(disk);
        disk.stopAfter(random.nextInt(400));
        Step last = null;
        for (int i = 0; i < 300 && last == null; i++) {
          Step step = step(random, i);
          if (perform(store, step)) {
            apply(expected, step);
            acknowledged++;
          } else {
            last = step;
          }
        }
        store.close();
        disk = disk.powerCut(random.nextLong());
        cuts++;
        expected = found(disk, expected, last, "seed %d, cut %d".formatted(seed, cut));
      }
    }
    assertThat(cuts).isEqualTo(SEEDS * CUTS);
    assertThat(acknowledged).as("enough was done for this to mean anything").isGreaterThan(2000);
  }

  private static EmbeddedStateStore open(PowerLossStorage disk) {
    return EmbeddedStateStore.open(
        disk,
        OPTIONS,
        JournalOptions.MIN_SEGMENT_SIZE,
        SNAPSHOT_EVERY,
        Executors.newSingleThreadExecutor());
  }

  private static Step step(SplittableRandom random, int i) {
    String key = "mds".charAt(random.nextInt(3)) + String.valueOf(random.nextInt(KEYS));
    boolean keeps = key.startsWith("d") || random.nextInt(4) > 0;
    return new Step(key, keeps ? i + "x".repeat(random.nextInt(3000)) : null);
  }

  private static void apply(Map<String, String> entries, Step step) {
    boolean isIdAlready = step.key().startsWith("d") && entries.containsKey(step.key());
    boolean isPutAlready =
        step.key().startsWith("m") && step.value() != null && entries.containsKey(step.key());
    if (step.value() == null) {
      entries.remove(step.key());
    } else if (isIdAlready) {
      return;
    } else if (!isPutAlready) {
      entries.put(step.key(), step.key().startsWith("d") ? "confirmed" : step.value());
    }
  }

  /** Whether it was acknowledged. */
  private static boolean perform(EmbeddedStateStore store, Step step) {
    return !future(store, step)
        .orTimeout(1, TimeUnit.MINUTES)
        .handle((value, failure) -> failure)
        .thenApply(failure -> failure != null)
        .join();
  }

  private static CompletableFuture<?> future(EmbeddedStateStore store, Step step) {
    String value = step.value();
    return switch (step.key().charAt(0)) {
      case 'm' ->
          value == null
              ? store.deferred().cancel(ORDERS, number(step))
              : store
                  .deferred()
                  .put(new StoredMessage(ORDERS, number(step), step.key(), null, bytes(value)));
      case 'd' ->
          store
              .duplicates()
              .confirm(ORDERS, step.key(), CopyId.random(), NOW.plus(Duration.ofDays(1)));
      default ->
          store
              .sessionStates()
              .takeOver(ORDERS, "p")
              .thenCompose(fence -> set(store, fence, step, value));
    };
  }

  private static CompletableFuture<Void> set(
      EmbeddedStateStore store, Fence fence, Step step, @Nullable String value) {
    return store
        .sessionStates()
        .set(fence, SessionId.of(step.key()), value == null ? null : bytes(value));
  }

  private static SequenceNumber number(Step step) {
    return SequenceNumber.of(Long.parseLong(step.key().substring(1)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What the disk holds, which must be what was acknowledged, with or without the last step. */
  private static TreeMap<String, String> found(
      PowerLossStorage disk, TreeMap<String, String> expected, @Nullable Step last, String as) {
    EmbeddedStateStore store = open(disk);
    TreeMap<String, String> found = new TreeMap<>();
    for (StoredMessage message : store.deferred().list(ORDERS, SequenceNumber.START, 100).join()) {
      found.put("m" + message.number(), new String(message.content(), StandardCharsets.UTF_8));
    }
    Fence fence = store.sessionStates().takeOver(ORDERS, "p").join();
    for (int i = 0; i < KEYS; i++) {
      String session = "s" + i;
      store
          .sessionStates()
          .get(fence, SessionId.of(session))
          .join()
          .ifPresent(state -> found.put(session, new String(state, StandardCharsets.UTF_8)));
      String id = "d" + i;
      CopyId probe = CopyId.random();
      Outcome outcome = store.duplicates().claim(ORDERS, id, probe, LEASE).join().outcome();
      if (outcome == Outcome.DUPLICATE) {
        found.put(id, "confirmed");
      }
      store.duplicates().release(ORDERS, id, probe).join();
    }
    List<Map<String, String>> allowed = new ArrayList<>(List.of(new TreeMap<>(expected)));
    if (last != null) {
      TreeMap<String, String> after = new TreeMap<>(expected);
      apply(after, last);
      allowed.add(after);
    }
    assertThat(allowed).as(as).contains(found);
    store.close();
    return found;
  }
}
