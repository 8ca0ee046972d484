package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Answer;
import io.queueruntime.servicebus.emulator.management.Condition;
import io.queueruntime.servicebus.emulator.management.HeldSessions;
import io.queueruntime.servicebus.emulator.management.Management;
import io.queueruntime.servicebus.emulator.management.Refusal;
import io.queueruntime.servicebus.emulator.management.Target;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** The management of one entity, for one connection. Confined to the connection's loop. */
final class ManagementRequests implements RequestHandler {

  private final AmqpConnection connection;
  private final Served served;
  private final Transactions transactions;
  private final Target target;
  private final HeldSessions held;

  ManagementRequests(
      AmqpConnection connection,
      Served served,
      Transactions transactions,
      Target target,
      HeldSessions held) {
    this.connection = connection;
    this.served = served;
    this.transactions = transactions;
    this.target = target;
    this.held = held;
  }

  @Override
  public CompletableFuture<Response> handle(Request request) {
    Map<?, ?> body = request.body() instanceof Map<?, ?> map ? map : Map.of();
    Refusal disabled = disabled(request.operation());
    if (disabled != null) {
      return CompletableFuture.completedFuture(response(Answer.of(disabled)));
    }
    Binary transaction = request.transaction();
    CompletableFuture<Answer> answer =
        transaction == null
            ? served.management().perform(request.operation(), target, body, held)
            : within(transaction, request.operation(), body);
    return answer.thenApply(ManagementRequests::response);
  }

  private static Response response(Answer answer) {
    return new Response(answer.status(), answer.description(), answer.condition(), answer.body());
  }

  private @Nullable Refusal disabled(String operation) {
    return switch (operation) {
      case Management.SCHEDULE_MESSAGE -> served.refusalOfRequest(target.queue(), true);
      case Management.RECEIVE_BY_SEQUENCE_NUMBER -> served.refusalOfRequest(target.queue(), false);
      default -> null;
    };
  }

  private CompletableFuture<Answer> within(Binary transaction, String operation, Map<?, ?> body) {
    if (!transactions.isOpen(transaction)) {
      return refused("The request names a transaction that is not open.");
    }
    CompletableFuture<Answer> told = new CompletableFuture<>();
    connection.then(
        served.management().enlist(operation, target, body),
        (enlisted, failure) -> {
          if (enlisted == null) {
            told.completeExceptionally(failure == null ? new IllegalStateException() : failure);
            return;
          }
          ErrorCondition why = transactions.enlist(transaction, enlisted.parts());
          told.complete(
              why == null
                  ? enlisted.answer()
                  : Answer.of(new Refusal(Condition.NOT_ALLOWED, why.getDescription())));
        });
    return told;
  }

  private static CompletableFuture<Answer> refused(String text) {
    return CompletableFuture.completedFuture(Answer.of(new Refusal(Condition.NOT_ALLOWED, text)));
  }
}
