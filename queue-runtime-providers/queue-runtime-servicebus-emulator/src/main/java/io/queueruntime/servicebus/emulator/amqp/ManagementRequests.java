package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.SubQueue;
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
  private final ServedQueue queue;
  private final Target target;
  private final HeldSessions held;

  ManagementRequests(
      AmqpConnection connection,
      Served served,
      Transactions transactions,
      ServedQueue queue,
      SubQueue subQueue,
      HeldSessions held) {
    this.connection = connection;
    this.served = served;
    this.transactions = transactions;
    this.queue = queue;
    this.target = new Target(queue.name(), subQueue, queue.sessions(), queue.maxMessageSize());
    this.held = held;
  }

  @Override
  public CompletableFuture<Response> handle(Request request) {
    ErrorCondition planted = planted(request.operation());
    if (planted != null) {
      return CompletableFuture.completedFuture(Response.of(planted));
    }
    Map<?, ?> body = request.body() instanceof Map<?, ?> map ? map : Map.of();
    Refusal refusal = refusal(request.operation());
    if (refusal != null) {
      return CompletableFuture.completedFuture(response(Answer.of(refusal)));
    }
    Binary transaction = request.transaction();
    CompletableFuture<Answer> answer =
        transaction == null
            ? served.management().perform(request.operation(), target, body, held)
            : within(transaction, request.operation(), body);
    return answer.thenApply(ManagementRequests::response);
  }

  private static Response response(Answer answer) {
    Condition condition = answer.condition();
    return new Response(
        answer.status(),
        answer.description(),
        condition == null ? null : condition.symbol(),
        answer.body());
  }

  /** Why a test wants the request to fail, if so. */
  private @Nullable ErrorCondition planted(String operation) {
    String name = queue.name().value();
    ErrorCondition why = served.faults().refusal(FaultPoints.Point.REQUEST, name);
    return why == null && operation.equals(Management.UPDATE_DISPOSITION)
        ? served.faults().refusal(FaultPoints.Point.SETTLE, name)
        : why;
  }

  private @Nullable Refusal refusal(String operation) {
    boolean sends = operation.equals(Management.SCHEDULE_MESSAGE);
    if (!sends && !operation.equals(Management.RECEIVE_BY_SEQUENCE_NUMBER)) {
      return served.isThere(queue) ? null : Refusal.notFound(queue.name().value());
    }
    Refusal why = served.refusalOfRequest(queue, sends);
    if (why == null) {
      served.accessed(queue);
    }
    return why;
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
