package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.listener.AckMode;
import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.QueueListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.StringUtils;

/**
 * Reads the attributes of one annotation: the settings of its listener before it, the settings of
 * all listeners after it. Remembers where each value came from, so that a later check can name the
 * place.
 *
 * <p>Confined to its caller.
 */
final class ListenerAttributes {

  private static final String LISTENER = QueueRuntimeProperties.PREFIX + ".listener";

  /**
   * A value and the place it was set at.
   *
   * @param source the property with its origin, or the attribute and the annotated method
   * @param edit what to change to change the value
   */
  record Sourced<T>(T value, String source, String edit) {}

  private final MergedAnnotation<QueueListener> annotation;
  private final String where;
  private final String overridePrefix;
  private final AnnotationTexts texts;
  private final ConfiguredProperties configured;
  private final Consumer<StartupProblem> problems;

  ListenerAttributes(
      MergedAnnotation<QueueListener> annotation,
      String where,
      String overridePrefix,
      AnnotationTexts texts,
      ConfiguredProperties configured,
      Consumer<StartupProblem> problems) {
    this.annotation = annotation;
    this.where = where;
    this.overridePrefix = overridePrefix;
    this.texts = texts;
    this.configured = configured;
    this.problems = problems;
  }

  /** One attribute; null where neither a property nor the annotation says anything. */
  private <T> @Nullable Sourced<T> read(
      String attribute,
      String text,
      @Nullable T overridden,
      Function<String, T> reader,
      Expectation expected) {
    if (overridden != null) {
      String property = overridePrefix + "." + dashed(attribute);
      return new Sourced<>(overridden, configured.withOrigin(property), property);
    }
    String value = text.isEmpty() ? "" : resolved(attribute, text);
    if (!value.isEmpty()) {
      try {
        return new Sourced<>(
            reader.apply(value), attribute + " of " + where, attribute + " of " + where);
      } catch (IllegalArgumentException | ValidationFailed e) {
        problems.accept(
            StartupProblem.failure(
                expected.code,
                "%s of %s is \"%s\"; allowed is %s."
                    .formatted(attribute, where, value, expected.allowed),
                "Write e.g. %s = \"%s\".".formatted(attribute, expected.example)));
      }
    }
    return null;
  }

  /**
   * One attribute; as all listeners are where neither a property nor the annotation says anything.
   */
  private <T> Sourced<T> read(
      String attribute,
      String text,
      @Nullable T overridden,
      T inherited,
      Function<String, T> reader,
      Expectation expected) {
    Sourced<T> own = read(attribute, text, overridden, reader, expected);
    return own == null ? inherited(attribute, inherited) : own;
  }

  private <T> Sourced<T> inherited(String attribute, T value) {
    String shared = LISTENER + "." + dashed(attribute);
    boolean sharedIsSet = configured.find(shared).isPresent();
    return new Sourced<>(
        value,
        configured.withOrigin(shared),
        sharedIsSet ? shared : overridePrefix + "." + dashed(attribute));
  }

  /** What an attribute takes, for the one who wrote something else. */
  private record Expectation(String code, String allowed, String example) {}

  private static final Expectation DURATION =
      new Expectation("QR-139", "a duration such as 500ms, 30s, 5m or 0", "30s");
  private static final Expectation WHOLE_NUMBER = new Expectation("QR-139", "a whole number", "5");
  private static final Expectation DECIMAL = new Expectation("QR-139", "a number", "2");
  private static final Expectation TRUTH = new Expectation("QR-139", "true or false", "true");
  private static final Expectation ACK_MODE = new Expectation("QR-139", "AUTO or MANUAL", "MANUAL");
  private static final Expectation CONCURRENCY =
      new Expectation(
          "QR-135", "a number from 1 to " + Concurrency.LIMIT + " or a range such as 2-16", "4");

  private String text(String attribute) {
    return annotation.getString(attribute);
  }

  private String resolved(String attribute, String text) {
    try {
      return texts.resolve(text);
    } catch (RuntimeException e) {
      problems.accept(unresolvable(attribute, text, e));
      return "";
    }
  }

