package io.queueruntime.servicebus.emulator.conformance;

import com.azure.core.amqp.AmqpRetryMode;
import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusMessageBatch;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverClient;
import com.azure.messaging.servicebus.ServiceBusTransactionContext;
import com.azure.messaging.servicebus.models.AbandonOptions;
import com.azure.messaging.servicebus.models.CompleteOptions;
import com.azure.messaging.servicebus.models.DeadLetterOptions;
import com.azure.messaging.servicebus.models.DeferOptions;
import com.azure.messaging.servicebus.models.ServiceBusReceiveMode;
import com.azure.messaging.servicebus.models.SubQueue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Azure's Java SDK. */
final class JavaStack implements Stack {

  private record Held(
      ServiceBusReceiverClient from,
      String place,
      Step receivedBy,
      ServiceBusReceivedMessage message) {}

  private final String connectionString;
  private final Map<String, ServiceBusClientBuilder> builders = new HashMap<>();
  private final Map<String, ServiceBusSenderClient> senders = new HashMap<>();
  private final Map<String, ServiceBusReceiverClient> receivers = new HashMap<>();
  private final List<AutoCloseable> closed = new ArrayList<>();
  private final Map<String, Held> held = new HashMap<>();
  private final Map<String, Long> numbers = new HashMap<>();
  private final Map<String, ServiceBusTransactionContext> transactions = new HashMap<>();

  JavaStack(String connectionString) {
    this.connectionString = connectionString;
  }

  @Override
  public String name() {
    return "java";
  }

  @Override
  public Outcome perform(Step step) {
    try {
      return dispatch(step);
    } catch (RuntimeException failed) {
      return JavaErrors.outcome(failed);
    }
  }

  private Outcome dispatch(Step step) {
    String first = step.words().isEmpty() ? "" : step.words().get(0);
    List<String> rest =
        step.words().isEmpty() ? List.of() : step.words().subList(1, step.words().size());
    return switch (step.verb()) {
      case "send" -> send(step, first, rest.get(0));
      case "batch" -> batch(step, first, rest);
      case "list" -> list(step, first, rest);
      case "schedule" -> schedule(step, first, rest);
      case "cancel" -> cancel(step, first, rest);
      case "receive" -> receive(step, first);
      case "deferred" -> hold(step, first, receiver(first, step), deferred(step, first, rest));
      case "peek" -> peek(step, first);
      case "complete", "abandon", "defer", "deadletter" -> settle(step, first);
      case "renew" ->
          Outcome.time(
              receiverOf(first)
                  .renewMessageLock(held.get(first).message())
                  .toInstant()
                  .toEpochMilli());
      case "accept", "next" -> accept(step, first, rest);
      case "state" -> {
        byte[] state = receivers.get(first).getSessionState();
        yield Outcome.of(state == null ? "null" : new String(state, StandardCharsets.UTF_8));
      }
      case "setstate" -> {
        byte[] state = rest.isEmpty() ? null : rest.get(0).getBytes(StandardCharsets.UTF_8);
        receivers.get(first).setSessionState(state);
        yield Outcome.OK;
      }
      case "renewsession" ->
          Outcome.time(receivers.get(first).renewSessionLock().toInstant().toEpochMilli());
      case "close" -> {
        receivers.remove(first.startsWith("@") ? first : key(first, step)).close();
        yield Outcome.OK;
      }
      case "begin" -> {
        transactions.put(first, sender(rest.get(0), step).createTransaction());
        yield Outcome.OK;
      }
      case "commit" -> {
        sender(rest.get(0), step).commitTransaction(transactions.get(first));
        yield Outcome.OK;
      }
      case "rollback" -> {
        sender(rest.get(0), step).rollbackTransaction(transactions.get(first));
        yield Outcome.OK;
      }
      default -> throw new IllegalArgumentException("There is no verb " + step.verb() + ".");
    };
  }

  private ServiceBusClientBuilder builder(Step step, Duration timeout) {
    String client = step.option("client", "1");
    return builders.computeIfAbsent(
        client + "/" + timeout,
        key -> {
          ServiceBusClientBuilder builder =
              new ServiceBusClientBuilder()
                  .connectionString(connectionString)
                  .retryOptions(
                      new AmqpRetryOptions()
                          .setMode(AmqpRetryMode.FIXED)
                          .setMaxRetries(0)
                          .setDelay(Duration.ofMillis(20))
                          .setTryTimeout(timeout));
          return client.equals("x") ? builder.enableCrossEntityTransactions() : builder;
        });
  }

