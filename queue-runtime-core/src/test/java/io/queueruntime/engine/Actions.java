package io.queueruntime.engine;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Makes up calls by chance: mostly sensible ones, going by what the model says is there, and some
 * that must be refused.
 *
 * <p>All durations are multiples of {@link #GRAIN}, so that a wait that ends half a grain later
 * never ends at the moment something else happens.
 */
final class Actions {

  static final int GRAIN = 10;

  static final String PLAIN = "plain";
  static final String ORDERED = "ordered";
  static final String LOOSE = "loose";

  /** Dead letters of the loose queue go there, in some runs. */
  static final String GRAVES = "graves";

  /** What is sent there goes on to the plain queue. */
  static final String RELAY = "relay";

  private static final int KINDS = 32;

  /** A delivery that was handed out, whatever became of it since. */
  private record Held(String queue, LockToken token) {}

  private final SplittableRandom random;
  private List<OutgoingMessage> lastBatch = List.of();
  private final Map<String, QueueOptions> queues = new TreeMap<>();
  private final List<Held> held = new ArrayList<>();
  private final List<SessionHold> holds = new ArrayList<>();
  private final List<String> usedIds = new ArrayList<>();
  private final Set<String> sentBodies = new HashSet<>();
  private final AdminActions admin;
  private final int[] kinds = IntStream.range(0, KINDS).toArray();
  private int serial;

  /**
   * Whether the wall clock is set now and then. A window that was over may then be open again, so
   * there is none.
   */
  final boolean clockJumps;

  /** Whether bodies are large, so that segments are full soon. */
  private final boolean large;

  Actions(SplittableRandom random) {
    this.random = random;
    this.clockJumps = random.nextInt(4) == 0;
    this.large = random.nextInt(12) == 0;
    this.admin = new AdminActions(random, queues);
    Duration window = clockJumps ? null : grains(20);
    queues.put(
        PLAIN,
        QueueOptions.DEFAULTS
            .withLockDuration(grains(6))
            .withMaxDeliveryCount(1 + random.nextInt(3))
            .withDefaultTimeToLive(random.nextInt(3) == 0 ? grains(40) : null)
            .withDuplicateDetectionWindow(window));
    queues.put(
        ORDERED,
        QueueOptions.DEFAULTS
            .withSessions(true)
            .withLockDuration(grains(8))
            .withMaxDeliveryCount(2 + random.nextInt(2))
            .withDefaultTimeToLive(null)
            .withDuplicateDetectionWindow(random.nextBoolean() ? null : window));
    queues.put(
        LOOSE,
        QueueOptions.DEFAULTS
            .withLockDuration(grains(4))
            .withMaxDeliveryCount(2)
            .withDefaultTimeToLive(grains(60))
            .withDeadLetterOnExpiration(false)
            .withDuplicateDetectionWindow(null)
            .withCapacity(random.nextInt(3) == 0 ? 4 : 0));
    if (random.nextInt(4) == 0) {
      QueueOptions lasting =
          QueueOptions.DEFAULTS
              .withLockDuration(grains(5))
              .withMaxDeliveryCount(2)
              .withDefaultTimeToLive(null)
              .withDuplicateDetectionWindow(null);
      queues.put(GRAVES, lasting);
      queues.put(LOOSE, queues.get(LOOSE).withForwardDeadLettersTo(QueueName.of(GRAVES)));
      queues.put(RELAY, lasting.withForwardTo(QueueName.of(PLAIN)));
    }
  }

  Map<String, QueueOptions> queues() {
    return queues;
  }

  static Duration grains(int count) {
    return Duration.ofMillis((long) count * GRAIN);
  }

  Action<Boolean> create(String queue) {
    return admin.create(queue);
  }

  /** From now on only about half of all kinds of calls are made, whichever they are. */
  void swarm() {
    for (int kind = 1; kind < KINDS; kind++) {
      // A kind that is left out is made up for by sends, receives and settlements.
      kinds[kind] = random.nextBoolean() ? kind : List.of(0, 9, 14).get(random.nextInt(3));
    }
  }

  /** Whether that is a body that was sent with that id. */
  boolean wasSent(String id, byte[] body) {
    return sentBodies.contains(id + " " + Arrays.hashCode(body));
  }

  /** The next call. */
  Action<?> next(QueueModel model) {
    String queue = queueName();
    return switch (kinds[random.nextInt(KINDS)]) {
      case 0, 1, 2, 3, 4, 5, 6 -> send(queue, 1);
      case 7, 8 -> send(queue, 2 + random.nextInt(3));
      case 9, 10, 11, 12, 13 -> receive(model, queue);
      case 14, 15, 16, 17, 18, 19, 20 -> settle(queue);
      case 21, 22 -> session(model);
      case 23, 24 -> deadLetters(model, queue);
      case 25 -> cancel(model, queue);
      case 26 -> receiveDeferred(model, queue);
      case 27 -> random.nextBoolean() ? peek(queue) : transact();
      case 28 -> admin.look(queue);
      case 29 -> random.nextInt(3) == 0 ? admin.purge(queue, now) : send(queue, 1);
      case 30 ->
          switch (random.nextInt(8)) {
            case 0, 1 -> admin.deleteOrCreate(queue);
            case 2 -> admin.update(queue);
            default -> settle(queue);
          };
      default -> settle(queue);
    };
  }

  private String queueName() {
    int dice = random.nextInt(queues.containsKey(RELAY) ? 11 : 7);
    return switch (dice) {
      case 0, 1, 2 -> PLAIN;
      case 3, 4, 5 -> ORDERED;
      case 6, 7 -> LOOSE;
      case 8 -> GRAVES;
      default -> RELAY;
    };
  }

  // Sending

  /** What the action that was made last sends. */
  List<OutgoingMessage> lastBatch() {
    return lastBatch;
  }

  Action<List<SendReceipt>> send(String queue, int count) {
    List<OutgoingMessage> batch = new ArrayList<>();
    lastBatch = batch;
    for (int i = 0; i < count; i++) {
      batch.add(message(queue));
    }
    return new Action<>(
        "send " + batch.stream().map(Actions::told).toList() + " to " + queue,
        true,
        engine -> engine.send(QueueName.of(queue), batch),
        (model, receipts) -> {
          List<String> ids = new ArrayList<>();
          for (int i = 0; i < batch.size(); i++) {
            // Ids that the engine made are taken over; without an answer nobody will ever know
            // them.
            ids.add(
                batch
                    .get(i)
                    .messageId()
                    .orElse(receipts == null ? "?" : receipts.get(i).messageId()));
          }
          return model.send(queue, batch, ids);
        },
        receipts ->
            receipts.stream()
                .map(
                    receipt ->
                        new QueueModel.Receipt(
                            receipt.outcome(),
                            receipt.findSequenceNumber().map(SequenceNumber::value).orElse(-1L)))
                .toList());
  }

  private static String told(OutgoingMessage message) {
    return message.messageId().orElse("?")
        + message.sessionId().map(session -> " session " + session).orElse("")
        + message.timeToLive().map(life -> " for " + life.toMillis()).orElse("")
        + message.scheduledEnqueueTime().map(due -> " due " + due.toEpochMilli()).orElse("")
        + message.deduplicationKey().map(key -> " key " + key).orElse("")
        + " "
        + message.body().length
        + " bytes";
  }

  private OutgoingMessage message(String queue) {
    serial++;
    int size = random.nextInt(30);
    if (random.nextInt(large ? 3 : 40) == 0) {
      size = 700 + random.nextInt(large ? 14_000 : 3000);
    }
    byte[] body = Arrays.copyOf(("m" + serial).getBytes(StandardCharsets.UTF_8), 4 + size);
    String id = id();
    sentBodies.add(id + " " + Arrays.hashCode(body));
    OutgoingMessage.Builder message = OutgoingMessage.of(body).messageId(id);
    boolean wrong = random.nextInt(40) == 0;
    if (queue.equals(ORDERED) != wrong) {
      message.sessionId(SessionId.of("s" + random.nextInt(3)));
    }
    if (random.nextInt(7) == 0) {
      message.timeToLive(grains(1 + random.nextInt(25)));
    }
    if (random.nextInt(6) == 0) {
      // What is forwarded takes its places at moments of its own.
      long aside = queue.equals(RELAY) ? GRAIN / 3 : 0;
      message.scheduledEnqueueTime(
          Instant.ofEpochMilli(now + (random.nextInt(16) - 1L) * GRAIN + aside));
    }
    if (random.nextInt(5) == 0 && !queue.equals(RELAY)) {
      message.deduplicationKey("k" + random.nextInt(2));
    }
    if (random.nextInt(5) == 0) {
      message.header("h", headerValue());
    }
    return message.build();
  }

  /** Of any type that a header may have. */
  private Object headerValue() {
    return switch (random.nextInt(22)) {
      case 0 -> "text " + serial;
      case 1 -> serial % 2 == 0;
      case 2 -> (byte) serial;
      case 3 -> (short) serial;
      case 4 -> (long) serial << 33;
      case 5 -> serial / 3f;
      case 6 -> serial / 3d;
      case 7 -> Instant.ofEpochSecond(serial, serial);
      case 8 -> new UUID(serial, -serial);
      case 9 -> new byte[] {(byte) serial, 0, -1};
      default -> serial;
    };
  }

  /** Headers in the order of their names, as text. */
  static String told(Map<String, Object> headers) {
    TreeMap<String, Object> sorted = new TreeMap<>(headers);
    sorted.replaceAll((name, value) -> value instanceof byte[] b ? Arrays.toString(b) : value);
    return sorted.toString();
  }

  private long now;

  /** Says what time the model has, for what is scheduled. */
  void at(long wall) {
    now = wall;
  }

  private String id() {
    if (!usedIds.isEmpty() && random.nextInt(8) == 0) {
      return usedIds.get(random.nextInt(usedIds.size()));
    }
    String id = "m" + serial;
    usedIds.add(id);
    return id;
  }

  private Action<Boolean> cancel(QueueModel model, String queue) {
    long sequence = anySequence(model, queue, false);
    return new Action<>(
        "cancel " + queue + " " + sequence,
        true,
        engine -> engine.cancelScheduled(QueueName.of(queue), SequenceNumber.of(sequence)),
        (m, answer) -> m.cancel(queue, sequence),
        cancelled -> cancelled);
  }

  // Receiving

  Action<List<ReceivedMessage<byte[]>>> receive(QueueModel model, String queue) {
    boolean dead = random.nextInt(8) == 0;
    SessionHold hold = queue.equals(ORDERED) && !dead && random.nextInt(20) > 0 ? anyHold() : null;
    return receive(queue, dead, hold, 1 + random.nextInt(3), Duration.ZERO);
  }

  Action<List<ReceivedMessage<byte[]>>> receive(
      String queue, boolean dead, SessionHold hold, int max, Duration wait) {
    return new Action<>(
        "receive "
            + max
            + " of "
            + place(queue, dead)
            + (hold == null ? "" : " " + hold.sessionId()),
        false,
        engine ->
            hold == null
                ? engine.receive(QueueName.of(queue), sub(dead), max, wait)
                : engine.receive(hold, max, wait),
        (m, answer) -> taken(m, queue, dead, hold, m.ready(queue, dead, hold, max), answer),
        messages -> look(queue, messages, dead));
  }

  private Action<List<ReceivedMessage<byte[]>>> receiveDeferred(QueueModel model, String queue) {
    List<Long> numbers =
        List.of(anySequence(model, queue, false), anySequence(model, queue, false));
    List<SequenceNumber> asked = numbers.stream().map(SequenceNumber::of).toList();
    SessionHold hold = queue.equals(ORDERED) && random.nextInt(20) > 0 ? anyHold() : null;
    return new Action<>(
        "receive deferred "
            + numbers
            + " of "
            + queue
            + (hold == null ? "" : " " + hold.sessionId()),
        false,
        engine -> engine.receiveDeferred(QueueName.of(queue), SubQueue.MAIN, hold, asked),
        (m, answer) -> taken(m, queue, false, hold, m.deferred(queue, hold, numbers), answer),
        messages -> look(queue, messages, false));
  }

  private static List<String> taken(
      QueueModel model,
      String queue,
      boolean dead,
      SessionHold hold,
      List<QueueModel.Message> messages,
      List<ReceivedMessage<byte[]>> answer) {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      QueueModel.Message message = messages.get(i);
      String token =
          answer != null && i < answer.size()
              ? answer.get(i).lockToken().orElseThrow().toString()
              : "?" + i;
      model.take(queue, dead, hold, message.sequence, token);
      shown.add(message.shown(dead));
    }
    return shown;
  }

  /** What the engine's messages look like, and remembers their tokens. */
  private List<String> look(String queue, List<ReceivedMessage<byte[]>> messages, boolean dead) {
    for (ReceivedMessage<byte[]> message : messages) {
      held.add(new Held(queue, message.lockToken().orElseThrow()));
    }
    return messages.stream().map(message -> shown(message, dead)).toList();
  }

  static String shown(ReceivedMessage<byte[]> message, boolean dead) {
    return shown(message, dead, true);
  }

  /** The same text as the model's: see {@link QueueModel#dump} for what is not exact. */
  static String shown(ReceivedMessage<byte[]> message, boolean dead, boolean exact) {
    StringBuilder text = new StringBuilder(96);
    text.append(message.sequenceNumber())
        .append(' ')
        .append(message.messageId())
        .append(' ')
        .append(message.state());
    // A message that was scheduled takes its place at a time of its own.
    boolean timesKnown =
        exact
            || message.scheduledEnqueueTime().isEmpty() && !message.queue().value().equals(GRAVES);
    text.append(" n").append(message.deliveryCount());
    text.append(" at").append(timesKnown ? message.enqueuedTime().toEpochMilli() : "");
    text.append(' ').append(Arrays.hashCode(message.body()));
    text.append(' ').append(message.sessionId().map(SessionId::value).orElse(null));
    text.append(" x");
    text.append(
        timesKnown
            ? message.expiresAt().map(at -> Long.toString(at.toEpochMilli())).orElse("")
            : "");
    text.append(' ')
        .append(message.deduplicationKey().orElse(""))
        .append(' ')
        .append(told(message.headers()));
    if (dead) {
      var death = message.deadLetter().orElseThrow();
      text.append(' ').append(death.reason()).append(' ').append(death.exceptionClass());
      text.append(" n").append(death.deliveryCount()).append(" at");
      text.append(exact ? death.lastFailure().toEpochMilli() : "");
    }
    return text.toString();
  }

  private Action<List<ReceivedMessage<byte[]>>> peek(String queue) {
    boolean dead = random.nextInt(3) == 0;
    String session =
        queue.equals(ORDERED) && !dead && random.nextBoolean() ? "s" + random.nextInt(3) : null;
    long from = random.nextInt(5);
    int max = 1 + random.nextInt(20);
    return new Action<>(
        "peek " + place(queue, dead) + " " + session + " from " + from,
        false,
        engine ->
            engine.peek(
                QueueName.of(queue),
                sub(dead),
                session == null ? null : SessionId.of(session),
                SequenceNumber.of(from),
                max),
        (m, answer) -> m.peek(queue, dead, session, from, max),
        messages -> messages.stream().map(message -> shown(message, dead)).toList());
  }

  // Settling

  Action<Void> settle(String any) {
    Held target =
        held.isEmpty() || random.nextInt(60) == 0
            ? new Held(any, LockToken.of(new UUID(random.nextLong(), random.nextLong())))
            // Late ones are tried again now and then: they must be refused.
            : held.get(
                random.nextInt(8) == 0
                    ? random.nextInt(held.size())
                    : Math.max(0, held.size() - 1 - random.nextInt(3)));
    if (random.nextInt(10) > 0) {
      held.remove(target);
    }
    return settle(target.queue, target.token);
  }

  /** What an earlier delivery leads to, in one with sends; some of it must be refused. */
  private Action<List<Optional<SendReceipt>>> transact() {
    List<Work> works = new ArrayList<>();
    List<Consumer<QueueModel>> steps = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      String queue =
          random.nextInt(5) == 0 && queues.containsKey(RELAY)
              ? RELAY
              : random.nextBoolean() ? PLAIN : ORDERED;
      OutgoingMessage message = message(queue);
      works.add(new Work.Send(QueueName.of(queue), message));
      steps.add(m -> m.send(queue, List.of(message), List.of(message.messageId().orElseThrow())));
    }
    for (int i = random.nextInt(4); i > 0 && !held.isEmpty(); i--) {
      Held target = held.get(Math.max(0, held.size() - 1 - random.nextInt(3)));
      if (random.nextInt(8) > 0) {
        held.remove(target);
      }
      settling(target, works, steps);
    }
    return new Action<>(
        "transact " + works.stream().map(Actions::told).toList(),
        true,
        e -> e.transact(works),
        (m, answer) -> {
          if (!works.isEmpty()) {
            m.together(model -> steps.forEach(step -> step.accept(model)));
          }
          return works.stream().map(work -> work instanceof Work.Send).toList();
        },
        receipts -> receipts.stream().map(Optional::isPresent).toList());
  }

  private void settling(Held target, List<Work> works, List<Consumer<QueueModel>> steps) {
    QueueName name = QueueName.of(target.queue);
    String queue = target.queue;
    String token = target.token.toString();
    MessageEdits edits = edits();
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        works.add(new Work.Complete(name, target.token));
        steps.add(m -> m.complete(queue, token));
      }
      case 2 -> {
        works.add(new Work.Abandon(name, target.token, edits));
        steps.add(edited(queue, token, edits, m -> m.abandon(queue, token, 0)));
      }
      case 3 -> {
        works.add(new Work.Defer(name, target.token, edits));
        steps.add(edited(queue, token, edits, m -> m.defer(queue, token)));
      }
      case 4 -> {
        works.add(new Work.DeadLetter(name, target.token, "bad", "because", "E", edits));
        steps.add(edited(queue, token, edits, m -> m.deadLetter(queue, token, "bad", "E")));
      }
      default -> {
        works.add(new Work.Release(name, target.token));
        steps.add(m -> m.releaseMessage(queue, token));
      }
    }
  }

  private static String told(Work work) {
    return work instanceof Work.Send send
        ? "send " + told(send.message()) + " to " + send.queue()
        : work.getClass().getSimpleName()
            + " "
            + work.queue()
            + " "
            + ((Work.Settlement) work).token();
  }

  private MessageEdits edits() {
    return random.nextInt(3) == 0
        ? new MessageEdits(Map.of("edit", random.nextInt(100)), Set.of("h"))
        : MessageEdits.NONE;
  }

  private static Consumer<QueueModel> edited(
      String queue, String token, MessageEdits edits, Consumer<QueueModel> settling) {
    return m -> {
      if (edits != MessageEdits.NONE) {
        settling.accept(m.copy()); // What is refused must not have been edited.
      }
      m.edit(queue, token, edits);
      settling.accept(m);
    };
  }

  private Action<Void> settle(String queue, LockToken token) {
    QueueName name = QueueName.of(queue);
    String text = token.toString();
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 ->
          settling(
              "complete", queue, text, e -> e.complete(name, token), m -> m.complete(queue, text));
      case 4, 5, 6 -> {
        long delay = random.nextInt(3) == 0 ? 0 : (long) random.nextInt(8) * GRAIN;
        MessageEdits edits = edits();
        yield settling(
            "abandon for " + delay,
            queue,
            text,
            e ->
                edits == MessageEdits.NONE
                    ? e.abandon(name, token, Duration.ofMillis(delay))
                    : e.abandon(name, token, Duration.ofMillis(delay), edits),
            edited(queue, text, edits, m -> m.abandon(queue, text, delay)));
      }
      case 7 -> {
        MessageEdits edits = edits();
        yield settling(
            "defer",
            queue,
            text,
            e -> edits == MessageEdits.NONE ? e.defer(name, token) : e.defer(name, token, edits),
            edited(queue, text, edits, m -> m.defer(queue, text)));
      }
      case 8, 9 -> {
        MessageEdits edits = edits();
        yield settling(
            "dead-letter",
            queue,
            text,
            e ->
                edits == MessageEdits.NONE
                    ? e.deadLetter(name, token, "bad", "because", "E")
                    : e.deadLetter(name, token, "bad", "because", "E", edits),
            edited(queue, text, edits, m -> m.deadLetter(queue, text, "bad", "E")));
      }
      case 10 ->
          settling(
              "release",
              queue,
              text,
              e -> e.release(name, token),
              m -> m.releaseMessage(queue, text));
      default ->
          new Action<>(
              "renew " + queue + " " + text,
              false,
              e -> e.renewLock(name, token).thenApply(until -> (Void) null),
              (m, answer) -> {
                m.renew(queue, text);
                return "";
              },
              answer -> "");
    };
  }

  private static Action<Void> settling(
      String way,
      String queue,
      String token,
      java.util.function.Function<QueueEngine, CompletableFuture<Void>> ask,
      Consumer<QueueModel> model) {
    return new Action<>(
        way + " " + queue + " " + token,
        true,
        ask,
        (m, answer) -> {
          model.accept(m);
          return "";
        },
        answer -> "");
  }

  // Sessions

  private Action<?> session(QueueModel model) {
    if (holds.isEmpty() || random.nextInt(3) == 0) {
      return random.nextBoolean() ? accept("s" + random.nextInt(3)) : acceptNext();
    }
    SessionHold hold = anyHold();
    return switch (random.nextInt(8)) {
      case 0 ->
          new Action<>(
              "renew session " + hold.sessionId(),
              false,
              e -> e.renewSession(hold).thenApply(until -> ""),
              (m, answer) -> {
                m.renewSession(ORDERED, hold);
                return "";
              },
              answer -> answer);
      case 1, 2 -> {
        byte[] state = random.nextInt(4) == 0 ? null : new byte[] {(byte) random.nextInt(100)};
        yield new Action<>(
            "set state of " + hold.sessionId() + " to " + Arrays.toString(state),
            true,
            e -> e.setSessionState(hold, state).thenApply(done -> ""),
            (m, answer) -> {
              m.setState(ORDERED, hold, state);
              return "";
            },
            answer -> answer);
      }
      case 3, 4 ->
          new Action<>(
              "get state of " + hold.sessionId(),
              false,
              e -> e.sessionState(hold),
              (m, answer) -> Arrays.toString(m.state(ORDERED, hold)),
              state -> Arrays.toString(state.orElse(null)));
      case 5 -> release(hold);
      default -> receive(ORDERED, false, hold, 1 + random.nextInt(3), Duration.ZERO);
    };
  }

  private Action<String> release(SessionHold hold) {
    if (random.nextInt(4) > 0) {
      holds.remove(hold);
    }
    return new Action<>(
        "release session " + hold.sessionId(),
        true,
        e -> e.releaseSession(hold).thenApply(done -> ""),
        (m, answer) -> {
          m.release(ORDERED, hold);
          return "";
        },
        answer -> answer);
  }

  Action<SessionHold> accept(String session) {
    return accept(session, Duration.ZERO);
  }

  Action<SessionHold> accept(String session, Duration wait) {
    return new Action<>(
        "accept session " + session,
        false,
        e -> e.acceptSession(QueueName.of(ORDERED), SessionId.of(session), wait),
        (m, hold) -> {
          m.accept(ORDERED, session, hold == null ? new Object() : hold);
          return session;
        },
        this::remember);
  }

  Action<Optional<SessionHold>> acceptNext() {
    return acceptNext(Duration.ZERO);
  }

  Action<Optional<SessionHold>> acceptNext(Duration wait) {
    return new Action<>(
        "accept next session",
        false,
        e -> e.acceptNextSession(QueueName.of(ORDERED), wait),
        (m, hold) -> {
          Set<String> waiting = m.waitingSessions(ORDERED);
          if (hold == null || waiting.isEmpty()) {
            return waiting.isEmpty() ? "none" : "one of " + waiting;
          }
          String accepted = hold.map(h -> h.sessionId().value()).orElse("none");
          if (!waiting.contains(accepted)) {
            return "one of " + waiting;
          }
          m.accept(ORDERED, accepted, hold.orElseThrow());
          return accepted;
        },
        hold -> hold.map(this::remember).orElse("none"));
  }

  private String remember(SessionHold hold) {
    holds.add(hold);
    return hold.sessionId().value();
  }

  SessionHold someHold() {
    return anyHold();
  }

  private SessionHold anyHold() {
    return holds.isEmpty()
        ? null
        : holds.get(random.nextInt(6) == 0 ? random.nextInt(holds.size()) : holds.size() - 1);
  }

  /**
   * Old holds and tokens are kept: they must be refused. Too many of them would leave no room for
   * anything else.
   */
  void restarted() {
    while (held.size() > 2) {
      held.remove(0);
    }
    while (holds.size() > 1) {
      holds.remove(0);
    }
  }

  // The rest

  private Action<Integer> deadLetters(QueueModel model, String queue) {
    List<Long> numbers = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      numbers.add(anySequence(model, queue, true));
    }
    List<SequenceNumber> asked = numbers.stream().map(SequenceNumber::of).toList();
    boolean replay = random.nextInt(3) > 0;
    MessageEdits edits =
        random.nextInt(3) == 0
            ? new MessageEdits(Map.of("repaired", true), Set.of("h"))
            : MessageEdits.NONE;
    return new Action<>(
        (replay ? "replay " : "discard ") + numbers + " of " + queue,
        true,
        e ->
            replay
                ? e.replay(QueueName.of(queue), asked, edits)
                : e.discard(QueueName.of(queue), asked),
        (m, answer) -> replay ? m.replay(queue, numbers, edits) : m.discard(queue, numbers),
        count -> count);
  }

  private long anySequence(QueueModel model, String queue, boolean dead) {
    if (model.names().contains(queue) && random.nextInt(8) > 0) {
      List<Long> numbers = new ArrayList<>();
      for (QueueModel.Message message : model.queue(queue).messages(dead).values()) {
        if (dead || message.home != QueueModel.Home.ACTIVE) {
          numbers.add(message.sequence);
        }
      }
      if (!numbers.isEmpty()) {
        return numbers.get(random.nextInt(numbers.size()));
      }
    }
    return random.nextInt(30);
  }

  static SubQueue sub(boolean dead) {
    return dead ? SubQueue.DEAD_LETTER : SubQueue.MAIN;
  }

  static String place(String queue, boolean dead) {
    return dead ? "dead letters of " + queue : queue;
  }
}
