package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.DescribedType;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * A receiver's attach that waits for its session: one that is named, or the next that has messages.
 * Until then the client hears nothing; once it has given up it never does.
 *
 * <p>Confined to the loop of its connection.
 */
final class SessionAttach implements LinkRole {

  private static final Symbol TIMEOUT = Symbol.valueOf("com.microsoft:timeout");
  private static final Symbol LOCKED_UNTIL = Symbol.valueOf("com.microsoft:locked-until-utc");
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

  /** The client's patience goes by its own clock, the engine's waits by the queues'. */
  private static final Duration UNTIL_CANCELLED = Duration.ofDays(365);

  /** 100-nanosecond ticks from year 1, where .NET's time begins, to 1970. */
  private static final long TICKS_TO_1970 = 621_355_968_000_000_000L;

  private final AmqpConnection connection;
  private final Served served;
  private final Attaching attaching;
  private final Sender link;
  private final ServedQueue queue;
  private @Nullable CompletableFuture<?> accepting;
  private SelectorLoop.@Nullable Timer timer;
  private boolean over;

  SessionAttach(
      AmqpConnection connection,
      Served served,
      Attaching attaching,
      Sender link,
      ServedQueue queue) {
    this.connection = connection;
    this.served = served;
    this.attaching = attaching;
    this.link = link;
    this.queue = queue;
  }

  /** Asks for the session that the source's filter names, or for the next one. */
  void begin(Source source) {
    connection.assign(link, this);
    String name = sessionName(source.getFilter());
    if (name == null) {
      Duration patience = patience(link.getRemoteProperties());
      timer = connection.loop().after(patience, () -> timedOut(patience));
      acceptNext(source);
      return;
    }
    try {
      acceptNamed(source, SessionId.of(name));
    } catch (ValidationFailed invalid) {
      refuse(AmqpErrors.of(AmqpErrors.OUT_OF_RANGE, String.valueOf(invalid.getMessage())));
    }
  }

  private void acceptNamed(Source source, SessionId id) {
    CompletableFuture<SessionHold> answer =
        served.engine().acceptSession(queue.name(), id, Duration.ZERO);
    accepting = answer;
    connection.then(
        answer,
        (hold, failure) -> {
          if (hold != null) {
            accepted(source, hold);
          } else if (!over && failure != null) {
            ErrorCondition why = AmqpErrors.of(failure, true);
            refuse(
                AmqpErrors.SESSION_LOCKED.equals(why.getCondition())
                    ? AmqpErrors.of(
                        AmqpErrors.SESSION_LOCKED,
                        "The requested session '%s' cannot be accepted. It may be locked by another receiver."
                            .formatted(id))
                    : why);
          }
        });
  }

  private void acceptNext(Source source) {
    if (over) {
      return;
    }
    if (!served.isThere(queue)) {
      refuse(AmqpErrors.notFound(queue.name().value()));
      return;
    }
    CompletableFuture<Optional<SessionHold>> answer =
        served.engine().acceptNextSession(queue.name(), UNTIL_CANCELLED);
    accepting = answer;
    connection.then(
        answer,
        (found, failure) -> {
          if (found != null && found.isPresent()) {
            accepted(source, found.get());
          } else if (over) {
            return;
          } else if (failure != null && served.isBeingEmptied(queue, failure)) {
            connection.loop().after(Served.EMPTYING, () -> acceptNext(source));
          } else if (failure != null) {
            refuse(AmqpErrors.of(failure, true));
          } else {
            acceptNext(source);
          }
        });
  }

  private void accepted(Source source, SessionHold hold) {
    if (over) {
      served.engine().releaseSession(hold);
      return;
    }
    finish();
    connection.reassign(this);
    Source answer = Attaching.copy(source);
    Map<Symbol, Object> filter = new HashMap<>();
    filter.put(Attaching.SESSION_FILTER, hold.sessionId().value());
    answer.setFilter(filter);
    link.setSource(answer);
    Map<Symbol, Object> properties = new HashMap<>();
    properties.put(LOCKED_UNTIL, ticks(hold.lockedUntil().minus(served.offset())));
    link.setProperties(properties);
    attaching.open(
        link, queue, new MessageSource(served.engine(), queue.name(), SubQueue.MAIN, hold));
  }

  private void timedOut(Duration patience) {
    if (!over) {
      refuse(
          AmqpErrors.of(
              AmqpErrors.TIMEOUT,
              "The operation did not complete within the allotted timeout of %s: no session of entity '%s' had a message that nobody else holds."
                  .formatted(patience, queue.name())));
    }
  }

  private void refuse(ErrorCondition why) {
    finish();
    connection.reassign(this);
    attaching.refuse(link, why);
  }

  private void finish() {
    over = true;
    if (timer != null) {
      timer.cancel();
    }
    if (accepting != null) {
      accepting.cancel(false);
    }
  }

  @Override
  public void gone() {
    finish();
  }

  @Override
  public CompletableFuture<?> recheck() {
    ErrorCondition why = served.refusalOfAttach(queue, false);
    if (why != null && !over) {
      refuse(why);
    }
    return LinkRole.super.recheck();
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    if (!over) {
      refuse(why == null ? AmqpErrors.of(AmqpErrors.INTERNAL, "The link is detached.") : why);
    }
  }

  @Override
  public void delivery(Delivery delivery) {}

  @Override
  public String entity() {
    return queue.name().value();
  }

  /** Ticks of 100 nanoseconds since year 1. */
  static long ticks(Instant time) {
    return TICKS_TO_1970 + time.getEpochSecond() * 10_000_000L + time.getNano() / 100;
  }

  private static @Nullable String sessionName(Map<?, ?> filter) {
    Object value = filter.get(Attaching.SESSION_FILTER);
    if (value instanceof DescribedType described) {
      value = described.getDescribed();
    }
    return value == null ? null : value.toString();
  }

  private static Duration patience(@Nullable Map<Symbol, Object> properties) {
    Object value = properties == null ? null : properties.get(TIMEOUT);
    if (!(value instanceof Number number) || number.longValue() < 0) {
      return DEFAULT_TIMEOUT;
    }
    Duration asked = Duration.ofMillis(number.longValue());
    return asked.compareTo(LONGEST_TIMEOUT) > 0 ? LONGEST_TIMEOUT : asked;
  }
}