  private ServiceBusClientBuilder builder(Step step) {
    return builder(step, Duration.ofSeconds(60));
  }

  private ServiceBusSenderClient sender(String queue, Step step) {
    return senders.computeIfAbsent(
        queue + "/" + step.option("client", "1"),
        key -> builder(step).sender().queueName(queue).buildClient());
  }

  private static String key(String queue, Step step) {
    return String.join(
        "/", queue, step.option("sub", ""), step.option("mode", ""), step.option("client", "1"));
  }

  private ServiceBusReceiverClient receiver(String place, Step step) {
    if (place.startsWith("@")) {
      return receivers.get(place);
    }
    return receivers.computeIfAbsent(
        key(place, step),
        key ->
            builder(step)
                .receiver()
                .queueName(place)
                .subQueue(
                    step.option("sub", "").equals("dead")
                        ? SubQueue.DEAD_LETTER_QUEUE
                        : SubQueue.NONE)
                .receiveMode(mode(step))
                .maxAutoLockRenewDuration(Duration.ZERO)
                .disableAutoComplete()
                .buildClient());
  }

  private static ServiceBusReceiveMode mode(Step step) {
    return step.option("mode", "").equals("delete")
        ? ServiceBusReceiveMode.RECEIVE_AND_DELETE
        : ServiceBusReceiveMode.PEEK_LOCK;
  }

  private Outcome send(Step step, String queue, String id) {
    ServiceBusMessage message = JavaMessages.of(id, step);
    if (step.options().containsKey("tx")) {
      sender(queue, step).sendMessage(message, transactions.get(step.options().get("tx")));
    } else {
      sender(queue, step).sendMessage(message);
    }
    return Outcome.OK;
  }

  private Outcome batch(Step step, String queue, List<String> ids) {
    ServiceBusMessageBatch batch = sender(queue, step).createMessageBatch();
    for (String id : ids) {
      if (!batch.tryAddMessage(JavaMessages.of(id, step))) {
        return Outcome.error("size-exceeded", "the batch is full");
      }
    }
    if (step.options().containsKey("tx")) {
      sender(queue, step).sendMessages(batch, transactions.get(step.options().get("tx")));
    } else {
      sender(queue, step).sendMessages(batch);
    }
    return Outcome.OK;
  }

  private Outcome list(Step step, String queue, List<String> ids) {
    sender(queue, step).sendMessages(ids.stream().map(id -> JavaMessages.of(id, step)).toList());
    return Outcome.OK;
  }

  private Outcome schedule(Step step, String queue, List<String> ids) {
    OffsetDateTime at = OffsetDateTime.now().plus(Duration.ofMillis(step.count("at", 0)));
    List<ServiceBusMessage> messages =
        ids.stream().map(id -> JavaMessages.unscheduled(id, step)).toList();
    List<Long> given = new ArrayList<>();
    // The SDK's iterable schedules anew each time it is walked over.
    if (step.options().containsKey("tx")) {
      sender(queue, step)
          .scheduleMessages(messages, at, transactions.get(step.options().get("tx")))
          .forEach(given::add);
    } else {
      sender(queue, step).scheduleMessages(messages, at).forEach(given::add);
    }
    for (int i = 0; i < given.size(); i++) {
      numbers.put(ids.get(i), given.get(i));
    }
    return Outcome.of(String.join(" ", given.stream().map(String::valueOf).toList()));
  }

  private Outcome cancel(Step step, String queue, List<String> ids) {
    sender(queue, step).cancelScheduledMessages(ids.stream().map(this::number).toList());
    return Outcome.OK;
  }

  private Outcome receive(Step step, String place) {
    int wanted = step.count("n", 1);
    ServiceBusReceiverClient from = receiver(place, step);
    Duration wait = Duration.ofMillis(step.count("wait", 60_000));
    List<ServiceBusReceivedMessage> messages = new ArrayList<>();
    int before;
    do { // the SDK waits for the first message only, and a second for each further one
      before = messages.size();
      from.receiveMessages(wanted - before, wait).forEach(messages::add);
    } while (before < messages.size() && messages.size() < wanted);
    if (messages.size() < wanted && !place.startsWith("@")) {
      // What was asked for and not given would be given later, to nobody.
      receivers.remove(key(place, step));
      from.close();
    }
    return hold(step, place, from, messages);
  }

