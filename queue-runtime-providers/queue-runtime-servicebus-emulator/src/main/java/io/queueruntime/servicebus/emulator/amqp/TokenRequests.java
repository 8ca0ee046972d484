package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.management.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * The node that takes tokens. Shared access signatures must be signed with the namespace's key; of
 * other kinds of tokens only their being there can be checked. Confined to the loop of its
 * connection.
 */
final class TokenRequests implements RequestHandler {

  private static final String SIGNATURE_TYPE = "servicebus.windows.net:sastoken";

  /** How long a token counts that does not say so in words that are understood here. */
  private static final Duration UNKNOWN_LIFE = Duration.ofHours(1);

  private final SharedAccessKey key;
  private final FaultPoints faults;
  private final TokenGuard guard;

  TokenRequests(SharedAccessKey key, FaultPoints faults, TokenGuard guard) {
    this.key = key;
    this.faults = faults;
    this.guard = guard;
  }

  @Override
  public CompletableFuture<Response> handle(Request request) {
    return CompletableFuture.completedFuture(answer(request));
  }

  private Response answer(Request request) {
    if (!request.operation().equals("put-token")) {
      return refused(
          Condition.NOT_IMPLEMENTED,
          "Operation '%s' is not supported; tokens are put with 'put-token'."
              .formatted(request.operation()));
    }
    if (!(request.body() instanceof String token)) {
      return refused(Condition.UNAUTHORIZED, "The request carries no token as its value.");
    }
    Object name = request.properties().get("name");
    String audience = name == null ? "" : name.toString();
    ErrorCondition planted =
        faults.refusal(FaultPoints.Point.TOKEN, LinkAddress.parse(audience).entity());
    if (planted != null) {
      return Response.of(planted);
    }
    boolean signature = isSignature(request.properties());
    Optional<String> why = signature ? key.refusal(token, Instant.now()) : Optional.empty();
    if (why.isPresent()) {
      return refused(Condition.UNAUTHORIZED, why.get());
    }
    SharedAccessKey.Claim claim =
        signature
            ? SharedAccessKey.claim(token)
            : new SharedAccessKey.Claim(audience, Instant.now().plus(UNKNOWN_LIFE));
    return guard.put(claim.audience(), claim.expires())
        ? new Response(200, "OK", null, null)
        : refused(
            Condition.RESOURCE_LIMIT,
            "A connection has tokens for at most %d addresses.".formatted(Tokens.MAX_TOKENS));
  }

  private static boolean isSignature(Map<String, Object> properties) {
    @Nullable Object type = properties.get("type");
    return type == null || type.toString().equals(SIGNATURE_TYPE);
  }

  private static Response refused(Condition condition, String text) {
    return new Response(condition.status(), text, condition.symbol(), null);
  }
}
