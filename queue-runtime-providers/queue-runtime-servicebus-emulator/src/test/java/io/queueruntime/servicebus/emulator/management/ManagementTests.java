package io.queueruntime.servicebus.emulator.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.engine.EngineTime;
import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import io.queueruntime.servicebus.emulator.message.WireMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManagementTests {

  private static final QueueName PLAIN = QueueName.of("plain");
  private static final QueueName SESSIONS = QueueName.of("with-sessions");
  private static final int LARGEST = MessageLimits.STANDARD.maxMessageBytes();
  private static final Target QUEUE = new Target(PLAIN, SubQueue.MAIN, false, LARGEST);
  private static final Target DEAD = new Target(PLAIN, SubQueue.DEAD_LETTER, false, LARGEST);
  private static final Target SESSION_QUEUE = new Target(SESSIONS, SubQueue.MAIN, true, LARGEST);
  private static final Duration AHEAD = Duration.ofHours(5);
  private static final Instant START = Instant.parse("2026-01-02T12:00:00Z");

  private volatile Instant now = START.plus(AHEAD);
  private volatile long nanos;
  private final Map<SessionId, SessionHold> holds = new HashMap<>();
  private final HeldSessions held = id -> Optional.ofNullable(holds.get(id));
  private QueueEngine engine;
  private Management management;

  @BeforeEach
  void open() throws Exception {
    engine =
        QueueEngine.open(
            EngineOptions.inMemory()
                .withSegmentSize(4 * 1024 * 1024)
                .withTime(new EngineTime(() -> now, () -> nanos)));
    engine.createQueue(PLAIN, QueueOptions.DEFAULTS.withMaxDeliveryCount(10)).get();
    engine.createQueue(SESSIONS, QueueOptions.DEFAULTS.withSessions(true)).get();
    management = new Management(engine, () -> AHEAD, MessageLimits.STANDARD);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void peekShowsWhatAReceiverWouldGetWithoutHoldingIt() throws Exception {
    for (int i = 1; i <= 3; i++) {
      send(PLAIN, message("m" + i, null));
    }
    ReceivedMessage<byte[]> locked = receive(PLAIN);

    Answer answer =
        ask("peek-message", QUEUE, Map.of("from-sequence-number", 1, "message-count", 2L));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(messages(answer)).extracting(Message::getMessageId).containsExactly("m1", "m2");
    assertThat(annotation(messages(answer).get(1), "x-opt-sequence-number")).isEqualTo(2L);
    assertThat(annotation(messages(answer).get(0), "x-opt-locked-until")).isNull();
    assertThat(annotation(messages(answer).get(0), "x-opt-enqueued-time"))
        .isEqualTo(Date.from(START));
    engine.complete(PLAIN, locked.lockToken().orElseThrow()).get();
  }

  @Test
  void peekTakesNumbersOfEveryWidth() throws Exception {
    send(PLAIN, message("m1", null));
    for (Object number :
        List.of(
            1,
            1L,
            (short) 1,
            (byte) 1,
            1.0,
            UnsignedInteger.valueOf(1),
            UnsignedLong.valueOf(1),
            UnsignedByte.valueOf((byte) 1))) {
      Answer answer =
          ask(
              "peek-message",
              QUEUE,
              Map.of("from-sequence-number", number, "message-count", number));
      assertThat(messages(answer)).as(number.getClass().getSimpleName()).hasSize(1);
    }
  }

  @Test
  void peekOfNothingIsNoContent() throws Exception {
    Answer answer =
        ask("peek-message", QUEUE, Map.of("from-sequence-number", 1L, "message-count", 1));

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.condition()).isNull();
  }

  @Test
  void peekShowsOneSessionOnly() throws Exception {
    send(SESSIONS, message("a1", "a"));
    send(SESSIONS, message("b1", "b"));
    send(SESSIONS, message("a2", "a"));

    Answer answer =
        ask(
            "peek-message",
            SESSION_QUEUE,
            Map.of("from-sequence-number", 1L, "message-count", 10, "session-id", "a"));

    assertThat(messages(answer)).extracting(Message::getMessageId).containsExactly("a1", "a2");
  }

  @Test
  void peekWithoutBodiesShowsTheRest() throws Exception {
    send(PLAIN, message("m1", null));

    Answer answer =
        ask(
            "peek-message",
            QUEUE,
            Map.of("from-sequence-number", 1L, "message-count", 1, "omit-message-body", true));

    assertThat(messages(answer).get(0).getMessageId()).isEqualTo("m1");
    assertThat(messages(answer).get(0).getBody()).isNull();
  }

  @Test
  void onePeekAnswerIsNotLargerThanAMegabyteButShowsAtLeastOneMessage() throws Exception {
    for (int i = 0; i < 8; i++) {
      Message large = message("m" + i, null);
      large.setBody(new Data(new Binary(new byte[200 * 1024])));
      send(PLAIN, large);
    }

    Answer answer =
        ask("peek-message", QUEUE, Map.of("from-sequence-number", 0L, "message-count", 100));

    assertThat(messages(answer)).hasSize(5);
  }

  @Test
  void peekShowsMoreThanOnePortion() throws Exception {
    for (int i = 0; i < 130; i++) {
      send(PLAIN, message("m" + i, null));
    }

    Answer answer =
        ask("peek-message", QUEUE, Map.of("from-sequence-number", 11L, "message-count", 100));

    assertThat(messages(answer))
        .extracting(message -> annotation(message, "x-opt-sequence-number"))
        .hasSize(100)
        .startsWith(11L)
        .endsWith(110L);
  }

  @Test
  void aScheduledMessageWaitsForItsTimeAndCanBeCancelled() throws Exception {
    Map<String, Object> first = scheduled("m1", START.plusSeconds(60));
    Map<String, Object> second = scheduled("m2", START.plusSeconds(60));

    Answer answer = ask("schedule-message", QUEUE, Map.of("messages", List.of(first, second)));

    assertThat((Long[]) answer.body().get("sequence-numbers")).containsExactly(1L, 2L);
    Answer peeked =
        ask("peek-message", QUEUE, Map.of("from-sequence-number", 0, "message-count", 9));
    assertThat(annotation(messages(peeked).get(0), "x-opt-message-state")).isEqualTo(2);
    assertThat(annotation(messages(peeked).get(0), "x-opt-scheduled-enqueue-time"))
        .isEqualTo(Date.from(START.plusSeconds(60)));
    assertThat(ask("cancel-scheduled-message", QUEUE, numbers(new long[] {1})).status())
        .isEqualTo(200);
    advance(Duration.ofSeconds(61));
    ReceivedMessage<byte[]> received = receive(PLAIN);
    assertThat(received.messageId()).isEqualTo("m2");
    assertThat(received.sequenceNumber().value()).isEqualTo(3);
    assertThat(received.enqueuedSequenceNumber().value()).isEqualTo(2);
  }

  @Test
  void whatIsNotScheduledCannotBeCancelled() throws Exception {
    send(PLAIN, message("m1", null));

    for (Object numbers : List.of(new long[] {1}, new Long[] {77L}, List.of(-5))) {
      Answer answer = ask("cancel-scheduled-message", QUEUE, Map.of("sequence-numbers", numbers));
      assertRefused(answer, 404, Condition.MESSAGE_NOT_FOUND);
    }
  }

  @Test
  void oneBadMessageKeepsAllFromBeingScheduled() throws Exception {
    Map<String, Object> good = scheduled("m1", START.plusSeconds(60));
    Map<String, Object> bad = Map.of("message", new Binary(new byte[] {1, 2}));

    assertRefused(
        ask("schedule-message", QUEUE, Map.of("messages", List.of(good, bad))),
        400,
        Condition.DECODE);
    assertRefused(
        ask(
            "schedule-message",
            QUEUE,
            Map.of("messages", List.of(Map.of("message", binary(message("m", null)))))),
        400,
        Condition.ARGUMENT);
    assertRefused(
        ask("schedule-message", SESSION_QUEUE, Map.of("messages", List.of(good))),
        400,
        Condition.NOT_ALLOWED);
    assertRefused(
        ask("schedule-message", DEAD, Map.of("messages", List.of(good))),
        400,
        Condition.NOT_ALLOWED);
    assertThat(engine.statistics(PLAIN).get().scheduled()).isZero();
  }

  @Test
  void aDeferredMessageIsReceivedByItsNumberAndHeld() throws Exception {
    send(PLAIN, message("m1", null));
    engine.defer(PLAIN, token(receive(PLAIN))).get();

    Answer answer =
        ask(
            "receive-by-sequence-number",
            QUEUE,
            Map.of(
                "sequence-numbers",
                new long[] {1},
                "receiver-settle-mode",
                UnsignedInteger.valueOf(1)));

    assertThat(messages(answer)).extracting(Message::getMessageId).containsExactly("m1");
    assertThat(annotation(messages(answer).get(0), "x-opt-locked-until"))
        .isEqualTo(Date.from(START.plusSeconds(60)));
    UUID token = (UUID) entries(answer).get(0).get("lock-token");
    Answer settled =
        ask(
            "update-disposition",
            QUEUE,
            Map.of("lock-tokens", new UUID[] {token}, "disposition-status", "completed"));
    assertThat(settled.status()).isEqualTo(200);
    assertRefused(
        ask("receive-by-sequence-number", QUEUE, numbers(new long[] {1})),
        404,
        Condition.MESSAGE_NOT_FOUND);
  }

  @Test
  void aDeferredMessageCanBeReceivedAndDeletedAtOnce() throws Exception {
    send(PLAIN, message("m1", null));
    engine.defer(PLAIN, token(receive(PLAIN))).get();

    Answer answer =
        ask(
            "receive-by-sequence-number",
            QUEUE,
            Map.of("sequence-numbers", new long[] {1}, "receiver-settle-mode", (byte) 0));

    assertThat(messages(answer)).hasSize(1);
    assertThat(annotation(messages(answer).get(0), "x-opt-locked-until")).isNull();
    assertThat(
            ask("peek-message", QUEUE, Map.of("from-sequence-number", 0, "message-count", 1))
                .status())
        .isEqualTo(204);
  }

  @Test
  void aDeferredMessageOfASessionNeedsItsHolder() throws Exception {
    send(SESSIONS, message("a1", "a"));
    SessionHold hold = accept("a");
    ReceivedMessage<byte[]> received = engine.receive(hold, 1, Duration.ZERO).get().get(0);
    engine.defer(SESSIONS, token(received)).get();
    Map<String, Object> body = Map.of("sequence-numbers", List.of(1L), "session-id", "a");

    assertThat(messages(ask("receive-by-sequence-number", SESSION_QUEUE, body))).hasSize(1);
    holds.clear();
    assertRefused(
        ask("receive-by-sequence-number", SESSION_QUEUE, body), 410, Condition.SESSION_LOCK_LOST);
    assertRefused(
        ask("receive-by-sequence-number", SESSION_QUEUE, numbers(new long[] {1})),
        400,
        Condition.ARGUMENT);
  }

  @Test
  void everyDispositionDoesWhatItIsCalled() throws Exception {
    send(PLAIN, message("m1", null));

    settle("abandoned", Map.of("properties-to-modify", Map.of("k", 7)));
    ReceivedMessage<byte[]> second = receive(PLAIN);
    assertThat(second.deliveryCount()).isEqualTo(2);
    engine.release(PLAIN, token(second)).get();

    settle("released", Map.of());
    assertThat(engine.statistics(PLAIN).get().locked()).isZero();

    settle("defered", Map.of());
    assertThat(engine.statistics(PLAIN).get().deferred()).isEqualTo(1);
    Answer deferred = ask("receive-by-sequence-number", QUEUE, numbers(new long[] {1}));
    assertThat(messages(deferred).get(0).getApplicationProperties().getValue())
        .isEqualTo(Map.of("k", 7));

    Map<String, Object> suspended = new HashMap<>();
    suspended.put("lock-tokens", List.of(entries(deferred).get(0).get("lock-token")));
    suspended.put("disposition-status", "suspended");
    suspended.put("deadletter-reason", "bad");
    suspended.put("deadletter-description", "very");
    suspended.put("properties-to-modify", Map.of(Symbol.valueOf("l"), "x"));
    assertThat(ask("update-disposition", QUEUE, suspended).status()).isEqualTo(200);
    Answer dead = ask("peek-message", DEAD, Map.of("from-sequence-number", 0, "message-count", 1));
    assertThat(messages(dead).get(0).getApplicationProperties().getValue())
        .isEqualTo(
            Map.of(
                "k", 7, "l", "x", "DeadLetterReason", "bad", "DeadLetterErrorDescription", "very"));
  }

  @Test
  void aMessageThatIsNoLongerHeldCannotBeSettledOrRenewed() throws Exception {
    send(PLAIN, message("m1", null));
    UUID token = token(receive(PLAIN)).value();
    advance(Duration.ofSeconds(61));

    for (UUID lost : List.of(token, UUID.randomUUID())) {
      for (String status : List.of("completed", "abandoned", "defered", "suspended", "released")) {
        assertRefused(
            ask(
                "update-disposition",
                QUEUE,
                Map.of("lock-tokens", new UUID[] {lost}, "disposition-status", status)),
            410,
            Condition.MESSAGE_LOCK_LOST);
      }
      assertRefused(
          ask("renew-lock", QUEUE, Map.of("lock-tokens", new UUID[] {lost})),
          410,
          Condition.MESSAGE_LOCK_LOST);
    }
  }

  @Test
  void oneLostLockIsToldButTheOthersAreSettled() throws Exception {
    send(PLAIN, message("m1", null));
    UUID token = token(receive(PLAIN)).value();

    Answer answer =
        ask(
            "update-disposition",
            QUEUE,
            Map.of(
                "lock-tokens",
                new UUID[] {UUID.randomUUID(), token},
                "disposition-status",
                "completed"));

    assertRefused(answer, 410, Condition.MESSAGE_LOCK_LOST);
    assertThat(engine.statistics(PLAIN).get().locked()).isZero();
  }

  @Test
  void aLockIsRenewedToItsFullLengthInTheClientsTime() throws Exception {
    send(PLAIN, message("m1", null));
    send(PLAIN, message("m2", null));
    UUID first = token(receive(PLAIN)).value();
    UUID second = token(receive(PLAIN)).value();
    advance(Duration.ofSeconds(40));

    Answer answer = ask("renew-lock", QUEUE, Map.of("lock-tokens", new UUID[] {first, second}));

    Date until = Date.from(START.plusSeconds(100));
    assertThat((Date[]) answer.body().get("expirations")).containsExactly(until, until);
    advance(Duration.ofSeconds(40));
    engine.complete(PLAIN, LockToken.of(first)).get();
  }

  @Test
  void aSessionIsRenewedAndHasAState() throws Exception {
    accept("a");
    Map<String, Object> session = Map.of("session-id", "a");
    advance(Duration.ofSeconds(30));

    Answer renewed = ask("renew-session-lock", SESSION_QUEUE, session);
    Answer empty = ask("get-session-state", SESSION_QUEUE, session);
    Answer set =
        ask(
            "set-session-state",
            SESSION_QUEUE,
            Map.of("session-id", "a", "session-state", new Binary(new byte[] {1, 2, 3}, 1, 2)));
    Answer full = ask("get-session-state", SESSION_QUEUE, session);
    Answer cleared = ask("set-session-state", SESSION_QUEUE, session);
    Answer emptyAgain = ask("get-session-state", SESSION_QUEUE, session);

    assertThat(renewed.body().get("expiration")).isEqualTo(Date.from(START.plusSeconds(90)));
    assertThat(empty.body()).isEqualTo(Collections.singletonMap("session-state", null));
    assertThat(set.status()).isEqualTo(200);
    assertThat(full.body()).isEqualTo(Map.of("session-state", new Binary(new byte[] {2, 3})));
    assertThat(cleared.status()).isEqualTo(200);
    assertThat(emptyAgain.body()).isEqualTo(Collections.singletonMap("session-state", null));
  }

  @Test
  void aStateThatIsTooLargeIsOutOfRange() throws Exception {
    accept("a");

    Answer answer =
        ask(
            "set-session-state",
            SESSION_QUEUE,
            Map.of("session-id", "a", "session-state", new Binary(new byte[400 * 1024])));

    assertRefused(answer, 400, Condition.OUT_OF_RANGE);
  }

  @Test
  void sessionsAreNamedThatHaveMessagesOrAState() throws Exception {
    Map<String, Object> body =
        Map.of("last-updated-time", new Date(), "skip", 0, "top", UnsignedInteger.valueOf(2));
    assertThat(ask("get-message-sessions", SESSION_QUEUE, body).status()).isEqualTo(204);
    send(SESSIONS, message("m1", "a"));
    send(SESSIONS, message("m2", "b"));
    engine.setSessionState(accept("c"), new byte[] {1}).get();

    Answer first = ask("get-message-sessions", SESSION_QUEUE, body);
    Answer rest = ask("get-message-sessions", SESSION_QUEUE, Map.of("skip", 2L, "top", 2));

    assertThat((String[]) first.body().get("sessions-ids")).hasSize(2);
    List<String> all = new ArrayList<>(List.of((String[]) first.body().get("sessions-ids")));
    all.addAll(List.of((String[]) rest.body().get("sessions-ids")));
    assertThat(all).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(rest.body()).containsEntry("skip", 2);
  }

  @Test
  void whatIsOldIsDeletedUpToACount() throws Exception {
    for (int i = 1; i <= 4; i++) {
      send(PLAIN, message("m" + i, null));
      advance(Duration.ofSeconds(10));
    }
    Map<String, Object> body = new HashMap<>();
    body.put("message-count", 2);
    body.put("enqueued-time-utc", Date.from(START.plusSeconds(25)));

    assertThat(ask("batch-delete-messages", QUEUE, body).body())
        .isEqualTo(Map.of("message-count", 2));
    assertThat(ask("batch-delete-messages", QUEUE, body).body())
        .isEqualTo(Map.of("message-count", 1));
    assertThat(ask("batch-delete-messages", QUEUE, body).status()).isEqualTo(204);
    assertThat(engine.statistics(PLAIN).get().active()).isEqualTo(1);
    body.put("message-count", 4001);
    assertRefused(ask("batch-delete-messages", QUEUE, body), 400, Condition.OUT_OF_RANGE);
  }

  @Test
  void whoeverDoesNotHoldASessionIsToldThatItWasLost() throws Exception {
    accept("a");
    advance(Duration.ofSeconds(61));

    for (String id : List.of("a", "never")) {
      Map<String, Object> session = Map.of("session-id", id);
      for (String operation :
          List.of("renew-session-lock", "get-session-state", "set-session-state")) {
        assertRefused(ask(operation, SESSION_QUEUE, session), 410, Condition.SESSION_LOCK_LOST);
      }
    }
  }

  @Test
  void anUnknownOperationIsNotImplemented() throws Exception {
    for (String operation : List.of("add-rule", "enumerate-rules", "nonsense")) {
      assertRefused(ask(operation, QUEUE, Map.of()), 501, Condition.NOT_IMPLEMENTED);
    }
  }

  @Test
  void aRequestThatLacksSomethingIsToldWhat() throws Exception {
    Answer answer = ask("renew-lock", QUEUE, Map.of("lock-tokens", List.of("no uuid")));

    assertRefused(answer, 400, Condition.ARGUMENT);
    assertThat(answer.description()).contains("com.microsoft:renew-lock").contains("lock-tokens");
    for (String operation :
        List.of(
            "peek-message",
            "schedule-message",
            "cancel-scheduled-message",
            "receive-by-sequence-number",
            "update-disposition",
            "renew-lock",
            "renew-session-lock",
            "get-session-state",
            "set-session-state")) {
      assertRefused(ask(operation, SESSION_QUEUE, Map.of()), 400, Condition.ARGUMENT);
    }
    assertRefused(
        ask("peek-message", QUEUE, Map.of("message-count", 0)), 400, Condition.OUT_OF_RANGE);
    assertRefused(
        ask(
            "update-disposition",
            QUEUE,
            Map.of("lock-tokens", List.of(UUID.randomUUID()), "disposition-status", "eaten")),
        400,
        Condition.ARGUMENT);
  }

  @Test
  void anEntityThatIsGoneIsToldInTheWordsThatClientsLookFor() throws Exception {
    Target gone = new Target(QueueName.of("gone"), SubQueue.MAIN, false, LARGEST);

    Answer answer =
        ask("peek-message", gone, Map.of("from-sequence-number", 0, "message-count", 1));

    assertRefused(answer, 404, Condition.NOT_FOUND);
    assertThat(answer.description()).matches("The messaging entity .* could not be found\\.");
  }

  private Answer ask(String operation, Target target, Map<?, ?> body) throws Exception {
    return management
        .perform("com.microsoft:" + operation, target, body, held)
        .get(60, TimeUnit.SECONDS);
  }

  private void settle(String status, Map<String, Object> more) throws Exception {
    Map<String, Object> body = new HashMap<>(more);
    body.put("lock-tokens", new UUID[] {token(receive(PLAIN)).value()});
    body.put("disposition-status", status);
    assertThat(ask("update-disposition", QUEUE, body).status()).as(status).isEqualTo(200);
  }

  private void send(QueueName queue, Message message) throws Exception {
    WireMessage wire = WireMessage.parse(encode(message), MessageLimits.STANDARD);
    engine.send(queue, wire.toOutgoing(queue.equals(SESSIONS), AHEAD)).get();
  }

  private ReceivedMessage<byte[]> receive(QueueName queue) throws Exception {
    return engine.receive(queue, SubQueue.MAIN, 1, Duration.ZERO).get().get(0);
  }

  private SessionHold accept(String id) throws Exception {
    SessionHold hold = engine.acceptSession(SESSIONS, SessionId.of(id), Duration.ZERO).get();
    holds.put(hold.sessionId(), hold);
    return hold;
  }

  private void advance(Duration by) throws Exception {
    now = now.plus(by);
    nanos += by.toNanos();
    engine.catchUp().get();
  }

  private static LockToken token(ReceivedMessage<byte[]> message) {
    return message.lockToken().orElseThrow();
  }

  private static Map<String, Object> numbers(long[] numbers) {
    return Map.of("sequence-numbers", numbers);
  }

  private static Map<String, Object> scheduled(String id, Instant when) {
    Message message = message(id, null);
    message.setMessageAnnotations(
        new MessageAnnotations(
            Map.of(Symbol.valueOf("x-opt-scheduled-enqueue-time"), Date.from(when))));
    return Map.of("message", binary(message), "message-id", id);
  }

  private static Message message(String id, String session) {
    Message message = Proton.message();
    message.setMessageId(id);
    message.setGroupId(session);
    message.setBody(new AmqpValue("body of " + id));
    return message;
  }

  private static Binary binary(Message message) {
    return new Binary(encode(message));
  }

  private static byte[] encode(Message message) {
    byte[] buffer = new byte[300 * 1024];
    return Arrays.copyOf(buffer, message.encode(buffer, 0, buffer.length));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> entries(Answer answer) {
    assertThat(answer.status()).as(answer.description()).isEqualTo(200);
    return (List<Map<String, Object>>) answer.body().get("messages");
  }

  /** The messages of an answer, after the answer was encoded and decoded as on a link. */
  private static List<Message> messages(Answer answer) {
    DecoderImpl decoder = new DecoderImpl();
    EncoderImpl encoder = new EncoderImpl(decoder);
    AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    ByteBuffer buffer = ByteBuffer.allocate(4 * 1024 * 1024);
    encoder.setByteBuffer(buffer);
    encoder.writeObject(answer.body());
    List<Message> messages = new ArrayList<>();
    for (Map<String, Object> entry : entries(answer)) {
      Binary encoded = (Binary) entry.get("message");
      Message message = Proton.message();
      message.decode(encoded.getArray(), encoded.getArrayOffset(), encoded.getLength());
      messages.add(message);
    }
    return messages;
  }

  private static Object annotation(Message message, String name) {
    return message.getMessageAnnotations().getValue().get(Symbol.valueOf(name));
  }

  private static void assertRefused(Answer answer, int status, Condition condition) {
    assertThat(answer.condition()).as(answer.description()).isEqualTo(condition);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).isNull();
    assertThat(answer.description().getBytes(StandardCharsets.UTF_8)).isNotEmpty();
  }
}
