package io.queueruntime.samples.sessions;

/**
 * What a broker says it cannot promise, and the {@link Proof} therefore counts apart: an input of
 * the proof, so that nothing else passes. Where none is named, none is allowed.
 */
enum Relaxation {
  /**
   * The broker does not confirm completions: what a killed process completed last may come again,
   * to whoever takes its account over, from an earlier movement on and then in order. RabbitMQ's.
   */
  UNHEARD_COMPLETIONS,
  /**
   * When an account moves from one living process to another, the former may still begin with a
   * movement that has moved, and can settle it no more. Kafka's.
   */
  OVERLAPPING_MOVES
}
