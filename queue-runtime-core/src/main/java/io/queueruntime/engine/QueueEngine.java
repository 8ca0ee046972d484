package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.TransactionRefused;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.journal.Journal;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All queues of one data directory: the front door takes a command and returns a future, which
 * completes once the command's effect is as durable as the engine promises.
 *
 * <p>Whoever waits for an answer, by {@code join} or {@code get} without a limit or with one of a
 * second or more, may do the engine's work meanwhile, at most one turn of it, which writes to the
 * disk and forces it; that is done before a limit or an interrupt is looked at. Whoever does not
 * wait never does.
 *
 * <p>Thread-safe. Futures fail with a {@code QueueRuntimeException}; unless it was opened with
 * threads for callbacks they complete on the engine's thread, so what depends on them must not
 * block.
 */
public final class QueueEngine implements AutoCloseable {

  private final EngineRun run;
  private final EngineParts parts;

  private QueueEngine(EngineRun run) {
    this.run = run;
    this.parts = run.parts;
  }

  /**
   * Opens the directory, recovers what is in it and starts the engine's thread.
   *
   * @throws io.queueruntime.QueueRuntimeException.StorageFailed when the directory is in use,
   *     cannot be used, or holds something damaged; nothing in it is changed then
   */
  public static QueueEngine open(EngineOptions options) {
    return new QueueEngine(EngineRun.open(options, null));
  }

  /**
   * The same, and what depends on the futures runs on {@code callbacks}, or on the thread of
   * somebody who waits for them, hence may block.
   */
  public static QueueEngine open(EngineOptions options, Executor callbacks) {
    return new QueueEngine(EngineRun.open(options, callbacks));
  }

  /**
   * An engine without a thread: {@link #turn()} does the work. For tests that decide what happens
   * when; everything is deterministic but the engine id, which is given.
   */
  static QueueEngine manual(Journal journal, EngineOptions options, long engineId) {
    return manual(journal, options, engineId, EngineLoop.COMMANDS_PER_TURN);
  }

  /**
   * The same.
   *
   * @param atOnce commands taken with one look at most: with few of them, one turn looks again
   */
  static QueueEngine manual(Journal journal, EngineOptions options, long engineId, int atOnce) {
    return new QueueEngine(EngineRun.manual(journal, options, engineId, atOnce));
  }

  /** One turn of an engine without a thread; true when there is more to do at once. */
  boolean turn() {
    return run.loop.turn();
  }

  /** What the engine was opened with; the largest message is what its journal takes. */
  public EngineOptions options() {
    return run.options;
  }

  /** Largest message taken by any queue, in bytes as stored. */
  public long maxMessageSize() {
    return run.options.maxMessageSize();
  }

  /** Largest session state, in bytes. */
  public long maxSessionStateSize() {
    return Sessions.MAX_STATE_BYTES;
  }

  /**
   * False when it exists; fails with {@code ConfigurationInvalid} when it exists and differs in
   * what cannot be changed.
   */
  public CompletableFuture<Boolean> createQueue(QueueName queue, QueueOptions queueOptions) {
    return submit(reply -> reply.value(parts.queues().create(queue, queueOptions)));
  }

  /**
   * Changes what can be changed; fails with {@code QueueNotFound} or {@code ConfigurationInvalid}.
   */
  public CompletableFuture<Void> updateQueue(QueueName queue, QueueOptions queueOptions) {
    return perform(() -> parts.queues().update(queue, queueOptions));
  }

  /** Deletes the queue and all it holds; false when there was none. */
  public CompletableFuture<Boolean> deleteQueue(QueueName queue) {
    return submit(reply -> reply.value(parts.queues().delete(queue)));
  }

  /**
   * Tells that listener, in place of any before, of each queue that deletes itself because nobody
   * used it. It is called on the engine thread, which may be a caller's, before anybody can find
   * the queue gone, and must neither block nor fail.
   */
  public CompletableFuture<Void> onSelfDeletion(Consumer<QueueName> listener) {
    return perform(() -> parts.context().onSelfDeletion(listener));
  }

  public CompletableFuture<Optional<QueueDescription>> describeQueue(QueueName queue) {
    return submit(reply -> reply.value(parts.queues().describe(queue)));
  }

  /** All queues, in alphabetical order. */
  public CompletableFuture<List<QueueName>> listQueues() {
    return submit(reply -> reply.value(parts.context().state.names()));
  }

  public CompletableFuture<QueueStatistics> statistics(QueueName queue) {
    return submit(reply -> reply.value(parts.queues().statistics(queue)));
  }

