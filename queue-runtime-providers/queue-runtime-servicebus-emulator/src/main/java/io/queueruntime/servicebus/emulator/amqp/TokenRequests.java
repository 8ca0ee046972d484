package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Condition;
import java.util.concurrent.CompletableFuture;

/** The node that takes tokens. Immutable. */
final class TokenRequests implements RequestHandler {

  @Override
  public CompletableFuture<Response> handle(Request request) {
    if (!request.operation().equals("put-token")) {
      return CompletableFuture.completedFuture(
          new Response(
              Condition.NOT_IMPLEMENTED.status(),
              "Operation '%s' is not supported; tokens are put with 'put-token'."
                  .formatted(request.operation()),
              Condition.NOT_IMPLEMENTED,
              null));
    }
    return CompletableFuture.completedFuture(new Response(200, "OK", null, null));
  }
}
