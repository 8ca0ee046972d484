package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.BatchTooLarge;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes messages in: checks them all, then lets in all or none. Confined to the engine thread. */
final class Sending {

  /** Room for the records around a message's own. */
  static final int OVERHEAD = 128;

  private final EngineContext context;
  private final Returns returns;
  private final Intake intake;
  private final Routing routing;

  Sending(EngineContext context, Returns returns, Intake intake, Routing routing) {
    this.context = context;
    this.returns = returns;
    this.intake = intake;
    this.routing = routing;
  }

  /** Sends all or none; waits for room so long at most. */
  void send(Reply<List<SendReceipt>> reply, QueueName name, List<Draft> drafts, Duration timeout) {
    QueueState queue = context.require(name, "send to");
    check(queue, drafts);
    long capacity = queue.options().capacity();
    if (capacity > 0 && drafts.size() > capacity) {
      throw new BatchTooLarge(
          name.value(),
          "Cannot send %d messages to queue '%s' at once: it holds at most %d. Nothing was sent."
              .formatted(drafts.size(), name, capacity));
    }
    if (mustWait(queue, drafts.size()) && needsRoom(queue, drafts)) {
      await(new SendWait<>(reply, Function.identity(), queue, drafts, timeout.toMillis()));
    } else {
      reply.value(let(queue, drafts));
    }
  }

  /** Sends one, as a list of one would be; waits for room up to the send timeout. */
  void send(Reply<SendReceipt> reply, QueueName name, Draft draft) {
    QueueState queue = context.require(name, "send to");
    check(queue, draft, null);
    if (mustWait(queue, 1) && needsRoom(queue, List.of(draft))) {
      await(
          new SendWait<>(
              reply,
              receipts -> receipts.get(0),
              queue,
              List.of(draft),
              context.options.sendTimeout().toMillis()));
    } else if (queue.options().forwardTo() == null) {
      context.log.requireRoomForMessages(queue, bytesOf(queue, draft), recordsOf(queue) + 1);
      reply.value(let(queue, draft));
    } else {
      reply.value(let(queue, List.of(draft)).get(0));
    }
  }

  private static boolean mustWait(QueueState queue, int messages) {
    return queue.traffic.sendWaits.firstOpen() != null || !fits(queue, messages);
  }

  private void await(SendWait<?> wait) {
    if (wait.timeoutMillis <= 0) {
      wait.timeOut();
    } else {
      context.await(wait.queue.traffic.sendWaits, wait, wait.timeoutMillis);
    }
  }

