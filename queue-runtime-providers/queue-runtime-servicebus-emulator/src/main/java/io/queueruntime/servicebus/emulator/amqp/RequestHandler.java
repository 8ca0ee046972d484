package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Condition;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** Answers the requests of one node. Called on the loop of the connection; must not block. */
interface RequestHandler {

  /**
   * One request. Immutable.
   *
   * @param operation its name
   * @param properties the application properties
   * @param body the value in its body
   * @param transaction the transaction it belongs to, if any
   */
  record Request(
      String operation,
      Map<String, Object> properties,
      @Nullable Object body,
      @Nullable Binary transaction) {}

  /**
   * One answer. Immutable.
   *
   * @param status as in HTTP
   * @param description for people
   * @param condition what went wrong, if something did
   * @param body names and values; null for none
   */
  record Response(
      int status,
      String description,
      @Nullable Symbol condition,
      @Nullable Map<String, Object> body) {

    /** Not done, for that reason. */
    static Response of(ErrorCondition why) {
      return new Response(
          Condition.statusOf(why.getCondition()), why.getDescription(), why.getCondition(), null);
    }
  }

  /** Never fails: what went wrong is an answer. */
  CompletableFuture<Response> handle(Request request);
}