  /**
   * Takes every lock away that anybody holds on the queue's messages, dead letters and sessions, as
   * if its time were over: holders hear that they lost it, and deliveries count. Returns how many
   * there were.
   */
  public CompletableFuture<Integer> loseLocks(QueueName queue) {
    return submit(reply -> reply.value(parts.lockLoss().all(queue)));
  }

  /** Removes what is not locked and was there at the call; returns how many. */
  public CompletableFuture<Long> purge(QueueName queue, SubQueue subQueue) {
    return submit(reply -> parts.purging().all(reply, queue, subQueue));
  }

  /**
   * Removes messages that were enqueued before that moment, the oldest first, at most so many and
   * never more than 4000; returns how many. Those that are locked, scheduled or deferred stay. Does
   * not look further than 1000 messages that came later, so that a call is short however many there
   * are.
   */
  public CompletableFuture<Long> purge(
      QueueName queue, SubQueue subQueue, Instant enqueuedBefore, int max) {
    long before = MessageContent.millisUp(enqueuedBefore);
    return submit(reply -> reply.value(parts.purging().oldest(queue, subQueue, before, max)));
  }

  /**
   * Sends all or none; receipts stand in the order of the messages. Waits for room up to the send
   * timeout.
   */
  public CompletableFuture<List<SendReceipt>> send(
      QueueName queue, List<OutgoingMessage> messages) {
    if (messages.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    List<Draft> drafts = new ArrayList<>(messages.size());
    for (OutgoingMessage message : messages) {
      MessageTooLarge tooLarge = tooLarge(queue, message);
      if (tooLarge != null) {
        return CompletableFuture.failedFuture(tooLarge);
      }
      drafts.add(Draft.of(message, run.nextId()));
    }
    return submit(reply -> parts.sending().send(reply, queue, drafts, run.options.sendTimeout()));
  }

  /** Sends one message. Waits for room up to the send timeout. */
  public CompletableFuture<SendReceipt> send(QueueName queue, OutgoingMessage message) {
    MessageTooLarge tooLarge = tooLarge(queue, message);
    if (tooLarge != null) {
      return CompletableFuture.failedFuture(tooLarge);
    }
    return run.submit(new Command.Send(run.replies, queue, Draft.of(message, run.nextId())));
  }

  /** False when it is due already, or never was scheduled. */
  public CompletableFuture<Boolean> cancelScheduled(
      QueueName queue, SequenceNumber sequenceNumber) {
    return submit(reply -> reply.value(parts.sending().cancel(queue, sequenceNumber)));
  }

  /**
   * Locks what is ready, or what becomes ready within {@code maxWait}; empty when nothing did.
   * Cancelling gives up.
   */
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      QueueName queue, SubQueue subQueue, int maxMessages, Duration maxWait) {
    if (maxMessages < 1) {
      return CompletableFuture.failedFuture(tooFew(queue, maxMessages));
    }
    long wait = MessageContent.millisUp(maxWait);
    return run.submit(new Command.Receive(run.replies, queue, subQueue, maxMessages, wait));
  }