  List<Place> reserve(QueueName name, int count) {
    QueueState queue = context.require(name, "reserve places of");
    List<Place> places = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      places.add(queue.reserve());
    }
    return places;
  }

  /** Lets held-back senders in where messages left. */
  void serveHeldBack() {
    for (QueueState queue = context.nextRoomier(); queue != null; queue = context.nextRoomier()) {
      queue.traffic.heldForwards.forEach(context::stir);
      queue.traffic.heldForwards.clear();
      for (SendWait<?> wait = queue.traffic.sendWaits.firstOpen();
          wait != null && fits(queue, wait.drafts.size());
          wait = queue.traffic.sendWaits.firstOpen()) {
        context.served(wait);
        try {
          check(queue, wait.drafts);
          wait.sent(let(queue, wait.drafts));
        } catch (RuntimeException refused) {
          wait.reply.failure(refused);
        }
      }
    }
  }

  boolean cancel(QueueName name, SequenceNumber number) {
    QueueState queue = context.require(name, "cancel a scheduled message of");
    StoredMessage message = queue.main.get(number.value());
    if (message == null || message.home() != Home.SCHEDULED || message.dueAt <= context.wall()) {
      return false;
    }
    context.log.requireRoom(queue, OVERHEAD, 1);
    returns.remove(message, Cause.CANCELLED);
    return true;
  }

  /** A scheduled message is due: it takes its place at the end, as if it were sent now. */
  void activate(StoredMessage message) {
    QueueState queue = message.queue();
    context.log.requireRoom(queue, message.size, 1);
    routing.entering(queue, () -> takePlace(queue, message));
  }

  private void takePlace(QueueState queue, StoredMessage message) {
    byte[] payload = context.log.copyPayload(message);
    long first = RecordHead.first(payload);
    StoredMessage active =
        context.log.record(
            Draft.again(payload, MessageContent.keys(RecordHead.content(payload)))
                .enqueued(
                    queue.id,
                    queue.nextSequence(),
                    Enqueued.Kind.ACTIVATED,
                    RecordHead.hops(payload),
                    message.sequence,
                    first == 0 ? message.sequence : first,
                    context.wall(),
                    0,
                    EngineContext.plus(context.wall(), message.expiresAt),
                    0));
    context.left(message);
    routing.arrived(active);
  }

  private static boolean fits(QueueState queue, int messages) {
    long capacity = queue.options().capacity();
    return capacity == 0 || queue.pending() + messages <= capacity;
  }

  /** False when all are discarded as duplicates or take the place of a message that is there. */
  boolean needsRoom(QueueState queue, List<Draft> drafts) {
    for (Draft draft : drafts) {
      StoredMessage older = intake.older(queue, draft);
      if ((older == null || older.isLocked()) && !intake.isDuplicate(queue, draft)) {
        return true;
      }
    }
    return false;
  }

  private List<SendReceipt> let(QueueState queue, List<Draft> drafts) {
    long bytes = 0;
    for (Draft draft : drafts) {
      bytes += bytesOf(queue, draft);
    }
    context.log.requireRoomForMessages(queue, bytes, drafts.size() * recordsOf(queue) + 1);
    if (drafts.size() == 1 && queue.options().forwardTo() == null) {
      return List.of(let(queue, drafts.get(0)));
    }
    List<SendReceipt> receipts = new ArrayList<>(drafts.size());
    context.log.group(queue.id, () -> drafts.forEach(draft -> receipts.add(let(queue, draft))));
    return receipts;
  }

  /** Lets in a message that was checked, and for which there is room on the disk. */
  SendReceipt let(QueueState queue, Draft draft) {
    StoredMessage older = intake.older(queue, draft);
    StoredMessage message = intake.let(queue, draft, older);
    if (message == null) {
      return new SendReceipt(draft.messageId(), SendOutcome.DUPLICATE, null);
    }
    // Where the queue forwards, the message has another place before the receipt is written.
    long place = message.sequence;
    if (message != older) {
      routing.arrived(message);
    }
    return new SendReceipt(
        draft.messageId(), older == null ? SendOutcome.ENQUEUED : SendOutcome.REPLACED, place);
  }

  /** Payload bytes that letting in a message writes at most. */
  long bytesOf(QueueState queue, Draft draft) {
    int places = routing.places(queue);
    return (long) places * (draft.payload().length + OVERHEAD)
        + (places == 1 ? 0 : Routing.OVERHEAD);
  }

  /** Records that letting in a message writes at most. */
  int recordsOf(QueueState queue) {
    return 3 * routing.places(queue);
  }

  private void check(QueueState queue, List<Draft> drafts) {
    Map<String, @Nullable String> sessionByKey = new HashMap<>();
    drafts.forEach(draft -> check(queue, draft, sessionByKey));
  }

  /**
   * Throws when that queue cannot take that message.
   *
   * @param sessionByKey the sessions of the messages with a key that go into the queue before it;
   *     null when there are none
   */
  void check(QueueState queue, Draft draft, @Nullable Map<String, @Nullable String> sessionByKey) {
    long most =
        queue.options().maxMessageSize() == null
            ? context.options.maxMessageSize()
            : Math.min(queue.options().maxMessageSize(), context.options.maxMessageSize());
    if (draft.size() > most) {
      throw new MessageTooLarge(
          queue.name.value(),
          "Cannot send message '%s' to queue '%s': it has %d bytes with its headers, at most %d are taken. Nothing was sent; send a reference to the data, or raise max-message-size."
              .formatted(draft.messageId(), queue.name, draft.size(), most),
          draft.size(),
          most);
    }
    checkSession(queue, draft);
    Place place = draft.terms().place();
    if (place != null) {
      checkPlace(queue, draft, place);
    }
    String key = draft.deduplicationKey();
    if (key != null) {
      checkKey(queue, draft, key, sessionByKey);
    }
  }

  private static void checkSession(QueueState queue, Draft draft) {
    boolean has = draft.sessionId() != null;
    if (queue.options().sessions() && !has) {
      throw new ValidationFailed(
          queue.name.value(),
          "Cannot send message '%s' to queue '%s': the queue has sessions and the message has no session id. Nothing was sent; set one, e.g. template.to(\"%s\").session(id)."
              .formatted(draft.messageId(), queue.name, queue.name));
    }
    if (!queue.options().sessions() && has) {
      throw new ValidationFailed(
          queue.name.value(),
          "Cannot send message '%s' to queue '%s': it has the session id '%s' but the queue has no sessions. Nothing was sent; leave the session out, or create a queue with session: required."
              .formatted(draft.messageId(), queue.name, draft.sessionId()));
    }
  }

  /** Nothing may be put in another's place, nor among messages that are received in order. */
  private static void checkPlace(QueueState queue, Draft draft, Place place) {
    long sequence = place.sequenceNumber().value();
    if (draft.terms().scheduledFor() == 0
        || place.queueId != queue.id
        || queue.find(sequence, false) != null
        || queue.find(sequence, true) != null) {
      throw new ValidationFailed(
          queue.name.value(),
          "Cannot send message '%s' to queue '%s' at %s: %s. Nothing was sent; reserve another place, or send it without one."
              .formatted(
                  draft.messageId(),
                  queue.name,
                  place,
                  draft.terms().scheduledFor() == 0
                      ? "the message is not scheduled"
                      : place.queueId == queue.id
                          ? "another message is there"
                          : "the place was reserved in another queue"));
    }
  }

  private static void checkKey(
      QueueState queue,
      Draft draft,
      String key,
      @Nullable Map<String, @Nullable String> sessionByKey) {
    StoredMessage older = queue.pendingWithKey(key);
    String session = draft.sessionId();
    String before =
        sessionByKey != null && sessionByKey.containsKey(key)
            ? sessionByKey.get(key)
            : older == null ? session : older.lane.sessionId();
    if (sessionByKey != null) {
      sessionByKey.put(key, session);
    }
    if (!Objects.equals(before, session)) {
      throw new ValidationFailed(
          queue.name.value(),
          "Cannot send message '%s' to queue '%s': the pending message with deduplication key '%s' belongs to session '%s', this one to '%s', and a key cannot move between sessions. Nothing was sent."
              .formatted(draft.messageId(), queue.name, key, before, session));
    }
  }
}
