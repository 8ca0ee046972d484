package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SubQueue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked, which is at once the answer that is owed: one object for both. What is asked for
 * each message has a class of its own here, everything else is {@link Asked}.
 *
 * <p>Built by the caller's thread, performed once on the engine thread.
 */
abstract class Command<R> extends Reply<R> {

  Command(Replies replies) {
    super(replies);
  }

  /** Decides: answers at once, leaves a waiting command behind that will, or throws why not. */
  abstract void decide(EngineParts parts);

  /** Whether it is the last thing asked, which is obeyed even by an engine that has failed. */
  boolean isEnding() {
    return false;
  }

  /**
   * Refusals become the answer; whether the disk has failed for good, and our own mistakes, are the
   * loop's business.
   */
  final void perform(EngineParts parts) {
    if (isAbandoned()) {
      return;
    }
    try {
      decide(parts);
    } catch (QueueRuntimeException refused) {
      failure(refused);
    } catch (RuntimeException | Error mistake) {
      // The loop stops for it and tells everybody who is owed an answer, this caller among them.
      failure(mistake);
      throw mistake;
    }
  }

  /** Something to do, see {@link #decide}. */
  @FunctionalInterface
  interface Work<R> {
    void run(Reply<R> reply);
  }

  /** Asks for whatever has no class of its own. */
  static final class Asked<R> extends Command<R> {
    private final Work<R> work;

    Asked(Replies replies, Work<R> work) {
      super(replies);
      this.work = work;
    }

    @Override
    void decide(EngineParts parts) {
      work.run(this);
    }
  }

  /** Sends one message. */
  static final class Send extends Command<SendReceipt> {
    private final QueueName queue;

    /** Let go of once it was sent: the caller may keep the future for long. */
    private @Nullable Draft draft;

    Send(Replies replies, QueueName queue, Draft draft) {
      super(replies);
      this.queue = queue;
      this.draft = draft;
    }

    @Override
    void decide(EngineParts parts) {
      Draft message = draft;
      draft = null;
      if (message != null) {
        parts.sending().send(this, queue, message);
      }
    }

    @Override
    boolean needsForce() {
      return true;
    }
  }

  /** Receives from a queue without sessions, or dead letters. */
  static final class Receive extends Command<List<ReceivedMessage<byte[]>>> {
    private final QueueName queue;
    private final SubQueue subQueue;
    private final int maxMessages;
    private final long waitMillis;

    Receive(Replies replies, QueueName queue, SubQueue subQueue, int maxMessages, long waitMillis) {
      super(replies);
      this.queue = queue;
      this.subQueue = subQueue;
      this.maxMessages = maxMessages;
      this.waitMillis = waitMillis;
    }

    @Override
    void decide(EngineParts parts) {
      parts.deliveries().receive(this, queue, subQueue, maxMessages, waitMillis);
    }
  }

  /** Completes one message. */
  static final class Complete extends Command<Void> {
    private final QueueName queue;
    private final LockToken token;

    Complete(Replies replies, QueueName queue, LockToken token) {
      super(replies);
      this.queue = queue;
      this.token = token;
    }

    @Override
    void decide(EngineParts parts) {
      parts.settling().completeAlone(queue, token);
      done();
    }

    @Override
    boolean needsForce() {
      return true;
    }
  }

  /** Asks for the end of the engine. */
  static final class End extends Command<Boolean> {
    private final EngineLoop loop;

    End(Replies replies, EngineLoop loop) {
      super(replies);
      this.loop = loop;
    }

    @Override
    void decide(EngineParts parts) {
      loop.close();
    }

    @Override
    boolean isEnding() {
      return true;
    }
  }
}
