package io.queueruntime.listener;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How long a failed message waits before its next delivery. Blank attributes: as {@code
 * queue-runtime.listener.backoff} says.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface Backoff {

  /** Wait after the first failure, e.g. {@code "1s"}. */
  String delay() default "";

  /** What each further wait is multiplied by, e.g. {@code "2"}. */
  String multiplier() default "";

  /** Longest wait, e.g. {@code "5m"}. */
  String maxDelay() default "";

  /** Share by which a wait is shortened or lengthened at random, e.g. {@code "0.2"}. */
  String jitter() default "";
}