  /**
   * The same for a held session; several may be held unsettled, and each goes back to its own
   * place.
   */
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      SessionHold session, int maxMessages, Duration maxWait) {
    if (maxMessages < 1) {
      return CompletableFuture.failedFuture(tooFew(session.queue(), maxMessages));
    }
    long wait = MessageContent.millisUp(maxWait);
    return submit(reply -> parts.deliveries().receive(reply, session, maxMessages, wait));
  }

  /**
   * Ends a receive that waits as if its time were up. One that was given messages keeps them, on
   * their way as they may be; cancelling takes them back a while later, and who asks meanwhile does
   * not see them. Completes once that is decided, which says nothing about the receive.
   */
  public CompletableFuture<Void> endWait(CompletableFuture<List<ReceivedMessage<byte[]>>> receive) {
    return perform(
        () -> {
          if (receive instanceof Reply<?> reply) {
            parts.context().endWait(reply);
          }
        });
  }

  /**
   * Locks deferred messages; those not found, not deferred, or not of that session are left out. On
   * a session queue a hold is needed.
   */
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionHold session,
      Collection<SequenceNumber> sequenceNumbers) {
    List<SequenceNumber> numbers = List.copyOf(sequenceNumbers);
    return taking(() -> parts.deliveries().receiveDeferred(queue, subQueue, session, numbers));
  }

  /**
   * Looks from a sequence number on, at one session's messages only when one is named. At most 1000
   * at a time.
   */
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId sessionId,
      SequenceNumber from,
      int maxMessages) {
    return submit(
        reply -> reply.value(parts.views().peek(queue, subQueue, sessionId, from, maxMessages)));
  }

  /** Waits while somebody else holds it, then fails with {@code SessionLocked}. */
  public CompletableFuture<SessionHold> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return acceptSession(queue, sessionId, maxWait, Function.identity());
  }

  /**
   * The same in the caller's own words.
   *
   * @param words makes of the session what the future tells; called on the engine thread, so it
   *     must neither block nor fail
   */
  public <R> CompletableFuture<R> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait, Function<SessionHold, R> words) {
    long wait = MessageContent.millisUp(maxWait);
    return submit(
        reply ->
            parts
                .sessions()
                .accept(reply, hold -> words.apply(hold.orElseThrow()), queue, sessionId, wait));
  }

  /** Empty when no session had a message to receive in time. */
  public CompletableFuture<Optional<SessionHold>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    return acceptNextSession(queue, maxWait, Function.identity());
  }

  /**
   * The same in the caller's own words.
   *
   * @param words makes of the session what the future tells; called on the engine thread, so it
   *     must neither block nor fail
   */
  public <R> CompletableFuture<Optional<R>> acceptNextSession(
      QueueName queue, Duration maxWait, Function<SessionHold, R> words) {
    long wait = MessageContent.millisUp(maxWait);
    return submit(
        reply -> parts.sessions().acceptNext(reply, hold -> hold.map(words), queue, wait));
  }

  /**
   * The sessions that have messages or a state, in alphabetical order, without the first {@code
   * skip}; at most {@code top} and never more than 1000.
   */
  public CompletableFuture<List<SessionId>> sessions(QueueName queue, int skip, int top) {
    return submit(reply -> reply.value(parts.sessions().list(queue, skip, top)));
  }

  public CompletableFuture<Instant> renewSession(SessionHold session) {
    return submit(reply -> reply.value(parts.sessions().renew(session)));
  }

  public CompletableFuture<Optional<byte[]>> sessionState(SessionHold session) {
    return submit(reply -> reply.value(parts.sessions().state(session)));
  }

  /** Stores up to 256 KiB with the session; null takes it away. */
  public CompletableFuture<Void> setSessionState(SessionHold session, byte @Nullable [] state) {
    return perform(() -> parts.sessions().setState(session, state));
  }

  /**
   * Gives the session and its unsettled messages back, uncounted; does nothing when the hold is
   * lost.
   */
  public CompletableFuture<Void> releaseSession(SessionHold session) {
    return perform(() -> parts.sessions().release(session));
  }

  public CompletableFuture<Void> complete(QueueName queue, LockToken token) {
    return run.submit(new Command.Complete(run.replies, queue, token));
  }

  public CompletableFuture<Void> abandon(QueueName queue, LockToken token, Duration delay) {
    return abandon(queue, token, delay, MessageEdits.NONE);
  }

  /** As without edits, and the stored headers change with it: both survive, or neither. */
  public CompletableFuture<Void> abandon(
      QueueName queue, LockToken token, Duration delay, MessageEdits edits) {
    long millis = MessageContent.millisUp(delay);
    return settle(() -> parts.settling().abandon(queue, token, millis, edits));
  }

  public CompletableFuture<Void> defer(QueueName queue, LockToken token) {
    return defer(queue, token, MessageEdits.NONE);
  }

  /** As without edits, and the stored headers change with it: both survive, or neither. */
  public CompletableFuture<Void> defer(QueueName queue, LockToken token, MessageEdits edits) {
    return settle(() -> parts.settling().defer(queue, token, edits));
  }

  /** Texts longer than 4 KB are cut. */
  public CompletableFuture<Void> deadLetter(
      QueueName queue,
      LockToken token,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    return deadLetter(queue, token, reason, description, exceptionClass, MessageEdits.NONE);
  }

  /** As without edits, and the stored headers change with it: both survive, or neither. */
  public CompletableFuture<Void> deadLetter(
      QueueName queue,
      LockToken token,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass,
      MessageEdits edits) {
    return settle(
        () ->
            parts.settling().deadLetter(queue, token, reason, description, exceptionClass, edits));
  }

  /** Gives the message back without counting the delivery. */
  public CompletableFuture<Void> release(QueueName queue, LockToken token) {
    return settle(() -> parts.settling().release(queue, token));
  }

  /**
   * Does all parts, of whatever queues, or none; receipts of sends stand in the places of their
   * parts. All are checked first and done in their order; they survive together or not at all. A
   * full queue refuses at once. At most 1000 parts; fails with {@code TransactionRefused}, which
   * names the part that could not be done.
   */
  public CompletableFuture<List<Optional<SendReceipt>>> transact(List<Work> works) {
    if (works.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    if (works.size() > Transactions.MAX_PARTS) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              null,
              "Cannot do a transaction of %d parts: at most %d are taken. Nothing was done; make several transactions of it."
                  .formatted(works.size(), Transactions.MAX_PARTS)));
    }
    List<Transactions.Part> drafted = new ArrayList<>(works.size());
    for (Work work : works) {
      Draft draft = null;
      if (work instanceof Work.Send send) {
        MessageTooLarge tooLarge = tooLarge(send.queue(), send.message());
        if (tooLarge != null) {
          return CompletableFuture.failedFuture(
              new TransactionRefused(drafted.size(), works.size(), tooLarge));
        }
        draft = Draft.of(send.message(), run.nextId(), send.place());
      }
      drafted.add(new Transactions.Part(work, draft));
    }
    return submit(reply -> reply.value(parts.transactions().perform(drafted)));
  }

  /**
   * Places for messages that a later transaction schedules, in ascending order, for one who has to
   * say their sequence numbers before. At most 1000; what is never used stays empty.
   */
  public CompletableFuture<List<Place>> reserve(QueueName queue, int count) {
    if (count < 0 || count > Transactions.MAX_PARTS) {
      return CompletableFuture.failedFuture(
          new ValidationFailed(
              queue.value(),
              "Cannot reserve %d places of queue '%s': it takes 0 to %d at a time."
                  .formatted(count, queue, Transactions.MAX_PARTS)));
    }
    return submit(reply -> reply.value(parts.sending().reserve(queue, count)));
  }

  /** The lock's new end. A message of a session renews the session. */
  public CompletableFuture<Instant> renewLock(QueueName queue, LockToken token) {
    return submit(reply -> reply.value(parts.settling().renew(queue, token)));
  }

  /** How many dead letters were found, not locked, and put back into the queue. */
  public CompletableFuture<Integer> replay(
      QueueName queue, Collection<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    List<SequenceNumber> numbers = List.copyOf(sequenceNumbers);
    return submit(reply -> reply.value(parts.deadLettering().replay(queue, numbers, edits)));
  }

  /** How many dead letters were found, not locked, and removed. */
  public CompletableFuture<Integer> discard(
      QueueName queue, Collection<SequenceNumber> sequenceNumbers) {
    List<SequenceNumber> numbers = List.copyOf(sequenceNumbers);
    return submit(reply -> reply.value(parts.deadLettering().discard(queue, numbers)));
  }

  /**
   * Completes once everything that was due when it was called has happened: how a test lets moved
   * time take effect.
   */
  public CompletableFuture<Void> catchUp() {
    return submit(run.loop::catchUp);
  }

  /** Writes a snapshot now; completes once it is on disk. */
  public CompletableFuture<Void> snapshot() {
    return submit(reply -> parts.snapshotting().ask(reply));
  }

  /** Why nothing is durable any more, or why the engine takes no more work, if so. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(run.loop.failure());
  }

  /**
   * Ends pending receives empty, releases sessions and locks uncounted, writes a snapshot, gives up
   * the directory. Idempotent.
   */
  @Override
  public void close() {
    run.close();
  }

  private <R> CompletableFuture<R> submit(Command.Work<R> work) {
    return run.submit(work);
  }

  private CompletableFuture<Void> perform(Runnable work) {
    return submit(
        reply -> {
          work.run();
          reply.done();
        });
  }

  private CompletableFuture<Void> settle(Supplier<Step> checked) {
    return submit(
        reply -> {
          parts.settling().perform(checked.get());
          reply.done();
        });
  }

  /** An answer that gives its messages back when nobody takes it. */
  private CompletableFuture<List<ReceivedMessage<byte[]>>> taking(
      Supplier<List<ReceivedMessage<byte[]>>> work) {
    return submit(
        reply -> {
          List<ReceivedMessage<byte[]>> messages = work.get();
          reply.value(messages, () -> parts.deliveries().takeBack(messages));
        });
  }

  private @Nullable MessageTooLarge tooLarge(QueueName queue, OutgoingMessage message) {
    long size = message.body().length;
    return size <= run.options.maxMessageSize()
        ? null
        : new MessageTooLarge(
            queue.value(),
            "Cannot send to queue '%s': the body has %d bytes, at most %d are taken with headers. Nothing was sent; send a reference to the data, or raise max-message-size and segment-size."
                .formatted(queue, size, run.options.maxMessageSize()),
            size,
            run.options.maxMessageSize());
  }

  private static ValidationFailed tooFew(QueueName queue, int maxMessages) {
    return new ValidationFailed(
        queue.value(),
        "Cannot receive from '%s': at least 1 message, found %d.".formatted(queue, maxMessages));
  }
}
