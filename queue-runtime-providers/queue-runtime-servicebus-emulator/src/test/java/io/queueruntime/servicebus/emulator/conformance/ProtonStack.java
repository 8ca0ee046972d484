package io.queueruntime.servicebus.emulator.conformance;

import io.queueruntime.servicebus.emulator.conformance.RawLinks.Arrived;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transaction.Declare;
import org.apache.qpid.proton.amqp.transaction.Declared;
import org.apache.qpid.proton.amqp.transaction.Discharge;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.message.Message;

/**
 * proton-j's engine without any SDK: what is on the wire, and nothing that an SDK adds or hides.
 */
final class ProtonStack implements Stack {

  private static final Binary NEVER_BEGUN = new Binary(new byte[] {1, 2, 3});
  private static final Duration TURN = Duration.ofMillis(5);
  private static final long BATCH_FORMAT = 0x80013700L;

  /** A held message: from a link, or from a request, which has a token only. */
  private record Held(RawLinks on, String queue, String session, Arrived arrived, UUID token) {}

  private final int port;
  private final Map<String, RawConnection> connections = new HashMap<>();
  private final Map<String, RawLinks> links = new HashMap<>();
  private final Map<String, Receiver> receivers = new HashMap<>();
  private final Map<String, String> placeQueues = new HashMap<>();
  private final Map<String, RawLinks> placeLinks = new HashMap<>();
  private final Map<String, Held> held = new HashMap<>();
  private final Map<String, Long> numbers = new HashMap<>();
  private final Map<String, Binary> transactions = new HashMap<>();

  ProtonStack(int port) {
    this.port = port;
  }

  @Override
  public String name() {
    return "proton";
  }

  @Override
  public Outcome perform(Step step) {
    try {
      return dispatch(step);
    } catch (RawFailure failed) {
      return Outcome.error(
          ConditionNames.of(failed.condition()), String.valueOf(failed.getMessage()));
    } catch (RuntimeException failed) {
      return Outcome.error(failed.getClass().getSimpleName(), String.valueOf(failed.getMessage()));
    }
  }

  private Outcome dispatch(Step step) {
    String first = step.words().isEmpty() ? "" : step.words().get(0);
    List<String> rest =
        step.words().isEmpty() ? List.of() : step.words().subList(1, step.words().size());
    return switch (step.verb()) {
      case "send" -> sent(links(step).send(first, 0, bytes(rest.get(0), step), state(step, null)));
      case "batch", "list" -> batch(step, first, rest);
      case "schedule" -> schedule(step, first, rest);
      case "cancel" -> {
        manage(step, first, "cancel-scheduled-message", numbers(rest), null);
        yield Outcome.OK;
      }
      case "receive" -> receive(step, first);
      case "deferred" -> deferred(step, first, rest);
      case "peek" -> peek(step, first);
      case "complete", "abandon", "defer", "deadletter", "release", "reject" -> settle(step, first);
      case "renew" -> renew(held.get(first));
      case "accept", "next" -> accept(step, first, rest);
      case "state", "setstate", "renewsession" -> session(step, first, rest);
      case "close" -> close(step, first);
      case "begin", "commit", "rollback" -> transaction(step, first);
      case "gone" -> {
        String key = first.startsWith("@") ? first : key(first, step);
        placeLinks.getOrDefault(first, links(step)).awaitDetach(receivers.get(key));
        yield Outcome.OK;
      }
      case "ask" -> {
        links(step).request(first + "/$management", rest.get(0), Map.of(), null);
        yield Outcome.OK;
      }
      case "listsessions" -> listSessions(step, first);
      case "deletebatch" -> deleteBatch(step, first);
      case "fire" -> {
        links(step).fire(first, bytes(rest.get(0), step));
        yield Outcome.OK;
      }
      case "hangup" -> hangUp(step);
      default -> throw new IllegalArgumentException("There is no verb " + step.verb() + ".");
    };
  }

  private RawLinks links(Step step) {
    String client = step.option("client", "1");
    RawConnection connection = connections.computeIfAbsent(client, key -> new RawConnection(port));
    return links.computeIfAbsent(client, key -> new RawLinks(connection));
  }

  private static byte[] bytes(String id, Step step) {
    return RawMessages.encode(RawMessages.of(id, step));
  }