  private List<ServiceBusReceivedMessage> deferred(Step step, String place, List<String> ids) {
    List<ServiceBusReceivedMessage> messages = new ArrayList<>();
    receiver(place, step)
        .receiveDeferredMessageBatch(ids.stream().map(this::number).toList())
        .forEach(messages::add);
    return messages;
  }

  private Outcome peek(Step step, String place) {
    List<ServiceBusReceivedMessage> messages = new ArrayList<>();
    long from = step.options().containsKey("from") ? number(step.options().get("from")) : 1;
    receiver(place, step).peekMessages(step.count("n", 50), from).forEach(messages::add);
    return Outcome.messages(messages.stream().map(this::view).toList());
  }

  private Outcome settle(Step step, String id) {
    ServiceBusReceiverClient from = receiverOf(id);
    ServiceBusReceivedMessage message = held.get(id).message();
    ServiceBusTransactionContext transaction = transactions.get(step.option("tx", ""));
    Map<String, Object> edits = JavaMessages.propertiesIn(step);
    Map<String, Object> properties = edits.isEmpty() ? null : edits;
    switch (step.verb()) {
      case "complete" ->
          from.complete(message, new CompleteOptions().setTransactionContext(transaction));
      case "abandon" ->
          from.abandon(
              message,
              new AbandonOptions()
                  .setPropertiesToModify(properties)
                  .setTransactionContext(transaction));
      case "defer" ->
          from.defer(
              message,
              new DeferOptions()
                  .setPropertiesToModify(properties)
                  .setTransactionContext(transaction));
      default ->
          from.deadLetter(
              message,
              new DeadLetterOptions()
                  .setDeadLetterReason(step.options().get("reason"))
                  .setDeadLetterErrorDescription(step.options().get("description"))
                  .setPropertiesToModify(properties)
                  .setTransactionContext(transaction));
    }
    return Outcome.OK;
  }

  /** The receiver that got the message, or, when it is closed, another one of its queue. */
  private ServiceBusReceiverClient receiverOf(String id) {
    Held known = held.get(id);
    return receivers.containsValue(known.from()) || known.place().startsWith("@")
        ? known.from()
        : receiver(known.place(), known.receivedBy());
  }

  private Outcome accept(Step step, String queue, List<String> rest) {
    ServiceBusSessionReceiverClient acceptor =
        builder(step, Duration.ofMillis(step.count("wait", 60_000)))
            .sessionReceiver()
            .queueName(queue)
            .receiveMode(mode(step))
            .maxAutoLockRenewDuration(Duration.ZERO)
            .disableAutoComplete()
            .buildClient();
    closed.add(acceptor);
    ServiceBusReceiverClient session =
        rest.isEmpty() ? acceptor.acceptNextSession() : acceptor.acceptSession(rest.get(0));
    receivers.put("@" + step.option("as", rest.isEmpty() ? "" : rest.get(0)), session);
    return Outcome.of("session " + session.getSessionId());
  }

  private Outcome hold(
      Step step,
      String place,
      ServiceBusReceiverClient from,
      List<ServiceBusReceivedMessage> messages) {
    messages.forEach(
        message -> held.put(message.getMessageId(), new Held(from, place, step, message)));
    return Outcome.messages(messages.stream().map(this::view).toList());
  }

  private Map<String, String> view(ServiceBusReceivedMessage message) {
    numbers.put(message.getMessageId(), message.getSequenceNumber());
    return JavaMessages.view(message);
  }

  private long number(String word) {
    return word.matches("\\d+") ? Long.parseLong(word) : numbers.getOrDefault(word, -1L);
  }

  @Override
  public void endScenario() {
    receivers.values().forEach(ServiceBusReceiverClient::close);
    senders.values().forEach(ServiceBusSenderClient::close);
    for (AutoCloseable acceptor : closed) {
      try {
        acceptor.close();
      } catch (Exception failed) {
        throw new IllegalStateException("A client could not be closed.", failed);
      }
    }
    receivers.clear();
    senders.clear();
    closed.clear();
    held.clear();
    numbers.clear();
    transactions.clear();
  }

  @Override
  public void close() {
    endScenario();
  }
}
