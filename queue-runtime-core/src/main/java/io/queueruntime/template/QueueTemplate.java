package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The send side of one client, and a way to receive without a listener.
 *
 * <p>A method that returns has done its work durably; each has an {@code …Async} twin. Everything
 * is checked before any I/O. Transient errors are tried again up to three times, with the same
 * message id.
 *
 * <p>Thread-safe.
 */
public final class QueueTemplate implements AutoCloseable {

  private static final int RECEIVERS_MAX = 1_000;

  private final QueueProvider provider;
  private final MessageConverter converter;
  private final TransientRetry retry;
  private final Duration operationTimeout;
  private final InstantSource clock;
  private final ListedSessions sessions;
  private final MessageSending sending;
  private final Decoding decoding;
  private final ReplyInbox replies;
  private final Map<QueueName, QueueReceiver> receivers = new ConcurrentHashMap<>();

  /** Builds a template on a provider, which the caller closes after it; does no I/O. */
  public QueueTemplate(
      QueueProvider provider,
      MessageConverter converter,
      QueueObservations observations,
      TemplateOptions options) {
    this(
        provider, converter, observations, options, TransientRetry.DEFAULT, InstantSource.system());
  }

  QueueTemplate(
      QueueProvider provider,
      MessageConverter converter,
      QueueObservations observations,
      TemplateOptions options,
      TransientRetry retry,
      InstantSource clock) {
    this.provider = provider;
    this.converter = converter;
    this.retry = retry;
    this.operationTimeout = options.operationTimeout();
    this.clock = clock;
    this.sessions = new ListedSessions(options.sessionIds());
    this.sending = new MessageSending(provider, observations, sessions, retry);
    this.decoding = new Decoding(converter, retry, operationTimeout);
    this.replies =
        new ReplyInbox(provider, options.replyQueue(), options.createReplyQueue(), sending.newId());
  }

  /** Sends one payload and returns the message's id. */
  public String send(String queue, Object payload) {
    return to(queue).send(payload).messageId();
  }

  /** {@link #send} without waiting. */
  public CompletableFuture<String> sendAsync(String queue, Object payload) {
    return to(queue).sendAsync(payload).thenApply(SendReceipt::messageId);
  }

  /** Starts a message with more than a payload. */
  public MessageSpec to(String queue) {
    return draft(QueueName.of(queue));
  }

  private Draft draft(QueueName queue) {
    return new Draft(this, queue, converter, sessions, clock);
  }

  SendReceipt send(QueueName queue, OutgoingMessage.Builder message) {
    return Waiting.join(
        Doing.of("send", queue, "send to queue '" + queue + "'"),
        sending.send(queue, message),
        operationTimeout);
  }

  CompletableFuture<SendReceipt> sendAsync(QueueName queue, OutgoingMessage.Builder message) {
    return sending.send(queue, message);
  }

  /**
   * Sends many, payloads or {@code OutgoingMessage}s; all are checked before the first one goes.
   * Receipts stand in their order. Lists beyond the provider's limits are split; without atomic
   * batches the first part that fails ends it.
   */
  public List<SendReceipt> sendAll(String queue, List<?> payloads) {
    QueueName name = QueueName.of(queue);
    return Waiting.join(
        Doing.of("send", name, "send " + payloads.size() + " messages to queue '" + name + "'"),
        sending.sendAll(name, drafts(name, payloads)),
        operationTimeout);
  }