  /** The outcome as part of a transaction, if the step names one. */
  private DeliveryState state(Step step, DeliveryState outcome) {
    if (!step.options().containsKey("tx")) {
      return outcome;
    }
    TransactionalState state = new TransactionalState();
    state.setTxnId(transactions.get(step.options().get("tx")));
    state.setOutcome((org.apache.qpid.proton.amqp.messaging.Outcome) outcome);
    return state;
  }

  private static Outcome sent(DeliveryState answer) {
    Object outcome =
        answer instanceof TransactionalState transactional ? transactional.getOutcome() : answer;
    if (outcome instanceof Rejected rejected && rejected.getError() != null) {
      throw RawFailure.of(rejected.getError());
    }
    return outcome instanceof Accepted ? Outcome.OK : Outcome.of(String.valueOf(outcome));
  }

  private Outcome batch(Step step, String queue, List<String> ids) {
    List<byte[]> messages = ids.stream().map(id -> bytes(id, step)).toList();
    List<byte[]> sections = new ArrayList<>();
    int size = 0;
    for (byte[] message : messages) {
      Message section = Proton.message();
      section.setBody(new Data(new Binary(message)));
      sections.add(RawMessages.encode(section));
      size += sections.get(sections.size() - 1).length;
    }
    byte[] all = new byte[size];
    int at = 0;
    for (byte[] section : sections) {
      System.arraycopy(section, 0, all, at, section.length);
      at += section.length;
    }
    return sent(links(step).send(queue, BATCH_FORMAT, all, state(step, null)));
  }

