package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.Settlement.DeadLetter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailurePolicyTests {

  private static final Settlement SECOND = Settlement.abandonAfter(Duration.ofSeconds(1));
  private static final Throwable PLAIN = new IllegalStateException("no");

  private static ListenerOptions.Builder options() {
    return ListenerOptions.builder();
  }

  private static DeadLetter dead(String reason, String description, Class<?> type) {
    return new DeadLetter(reason, description, type.getName());
  }

  static Stream<Arguments> table() {
    ListenerOptions.Builder ioDead = options().deadLetterOn(IOException.class);
    ListenerOptions.Builder nearerWins =
        options().deadLetterOn(IOException.class).retryOn(NoSuchFileException.class);
    ListenerOptions.Builder allDeadButIo =
        options().deadLetterOn(Exception.class).retryOn(IOException.class);
    Throwable ioInside = new UncheckedIOException(new IOException("x"));
    return Stream.of(
        // what is thrown, delivery, queue's maximum, options, what becomes of it
        arguments(PLAIN, 1, 5, options(), SECOND),
        arguments(PLAIN, 2, 5, options(), Settlement.abandonAfter(Duration.ofSeconds(2))),
        arguments(PLAIN, 3, 5, options(), Settlement.abandonAfter(Duration.ofSeconds(4))),
        arguments(PLAIN, 5, 5, options(), max(PLAIN)),
        arguments(PLAIN, 6, 5, options(), max(PLAIN)),
        arguments(PLAIN, 1, 1, options(), max(PLAIN)),
        arguments(PLAIN, 1, 5, options().maxRetries(0), max(PLAIN)),
        arguments(
            PLAIN, 2, 5, options().maxRetries(2), Settlement.abandonAfter(Duration.ofSeconds(2))),
        arguments(PLAIN, 3, 5, options().maxRetries(2), max(PLAIN)),
        arguments(
            PLAIN, 4, 5, options().maxRetries(100), Settlement.abandonAfter(Duration.ofSeconds(8))),
        arguments(PLAIN, 5, 5, options().maxRetries(100), max(PLAIN)),
        arguments(new StackOverflowError(), 1, 5, options(), SECOND),
        arguments(
            new DeadLetterException("R", "d"),
            1,
            5,
            options(),
            dead("R", "d", DeadLetterException.class)),
        arguments(
            new DeadLetterException("R", null, PLAIN),
            1,
            5,
            options(),
            new DeadLetter("R", null, PLAIN.getClass().getName())),
        arguments(
            new AbandonException("later", Duration.ofMinutes(1)),
            5,
            5,
            options(),
            Settlement.abandonAfter(Duration.ofMinutes(1))),
        arguments(new AbandonException("now"), 1, 5, options(), Settlement.abandon()),
        arguments(
            new SerializationFailed("q", "m", null),
            1,
            5,
            options(),
            dead(
                "SerializationFailed",
                SerializationFailed.class.getName() + ": m",
                SerializationFailed.class)),
        arguments(
            new SerializationFailed("q", "m", null),
            1,
            5,
            options().retryOn(SerializationFailed.class),
            SECOND),
        arguments(
            new IOException("x"),
            1,
            5,
            ioDead,
            dead("IOException", "java.io.IOException: x", IOException.class)),
        arguments(
            new FileNotFoundException("x"),
            1,
            5,
            ioDead,
            dead(
                "FileNotFoundException",
                "java.io.FileNotFoundException: x",
                FileNotFoundException.class)),
        arguments(PLAIN, 1, 5, ioDead, SECOND),
        arguments(
            ioInside,
            1,
            5,
            ioDead,
            dead(
                "UncheckedIOException",
                "java.io.UncheckedIOException: java.io.IOException: x",
                UncheckedIOException.class)),
        arguments(new NoSuchFileException("x"), 1, 5, nearerWins, SECOND),
        arguments(
            new IOException("x"),
            1,
            5,
            nearerWins,
            dead("IOException", "java.io.IOException: x", IOException.class)),
        arguments(new IOException("x"), 1, 5, allDeadButIo, SECOND),
        arguments(new IOException("x"), 5, 5, allDeadButIo, max(new IOException("x"))),
        arguments(
            new IOException("x"),
            1,
            5,
            options().deadLetterOn(IOException.class).retryOn(IOException.class),
            SECOND),
        arguments(
            new CompletionException(new ExecutionException(new DeadLetterException("R", "d"))),
            1,
            5,
            options(),
            dead("R", "d", DeadLetterException.class)),
        arguments(
            new InvocationTargetException(new AbandonException("now")),
            1,
            5,
            options(),
            Settlement.abandon()),
        arguments(
            PLAIN,
            1,
            5,
            options().backoff(new BackoffPolicy(Duration.ZERO, 1, Duration.ZERO, 0)),
            Settlement.abandon()));
  }

  private static DeadLetter max(Throwable cause) {
    return dead(
        "MaxDeliveryCountExceeded",
        cause.getClass().getName() + ": " + cause.getMessage(),
        cause.getClass());
  }

  @ParameterizedTest
  @MethodSource("table")
  void decides(
      Throwable thrown,
      int delivery,
      int queueMax,
      ListenerOptions.Builder options,
      Settlement expected) {
    FailurePolicy policy = new FailurePolicy(options.build(), queueMax);
    assertThat(policy.settlementOf(thrown, delivery, true, 0.5)).isEqualTo(expected);
  }

  @Test
  void ofSeveralMessagesNoneIsDeadLetteredByTheTypeOfTheException() {
    FailurePolicy policy = new FailurePolicy(options().deadLetterOn(IOException.class).build(), 5);
    assertThat(policy.settlementOf(new IOException(), 1, false, 0.5))
        .isEqualTo(Settlement.abandon());
    assertThat(policy.settlementOf(new DeadLetterException("R", null), 1, false, 0.5))
        .isInstanceOf(DeadLetter.class);
    assertThat(policy.settlementOf(new IOException(), 5, false, 0.5))
        .isInstanceOf(DeadLetter.class);
  }

  @Test
  void textOfTheExceptionIsCut() {
    FailurePolicy policy = new FailurePolicy(options().maxRetries(0).build(), 5);
    DeadLetter dead =
        (DeadLetter) policy.settlementOf(new IOException("x".repeat(100_000)), 1, true, 0.5);
    assertThat(dead.description()).hasSizeLessThanOrEqualTo(1_000).endsWith("…");
  }

  @Test
  void chainOfCausesThatRunsInACircleEnds() {
    Exception one = new Exception("one");
    Exception two = new Exception("two", one);
    one.initCause(two);
    FailurePolicy policy = new FailurePolicy(options().deadLetterOn(IOException.class).build(), 5);
    assertThat(policy.settlementOf(one, 1, true, 0.5)).isEqualTo(SECOND);
  }
}
