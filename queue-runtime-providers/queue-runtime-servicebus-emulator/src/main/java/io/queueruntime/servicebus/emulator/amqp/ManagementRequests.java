package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.SequenceNumber;
import io.queueruntime.servicebus.emulator.management.Answer;
import io.queueruntime.servicebus.emulator.management.Condition;
import io.queueruntime.servicebus.emulator.management.HeldSessions;
import io.queueruntime.servicebus.emulator.management.Management;
import io.queueruntime.servicebus.emulator.management.Refusal;
import io.queueruntime.servicebus.emulator.management.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    if (operation.equals(Management.UPDATE_DISPOSITION)) {
      return served
          .management()
          .enlist(
              target,
              body,
              parts -> {
                ErrorCondition why = transactions.enlist(transaction, parts);
                return Optional.ofNullable(why == null ? null : why.getDescription());
              });
    }
    if (!operation.equals(Management.SCHEDULE_MESSAGE)) {
      return refused("Operation '%s' cannot be part of a transaction.".formatted(operation));
    }
    CompletableFuture<Answer> told = new CompletableFuture<>();
    connection.then(
        served.management().perform(operation, target, body, held),
        (answer, failure) -> {
          if (answer == null) {
            told.completeExceptionally(failure == null ? new IllegalStateException() : failure);
            return;
          }
          // Clients are told the numbers at once, so it is scheduled before the commit.
          transactions.onRollback(transaction, () -> numbers(answer).forEach(this::cancel));
          told.complete(answer);
        });
    return told;
  }

  private void cancel(SequenceNumber number) {
    served.engine().cancelScheduled(target.queue(), number);
  }

  private static List<SequenceNumber> numbers(Answer answer) {
    return answer.body() != null && answer.body().get("sequence-numbers") instanceof Long[] numbers
        ? Arrays.stream(numbers).map(SequenceNumber::of).toList()
        : List.of();
  }

  private static CompletableFuture<Answer> refused(String text) {
    return CompletableFuture.completedFuture(Answer.of(new Refusal(Condition.NOT_ALLOWED, text)));
  }
}