  private Outcome schedule(Step step, String queue, List<String> ids) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (String id : ids) {
      messages.add(Map.of("message", new Binary(bytes(id, step)), "message-id", id));
    }
    Map<?, ?> answer =
        manage(step, queue, "schedule-message", Map.of("messages", messages), state(step, null));
    long[] given = (long[]) answer.get("sequence-numbers");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < given.length; i++) {
      numbers.put(ids.get(i), given[i]);
      texts.add(Long.toString(given[i]));
    }
    return Outcome.of(String.join(" ", texts));
  }

  private Map<String, Object> numbers(List<String> ids) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("sequence-numbers", ids.stream().map(this::number).toArray(Long[]::new));
    return body;
  }

  private Map<?, ?> manage(
      Step step, String place, String operation, Map<String, Object> body, DeliveryState state) {
    RawLinks on = placeLinks.getOrDefault(place, links(step));
    return on.request(
        address(placeQueues.getOrDefault(place, place), step) + "/$management",
        "com.microsoft:" + operation,
        body,
        state);
  }

  private static String address(String queue, Step step) {
    return step.option("sub", "").equals("dead") ? queue + "/$deadletterqueue" : queue;
  }

  private static String key(String queue, Step step) {
    return String.join(
        "/", queue, step.option("sub", ""), step.option("mode", ""), step.option("client", "1"));
  }

  private Outcome receive(Step step, String place) {
    boolean delete = step.option("mode", "").equals("delete");
    String key = place.startsWith("@") ? place : key(place, step);
    RawLinks on = placeLinks.getOrDefault(place, links(step));
    Receiver receiver = receivers.get(key);
    if (receiver == null
        || receiver.getRemoteState() == EndpointState.CLOSED && !place.startsWith("@")) {
      receiver = on.receiver(address(place, step), delete, null, Duration.ofSeconds(60));
      receivers.put(key, receiver);
    }
    List<Map<String, String>> seen = new ArrayList<>();
    String session = place.startsWith("@") ? RawLinks.sessionOf(receiver) : null;
    String queue = address(placeQueues.getOrDefault(place, place), step);
    for (Arrived arrived :
        on.receive(receiver, step.count("n", 1), Duration.ofMillis(step.count("wait", 60_000)))) {
      Message message = RawMessages.decode(arrived.bytes());
      UUID token = token(arrived.delivery().getTag());
      held.put(
          String.valueOf(message.getMessageId()), new Held(on, queue, session, arrived, token));
      seen.add(view(message));
    }
    return Outcome.messages(seen);
  }

  /** The lock token in a delivery tag: a GUID in .NET's byte order; null in any other tag. */
  private static UUID token(byte[] tag) {
    if (tag.length != 16) {
      return null;
    }
    int[] order = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      high = high << 8 | tag[order[i]] & 0xff;
      low = low << 8 | tag[order[i + 8]] & 0xff;
    }
    return new UUID(high, low);
  }

  private Map<String, String> view(Message message) {
    numbers.put(String.valueOf(message.getMessageId()), RawMessages.sequenceNumber(message));
    return RawMessages.view(message);
  }

  private Outcome deferred(Step step, String place, List<String> ids) {
    boolean delete = step.option("mode", "").equals("delete");
    Map<String, Object> body = numbers(ids);
    body.put("receiver-settle-mode", UnsignedInteger.valueOf(delete ? 0 : 1));
    String session = sessionAt(place);
    if (session != null) {
      body.put("session-id", session);
    }
    String queue = address(placeQueues.getOrDefault(place, place), step);
    List<Map<String, String>> seen = new ArrayList<>();
    for (Map<?, ?> entry :
        messagesOf(manage(step, place, "receive-by-sequence-number", body, null))) {
      Message message = decoded(entry);
      held.put(
          String.valueOf(message.getMessageId()),
          new Held(
              placeLinks.getOrDefault(place, links(step)),
              queue,
              session,
              null,
              (UUID) entry.get("lock-token")));
      seen.add(view(message));
    }
    return Outcome.messages(seen);
  }

  private String sessionAt(String place) {
    return place.startsWith("@") ? RawLinks.sessionOf(receivers.get(place)) : null;
  }

  private Outcome peek(Step step, String place) {
    Map<String, Object> body = new HashMap<>();
    body.put(
        "from-sequence-number",
        step.options().containsKey("from") ? number(step.options().get("from")) : 1L);
    body.put("message-count", step.count("n", 50));
    if (sessionAt(place) != null) {
      body.put("session-id", sessionAt(place));
    }
    return Outcome.messages(
        messagesOf(manage(step, place, "peek-message", body, null)).stream()
            .map(entry -> view(decoded(entry)))
            .toList());
  }

  @SuppressWarnings("unchecked")
  private static List<Map<?, ?>> messagesOf(Map<?, ?> answer) {
    Object messages = answer.get("messages");
    return messages == null ? List.of() : (List<Map<?, ?>>) messages;
  }

  private static Message decoded(Map<?, ?> entry) {
    Binary binary = (Binary) entry.get("message");
    byte[] bytes = new byte[binary.getLength()];
    System.arraycopy(binary.getArray(), binary.getArrayOffset(), bytes, 0, bytes.length);
    return RawMessages.decode(bytes);
  }

  private Outcome settle(Step step, String id) {
    Held known = held.get(id);
    if (known.arrived() != null && known.arrived().on().getLocalState() == EndpointState.ACTIVE) {
      return settled(known.on().settle(known.arrived(), state(step, RawOutcomes.of(step))), step);
    }
    Map<String, Object> body = RawOutcomes.request(step);
    body.put("lock-tokens", new UUID[] {known.token()});
    if (known.session() != null) {
      body.put("session-id", known.session());
    }
    known
        .on()
        .request(
            known.queue() + "/$management",
            "com.microsoft:update-disposition",
            body,
            state(step, null));
    return Outcome.OK;
  }

  /** The broker must answer with the outcome it was told, and without an error. */
  private static Outcome settled(DeliveryState answer, Step step) {
    Object outcome =
        answer instanceof TransactionalState transactional ? transactional.getOutcome() : answer;
    if (outcome instanceof Rejected rejected && rejected.getError() != null) {
      throw RawFailure.of(rejected.getError());
    }
    DeliveryState told = RawOutcomes.of(step);
    return told.getClass().isInstance(outcome)
        ? Outcome.OK
        : Outcome.of("answered with " + (outcome == null ? "nothing" : outcome.getClass()));
  }

  private Outcome renew(Held known) {
    Map<?, ?> answer =
        known
            .on()
            .request(
                known.queue() + "/$management",
                "com.microsoft:renew-lock",
                Map.of("lock-tokens", new UUID[] {known.token()}),
                null);
    Object[] times = (Object[]) answer.get("expirations");
    return Outcome.time(((Date) times[0]).getTime());
  }

  private Outcome accept(Step step, String queue, List<String> rest) {
    RawLinks on = links(step);
    Receiver receiver =
        on.receiver(
            queue,
            step.option("mode", "").equals("delete"),
            rest.isEmpty() ? "" : rest.get(0),
            Duration.ofMillis(step.count("wait", 60_000)));
    String place = "@" + step.option("as", rest.isEmpty() ? "" : rest.get(0));
    receivers.put(place, receiver);
    placeQueues.put(place, queue);
    placeLinks.put(place, on);
    return Outcome.of("session " + RawLinks.sessionOf(receiver));
  }

  private Outcome session(Step step, String place, List<String> rest) {
    Map<String, Object> body = new HashMap<>();
    body.put("session-id", sessionAt(place));
    switch (step.verb()) {
      case "state" -> {
        Object state = manage(step, place, "get-session-state", body, null).get("session-state");
        return Outcome.of(state == null ? "null" : RawMessages.bytes((Binary) state));
      }
      case "setstate" -> {
        body.put(
            "session-state",
            rest.isEmpty() ? null : new Binary(rest.get(0).getBytes(StandardCharsets.UTF_8)));
        manage(step, place, "set-session-state", body, null);
        return Outcome.OK;
      }
      default -> {
        Map<?, ?> answer = manage(step, place, "renew-session-lock", body, null);
        return Outcome.time(((Date) answer.get("expiration")).getTime());
      }
    }
  }

  private Outcome listSessions(Step step, String queue) {
    Map<String, Object> body = Map.of("last-updated-time", new Date(), "skip", 0, "top", 100);
    Object ids = manage(step, queue, "get-message-sessions", body, null).get("sessions-ids");
    return Outcome.of(
        ids == null
            ? "none"
            : String.join(
                " ", Arrays.stream((Object[]) ids).map(String::valueOf).sorted().toList()));
  }

  private Outcome deleteBatch(Step step, String queue) {
    // What was sent in this very millisecond was not enqueued before it.
    Date soon = new Date(System.currentTimeMillis() + 1000);
    Map<String, Object> body =
        Map.of("message-count", step.count("n", 1), "enqueued-time-utc", soon);
    Object count = manage(step, queue, "batch-delete-messages", body, null).get("message-count");
    return Outcome.of(count == null ? "none" : count.toString());
  }

  /** Cuts the socket without a word. */
  private Outcome hangUp(Step step) {
    String client = step.option("client", "1");
    RawLinks gone = links.remove(client);
    connections.remove(client).cut();
    List<String> places =
        placeLinks.entrySet().stream()
            .filter(entry -> entry.getValue() == gone)
            .map(Map.Entry::getKey)
            .toList();
    places.forEach(placeLinks::remove);
    places.forEach(receivers::remove);
    receivers.keySet().removeIf(key -> key.endsWith("/" + client));
    return Outcome.OK;
  }

  private Outcome close(Step step, String place) {
    Receiver receiver = receivers.remove(place.startsWith("@") ? place : key(place, step));
    placeLinks.getOrDefault(place, links(step)).close(receiver);
    return Outcome.OK;
  }

  private Outcome transaction(Step step, String name) {
    RawLinks on = links(step);
    if (step.verb().equals("begin")) {
      DeliveryState answer = on.send("", 0, value(new Declare()), null);
      transactions.put(name, ((Declared) answer).getTxnId());
      return Outcome.OK;
    }
    Discharge discharge = new Discharge();
    discharge.setTxnId(transactions.getOrDefault(name, NEVER_BEGUN));
    discharge.setFail(step.verb().equals("rollback"));
    return sent(on.send("", 0, value(discharge), null));
  }

  private static byte[] value(Object value) {
    Message message = Proton.message();
    message.setBody(new AmqpValue(value));
    return RawMessages.encode(message);
  }

  private Long number(String word) {
    return word.matches("\\d+") ? Long.parseLong(word) : numbers.getOrDefault(word, -1L);
  }

  @Override
  public void await(CompletableFuture<?> elsewhere) {
    while (!elsewhere.isDone() && !connections.isEmpty()) {
      connections.values().forEach(connection -> connection.await(elsewhere::isDone, TURN));
    }
    elsewhere.join();
  }

  @Override
  public void endScenario() {
    receivers.values().stream()
        .filter(receiver -> receiver.getLocalState() == EndpointState.ACTIVE)
        .forEach(Receiver::close);
    links.values().forEach(RawLinks::close);
    receivers.clear();
    placeQueues.clear();
    placeLinks.clear();
    held.clear();
    numbers.clear();
    transactions.clear();
  }

  @Override
  public void close() {
    connections.values().forEach(RawConnection::close);
  }
}
