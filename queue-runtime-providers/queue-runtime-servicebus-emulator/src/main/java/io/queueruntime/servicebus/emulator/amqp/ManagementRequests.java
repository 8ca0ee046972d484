package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Condition;
import io.queueruntime.servicebus.emulator.management.HeldSessions;
import io.queueruntime.servicebus.emulator.management.Target;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The management of one entity, for one connection. Confined to the connection's loop. */
final class ManagementRequests implements RequestHandler {

  private final Served served;
  private final Transactions transactions;
  private final Target target;
  private final HeldSessions held;

  ManagementRequests(Served served, Transactions transactions, Target target, HeldSessions held) {
    this.served = served;
    this.transactions = transactions;
    this.target = target;
    this.held = held;
  }

  @Override
  public CompletableFuture<Response> handle(Request request) {
    if (request.transaction() != null && !transactions.isOpen(request.transaction())) {
      return CompletableFuture.completedFuture(
          new Response(
              Condition.NOT_ALLOWED.status(),
              "The request names a transaction that is not open.",
              Condition.NOT_ALLOWED,
              null));
    }
    Map<?, ?> body = request.body() instanceof Map<?, ?> map ? map : Map.of();
    return served
        .management()
        .perform(request.operation(), target, body, held)
        .thenApply(
            answer ->
                new Response(
                    answer.status(), answer.description(), answer.condition(), answer.body()));
  }
}