  private StartupProblem unresolvable(String attribute, String text, RuntimeException e) {
    return StartupProblem.failure(
        "QR-140",
        "%s of %s is \"%s\", which cannot be resolved: %s"
            .formatted(attribute, where, text, e.getMessage()),
        "Set the property, or give it a default as in ${name:default}.");
  }

  /** Texts of an attribute that takes several, resolved. */
  List<String> strings(String attribute) {
    return strings(attribute, Arrays.asList(annotation.getStringArray(attribute)));
  }

  List<String> strings(String what, List<String> from) {
    try {
      return texts.resolveAll(from);
    } catch (RuntimeException e) {
      problems.accept(unresolvable(what, String.join(", ", from), e));
      return List.of();
    }
  }

  String string(String attribute, @Nullable String overridden) {
    return overridden == null ? resolved(attribute, text(attribute)) : overridden;
  }

  /** How much is in work at once; null where nobody says so. */
  @Nullable Sourced<Concurrency> concurrency(
      @Nullable String overridden, @Nullable String inherited) {
    Concurrency shared = configuredConcurrency(LISTENER, inherited);
    Sourced<Concurrency> own =
        read(
            "concurrency",
            text("concurrency"),
            configuredConcurrency(overridePrefix, overridden),
            Concurrency::parse,
            CONCURRENCY);
    return own == null && shared != null ? inherited("concurrency", shared) : own;
  }

  private @Nullable Concurrency configuredConcurrency(String prefix, @Nullable String text) {
    if (!StringUtils.hasText(text)) {
      return null;
    }
    try {
      return Concurrency.parse(text);
    } catch (ValidationFailed e) {
      String property = prefix + ".concurrency";
      problems.accept(
          StartupProblem.failure(
              "QR-135",
              "%s is \"%s\"; allowed is %s."
                  .formatted(configured.withOrigin(property), text, CONCURRENCY.allowed),
              "Set %s, e.g. to \"4\".".formatted(property)));
      return null;
    }
  }

  Sourced<AckMode> ackMode(@Nullable AckMode overridden, AckMode inherited) {
    return read(
        "ackMode",
        text("ackMode"),
        overridden,
        inherited,
        text -> AckMode.valueOf(text.toUpperCase(Locale.ROOT)),
        ACK_MODE);
  }

  Sourced<Duration> duration(String attribute, @Nullable Duration overridden, Duration inherited) {
    return notNegative(
        read(
            attribute,
            text(attribute),
            overridden,
            inherited,
            DurationStyle::detectAndParse,
            DURATION));
  }

  /** A number for which there is no setting of all listeners; null where nobody says so. */
  @Nullable Sourced<Integer> number(String attribute, @Nullable Integer overridden) {
    return read(attribute, text(attribute), overridden, Integer::valueOf, WHOLE_NUMBER);
  }

  Sourced<Boolean> truth(String attribute, @Nullable Boolean overridden, boolean inherited) {
    return read(
        attribute, text(attribute), overridden, inherited, ListenerAttributes::parseTruth, TRUTH);
  }

  Sourced<Duration> backoffDuration(
      String attribute, @Nullable Duration overridden, Duration inherited) {
    String name = "backoff." + attribute;
    return notNegative(
        read(
            name,
            backoff(attribute),
            overridden,
            inherited,
            DurationStyle::detectAndParse,
            DURATION));
  }

  Sourced<Double> backoffNumber(String attribute, @Nullable Double overridden, double inherited) {
    return read(
        "backoff." + attribute,
        backoff(attribute),
        overridden,
        inherited,
        Double::valueOf,
        DECIMAL);
  }

  private String backoff(String attribute) {
    return annotation.getAnnotation("backoff", Backoff.class).getString(attribute);
  }

  private Sourced<Duration> notNegative(Sourced<Duration> read) {
    if (!read.value().isNegative()) {
      return read;
    }
    problems.accept(
        StartupProblem.failure(
            "QR-139",
            "%s is %s; allowed is 0 or more."
                .formatted(read.source(), ListenerChecks.shown(read.value())),
            "Correct %s, e.g. to 30s.".formatted(read.edit())));
    return new Sourced<>(Duration.ZERO, read.source(), read.edit());
  }

  private static boolean parseTruth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private static String dashed(String attribute) {
    return attribute.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }
}
