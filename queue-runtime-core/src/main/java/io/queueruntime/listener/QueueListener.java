package io.queueruntime.listener;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method the handler of a queue's messages.
 *
 * <p>The method returns: the message is completed. It throws: the message is given back after a
 * back-off, and dead-lettered after its last allowed delivery. On a session queue one message of a
 * session is in work at a time, and sessions run beside each other.
 *
 * <p>On a class, methods marked {@link QueueHandler} are chosen by the payload's type. The
 * annotation can be repeated, and used as a meta-annotation. Every text attribute takes <code>
 * ${...}</code> and <code>#{...}</code>; blank means: as {@code queue-runtime.listener.*} says.
 * {@code queue-runtime.listeners.<id>.*} beats both.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@Repeatable(QueueListeners.class)
public @interface QueueListener {

  /** Names of the queues to listen to, the same as {@link #queues()}. */
  String[] value() default {};

  /** Names of the queues to listen to, the same as {@link #value()}. */
  String[] queues() default {};

  /**
   * Name of the listener in the registry, in thread names and on meters; unique. Blank: {@code
   * beanName.methodName}.
   */
  String id() default "";

  /** Name of the client under {@code queue-runtime.clients}; blank: the primary one. */
  String client() default "";

  /**
   * Messages in work at once, {@code "4"} or {@code "2-16"}; on a session queue: sessions at once.
   * Blank: 1, on a session queue 8. Counts for each of the queues.
   */
  String concurrency() default "";

  /** The only sessions to take (partitioned mode); none: as the queue says. */
  String[] sessionIds() default {};

  /**
   * {@code AUTO}: the outcome settles the message; {@code MANUAL}: an {@link Acknowledgment}
   * argument does.
   */
  String ackMode() default "";

  /**
   * Failed deliveries that are tried again before the message is dead-lettered; at most what the
   * queue allows.
   */
  String maxRetries() default "";

  /** How long a failed message waits before its next delivery. */
  Backoff backoff() default @Backoff;

  /**
   * Exceptions that dead-letter the message at once; subclasses included, causes looked through.
   */
  Class<? extends Throwable>[] deadLetterOn() default {};

  /**
   * Exceptions that are tried again although they would dead-letter at once; the nearer type of
   * both lists counts.
   */
  Class<? extends Throwable>[] retryOn() default {};

  /**
   * Longest time for one call, e.g. {@code "2m"}; then it is interrupted or cancelled and has
   * failed. {@code "0"}: none.
   */
  String timeout() default "";

  /**
   * How long the message's lock is kept alive while the handler runs, e.g. {@code "5m"}; {@code
   * "0"}: not at all.
   */
  String maxLockRenewal() default "";

  /** Most messages of one call, for handlers that take a {@code List}. */
  String batchSize() default "";

  /** How long a batch is waited for once its first message is there, e.g. {@code "200ms"}. */
  String batchTimeout() default "";

  /** Whether the listener starts with the application. */
  String autoStartup() default "";

  /** Name of a {@link QueueErrorHandler} bean that decides what happens to failed messages. */
  String errorHandler() default "";
}
