package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.management.Condition;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The node that takes tokens. Shared access signatures must be signed with the namespace's key; of
 * other kinds of tokens only their being there can be checked. Immutable.
 */
final class TokenRequests implements RequestHandler {

  private static final String SIGNATURE_TYPE = "servicebus.windows.net:sastoken";

  private final SharedAccessKey key;

  TokenRequests(SharedAccessKey key) {
    this.key = key;
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
    Optional<String> why =
        isSignature(request.properties()) ? key.refusal(token, Instant.now()) : Optional.empty();
    return why.map(text -> refused(Condition.UNAUTHORIZED, text))
        .orElseGet(() -> new Response(200, "OK", null, null));
  }

  private static boolean isSignature(Map<String, Object> properties) {
    @Nullable Object type = properties.get("type");
    return type == null || type.toString().equals(SIGNATURE_TYPE);
  }

  private static Response refused(Condition condition, String text) {
    return new Response(condition.status(), text, condition, null);
  }
}
