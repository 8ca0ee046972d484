package io.queueruntime.servicebus.emulator;

/**
 * One fault that was planted. Closing it lifts it.
 *
 * <p>Thread-safe.
 */
public interface Fault extends AutoCloseable {

  /** How often it has taken effect. */
  int used();

  /** Takes it away; what it took effect on stays as it is. */
  void lift();

  @Override
  default void close() {
    lift();
  }
}
