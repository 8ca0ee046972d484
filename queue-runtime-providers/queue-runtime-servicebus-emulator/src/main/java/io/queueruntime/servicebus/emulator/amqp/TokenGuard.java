package io.queueruntime.servicebus.emulator.amqp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * Lets a client reach the queues it has tokens for, where tokens are required: it refuses links
 * without one, ends links whose token has run out, and the connection of a client that puts none.
 * Where they are not it stands aside.
 *
 * <p>Confined to the loop of its connection.
 */
final class TokenGuard {

  /** How long a client may be connected before it puts its first token. */
  private static final Duration FIRST_TOKEN = Duration.ofSeconds(20);

  /** Timers are not set for longer, a token may live for years. */
  private static final Duration LONGEST_LOOK = Duration.ofHours(1);

  private final AmqpConnection connection;
  private final boolean required;
  private final InstantSource clock = InstantSource.system();
  private final Tokens tokens = new Tokens(clock);
  private SelectorLoop.@Nullable Timer timer;

  TokenGuard(AmqpConnection connection, boolean required) {
    this.connection = connection;
    this.required = required;
  }

  /** The client is connected, and is to put its first token. */
  void start() {
    if (required) {
      timer = connection.loop().after(FIRST_TOKEN, this::requireFirst);
    }
  }

  boolean isRequired() {
    return required;
  }

  /** Why the entity cannot be linked to, if so. */
  @Nullable ErrorCondition refusal(String entity) {
    return !required || tokens.reach(entity) ? null : unauthorized("'" + entity + "'");
  }

  /** Why a link that leads to no entity cannot be, if so: a client needs any token at all. */
  @Nullable ErrorCondition refusalOfAny() {
    return !required || tokens.areThere() ? null : unauthorized("any entity");
  }

  private static ErrorCondition unauthorized(String what) {
    return AmqpErrors.of(
        AmqpErrors.UNAUTHORIZED,
        "Unauthorized access. No valid token of this connection is for %s; put one to $cbs before linking, and again before it expires."
            .formatted(what));
  }

  /** Takes a valid token; false when the client has put too many. */
  boolean put(String audience, Instant end) {
    boolean taken = !required || tokens.put(audience, end);
    watch();
    return taken;
  }

  /** Takes the key itself instead of tokens. */
  void putKey() {
    tokens.putAll();
    watch();
  }

  private void watch() {
    if (!required) {
      return;
    }
    end();
    tokens.nextEnd().ifPresent(next -> timer = connection.loop().after(until(next), this::look));
  }

  private Duration until(Instant end) {
    Instant now = clock.instant();
    return end.isAfter(now.plus(LONGEST_LOOK)) ? LONGEST_LOOK : Duration.between(now, end);
  }

  /** Ends the links that no token is for any more. */
  private void look() {
    for (LinkRole role : connection.roles()) {
      String entity = role.entity();
      ErrorCondition why = entity.isEmpty() ? null : refusal(entity);
      if (why != null) {
        role.detach(why);
      }
    }
    watch();
  }

  private void requireFirst() {
    if (!tokens.areThere()) {
      connection.close(
          AmqpErrors.of(
              AmqpErrors.UNAUTHORIZED,
              "Unauthorized access. The connection has put no valid token within %d seconds."
                  .formatted(FIRST_TOKEN.toSeconds())));
    }
  }

  /** Watches no more: the connection is gone. */
  void end() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