  /** {@link #sendAll} without waiting. */
  public CompletableFuture<List<SendReceipt>> sendAllAsync(String queue, List<?> payloads) {
    try {
      QueueName name = QueueName.of(queue);
      return sending.sendAll(name, drafts(name, payloads));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private List<OutgoingMessage.Builder> drafts(QueueName queue, List<?> payloads) {
    Draft draft = draft(queue);
    return payloads.stream().map(draft::toMessage).toList();
  }

  /** Takes a scheduled message back; false when it is due already, or never was. */
  public boolean cancelScheduled(String queue, SequenceNumber sequenceNumber) {
    return Waiting.join(
        Doing.of(
            "cancel-scheduled",
            QueueName.of(queue),
            "cancel message " + sequenceNumber + " of queue '" + queue + "'"),
        cancelScheduledAsync(queue, sequenceNumber),
        operationTimeout);
  }

  /** {@link #cancelScheduled} without waiting. */
  public CompletableFuture<Boolean> cancelScheduledAsync(
      String queue, SequenceNumber sequenceNumber) {
    return sending.cancelScheduled(QueueName.of(queue), sequenceNumber);
  }

  /**
   * Takes one message of a plain queue under a lock; empty when none came within {@code maxWait}.
   * Settle it through itself. One that cannot be read as {@code type} is dead-lettered, and the
   * call fails with {@code SerializationFailed}.
   */
  public <T> Optional<ReceivedMessage<T>> receive(String queue, Class<T> type, Duration maxWait) {
    return Waiting.join(
        Doing.of("receive", QueueName.of(queue), "receive from queue '" + queue + "'"),
        receiveAsync(queue, type, maxWait),
        maxWait.plus(operationTimeout));
  }

  /** {@link #receive} without waiting; cancelling gives back what would have come. */
  @SuppressWarnings(
      "unchecked") // the converter's contract: a payload is of the type that was asked for
  public <T> CompletableFuture<Optional<ReceivedMessage<T>>> receiveAsync(
      String queue, Class<T> type, Duration maxWait) {
    QueueReceiver receiver = receiver(QueueName.of(queue));
    return Following.of(
        Doing.of("receive", receiver.queue(), "receive from queue '" + queue + "'"),
        receiver.receive(1, maxWait),
        messages ->
            decoding
                .received(receiver, messages, type)
                .thenApply(
                    read -> read.stream().findFirst().map(message -> (ReceivedMessage<T>) message)),
        messages -> decoding.giveBack(receiver, messages));
  }

  /**
   * Takes deferred messages of a plain queue under a lock, in the order of the numbers; those that
   * are not there, or not deferred, are left out. For those of a session see {@link
   * AcceptedSession#receiveDeferred}.
   */
  public <T> List<ReceivedMessage<T>> receiveDeferred(
      String queue, Class<T> type, Collection<SequenceNumber> sequenceNumbers) {
    return Waiting.join(
        Doing.of(
            "receive-deferred",
            QueueName.of(queue),
            "receive deferred messages of queue '" + queue + "'"),
        receiveDeferredAsync(queue, type, sequenceNumbers),
        operationTimeout);
  }

  /** {@link #receiveDeferred} without waiting; cancelling gives back what would have come. */
  public <T> CompletableFuture<List<ReceivedMessage<T>>> receiveDeferredAsync(
      String queue, Class<T> type, Collection<SequenceNumber> sequenceNumbers) {
    return decoding.deferred(receiver(QueueName.of(queue)), sequenceNumbers, type);
  }

  /** Takes hold of one session; empty when somebody else held it all through {@code maxWait}. */
  public Optional<AcceptedSession> acceptSession(String queue, String sessionId, Duration maxWait) {
    return Waiting.join(
        Doing.of(
            "accept-session",
            QueueName.of(queue),
            "accept session '" + sessionId + "' of queue '" + queue + "'"),
        acceptSessionAsync(queue, sessionId, maxWait),
        maxWait.plus(operationTimeout));
  }

  /** {@link #acceptSession} without waiting; cancelling gives up. */
  public CompletableFuture<Optional<AcceptedSession>> acceptSessionAsync(
      String queue, String sessionId, Duration maxWait) {
    CompletableFuture<SessionReceiver> accepting =
        provider.acceptSession(QueueName.of(queue), SessionId.of(sessionId), maxWait);
    CompletableFuture<Optional<SessionReceiver>> found =
        accepting
            .thenApply(Optional::of)
            .exceptionally(
                error -> {
                  if (TransientRetry.unwrap(error) instanceof SessionLocked) {
                    return Optional.empty();
                  }
                  throw new CompletionException(TransientRetry.unwrap(error));
                });
    return held(
        Doing.of(
            "accept-session",
            QueueName.of(queue),
            "accept session '" + sessionId + "' of queue '" + queue + "'"),
        accepting,
        found);
  }

  /**
   * Takes hold of the session that has been waiting longest; empty when there was none within
   * {@code maxWait}.
   */
  public Optional<AcceptedSession> acceptNextSession(String queue, Duration maxWait) {
    return Waiting.join(
        Doing.of(
            "accept-next-session",
            QueueName.of(queue),
            "accept the next session of queue '" + queue + "'"),
        acceptNextSessionAsync(queue, maxWait),
        maxWait.plus(operationTimeout));
  }

  /** {@link #acceptNextSession} without waiting; cancelling gives up. */
  public CompletableFuture<Optional<AcceptedSession>> acceptNextSessionAsync(
      String queue, Duration maxWait) {
    CompletableFuture<Optional<SessionReceiver>> accepting =
        provider.acceptNextSession(QueueName.of(queue), maxWait);
    return held(
        Doing.of(
            "accept-next-session",
            QueueName.of(queue),
            "accept the next session of queue '" + queue + "'"),
        accepting,
        accepting);
  }

  private CompletableFuture<Optional<AcceptedSession>> held(
      Doing doing,
      CompletableFuture<?> cancelled,
      CompletableFuture<Optional<SessionReceiver>> found) {
    CompletableFuture<Optional<AcceptedSession>> result =
        Following.of(
            doing,
            found,
            receiver ->
                CompletableFuture.completedFuture(
                    receiver.map(each -> new HeldSession(each, decoding, operationTimeout))),
            receiver -> receiver.ifPresent(SessionReceiver::closeAsync));
    result.whenComplete(
        (session, error) -> {
          if (result.isCancelled()) {
            cancelled.cancel(true);
          }
        });
    return result;
  }

  /** Looks at messages from a sequence number on, in order, without locking or counting. */
  public <T> List<ReceivedMessage<T>> peek(
      String queue, Class<T> type, SequenceNumber from, int maxMessages) {
    return Waiting.join(
        Doing.of("peek", QueueName.of(queue), "peek at queue '" + queue + "'"),
        peekAsync(queue, type, from, maxMessages),
        operationTimeout);
  }

  /** {@link #peek} without waiting. */
  @SuppressWarnings(
      "unchecked") // the converter's contract: a payload is of the type that was asked for
  public <T> CompletableFuture<List<ReceivedMessage<T>>> peekAsync(
      String queue, Class<T> type, SequenceNumber from, int maxMessages) {
    QueueReceiver receiver = receiver(QueueName.of(queue));
    Doing peeking = Doing.of("peek", receiver.queue(), "peek at queue '" + queue + "'");
    return retry
        .call(() -> receiver.peek(from, maxMessages), failure -> {}, peeking::noted)
        .thenApply(messages -> (List<ReceivedMessage<T>>) (List<?>) decoding.seen(messages, type));
  }

  /**
   * Sends a question and waits for its answer, which comes through a session of this template's own
   * in the reply queue.
   *
   * @throws OperationTimedOut when none came within {@code timeout}
   */
  public <T> T sendAndReceive(String queue, Object payload, Class<T> answerType, Duration timeout) {
    return to(queue).sendAndReceive(payload, answerType, timeout);
  }

  /** {@link #sendAndReceive} without waiting; cancelling forgets the question. */
  public <T> CompletableFuture<T> sendAndReceiveAsync(
      String queue, Object payload, Class<T> answerType, Duration timeout) {
    return to(queue).sendAndReceiveAsync(payload, answerType, timeout);
  }

  <T> T ask(
      QueueName queue, OutgoingMessage.Builder question, Class<T> answerType, Duration timeout) {
    return Waiting.join(
        Doing.of("send", queue, "ask queue '" + queue + "'"),
        askAsync(queue, question, answerType, timeout),
        timeout.plus(operationTimeout));
  }

  <T> CompletableFuture<T> askAsync(
      QueueName queue, OutgoingMessage.Builder question, Class<T> answerType, Duration timeout) {
    OutgoingMessage asked = question.build();
    if (asked.replyTo().isPresent() || asked.replyToSessionId().isPresent()) {
      throw new ValidationFailed(
          queue.value(),
          "A question for queue '%s' has a reply-to of its own; leave it out, or send and receive yourself."
              .formatted(queue));
    }
    if (asked.messageId().isEmpty()) {
      question.generatedMessageId(sending.newId());
    }
    String key = asked.correlationId().orElseGet(() -> question.build().messageId().orElseThrow());
    CompletableFuture<ReceivedMessage<byte[]>> answer = replies.expect(key);
    answer.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
    Doing asking = new Doing("send", queue, key, "ask queue '" + queue + "'");
    CompletableFuture<T> result =
        Following.of(
            asking,
            answer,
            reply ->
                CompletableFuture.completedFuture(
                    answerType.cast(decoding.payload(reply, answerType))),
            reply -> {});
    question.replyTo(replies.queue().value()).replyToSessionId(replies.session().value());
    Following.of(asking, replies.ready(), ready -> sending.send(queue, question), ready -> {})
        .whenComplete(
            (receipt, error) -> {
              if (error != null) {
                answer.completeExceptionally(TransientRetry.unwrap(error));
              }
            });
    return named(queue, result, timeout);
  }

  /** Says what timed out, in the words of the runtime. */
  private static <T> CompletableFuture<T> named(
      QueueName queue, CompletableFuture<T> result, Duration timeout) {
    CompletableFuture<T> told = new CompletableFuture<>();
    told.whenComplete(
        (value, error) -> {
          if (told.isCancelled()) {
            result.cancel(true);
          }
        });
    result.whenComplete(
        (value, error) -> {
          if (error == null) {
            told.complete(value);
          } else if (TransientRetry.unwrap(error) instanceof TimeoutException) {
            told.completeExceptionally(
                new OperationTimedOut(
                    queue.value(),
                    "No answer came from queue '%s' within %s; it may still be worked on."
                        .formatted(queue, timeout),
                    null));
          } else {
            told.completeExceptionally(TransientRetry.unwrap(error));
          }
        });
    return told;
  }

  private QueueReceiver receiver(QueueName queue) {
    QueueReceiver known = receivers.get(queue);
    if (known != null) {
      return known;
    }
    if (receivers.size() >= RECEIVERS_MAX) {
      return provider.receiver(queue, SubQueue.MAIN);
    }
    return receivers.computeIfAbsent(queue, name -> provider.receiver(name, SubQueue.MAIN));
  }

  /**
   * Ends waiting questions and lets go of what the template itself holds; the provider stays open.
   * Idempotent.
   */
  @Override
  public void close() {
    replies.close();
    receivers.values().forEach(QueueReceiver::close);
    receivers.clear();
  }
}
