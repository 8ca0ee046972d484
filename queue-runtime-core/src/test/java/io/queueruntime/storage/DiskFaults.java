package io.queueruntime.storage;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a simulated disk does wrong while it has power: an operation that fails, a disk that is
 * full, a force that takes its time. Counts begin when a fault is ordered.
 *
 * <p>Guarded by its storage.
 */
public final class DiskFaults {

  /** What can fail with an input/output error, once. */
  public enum Kind {
    /** What it should have written is forgotten and passes for written, as on Linux. */
    FORCE,
    /** A part of the bytes is written before. */
    WRITE,
    READ,
    CREATE,
    RENAME,
    DELETE,
    FORCE_DIRECTORY
  }

  private final Map<Kind, Long> left = new EnumMap<>(Kind.class);
  private long capacity = Long.MAX_VALUE;
  private Runnable slowness = () -> {};
  private Runnable meanwhile = () -> {};
  private long happened;

  DiskFaults() {}

  /** Lets the n-th operation of that kind from now on fail, counted from 1. */
  public synchronized void fail(Kind kind, long n) {
    left.put(kind, n);
  }

  /**
   * Limits what all files take together, in bytes; more is refused at the byte that is too much.
   */
  public synchronized void limitTo(long bytes) {
    capacity = bytes;
  }

  /** Does this with every force, before it succeeds or fails: time may pass. */
  public synchronized void whileForcing(Runnable what) {
    slowness = what;
  }

  /**
   * Does this with every force of a file that succeeds, once it is settled what is durable by it
   * and before it returns: what is written then is not.
   */
  public synchronized void beforeForcesReturn(Runnable what) {
    meanwhile = what;
  }

  /** From now on nothing goes wrong any more. */
  public synchronized void stop() {
    left.clear();
    capacity = Long.MAX_VALUE;
    slowness = () -> {};
    meanwhile = () -> {};
  }

  /** How often something went wrong. */
  public synchronized long happened() {
    return happened;
  }

  synchronized void forcing() {
    slowness.run();
  }

  synchronized void forced() {
    meanwhile.run();
  }

  synchronized boolean isDue(Kind kind) {
    Long count = left.computeIfPresent(kind, (any, n) -> n - 1);
    if (count == null || count > 0) {
      return false;
    }
    left.remove(kind);
    happened++;
    return true;
  }

  void check(Kind kind) throws IOException {
    if (isDue(kind)) {
      throw new IOException("Input/output error");
    }
  }

  /** How many of so many more bytes there is room for. */
  synchronized long room(long used, long more) {
    long room = Math.max(0, Math.min(more, capacity - used));
    happened += room < more ? 1 : 0;
    return room;
  }

  /** Whether the disk may be full. */
  public synchronized boolean isLimited() {
    return capacity < Long.MAX_VALUE;
  }
}
