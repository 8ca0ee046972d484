package io.queueruntime.servicebus.emulator.amqp;

import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Session;

/**
 * The memory that one client may take up, in bytes: of messages that it has begun to send, of what
 * it has sent and is not answered yet, of answers that it gives no credit for, and of what it does
 * not read.
 *
 * <p>Confined to the loop of its connection.
 */
final class ConnectionBudget {

  /** Messages that have begun to come in, beside the largest one that may. */
  static final long MAX_UNFINISHED = 16L * 1024 * 1024;

  /** What waits to be worked off; with more of it nothing is read. */
  private static final long MAX_IN_WORK = 16L * 1024 * 1024;

  /** What a message or request takes up beside its own bytes, roughly. */
  private static final int OVERHEAD = 512;

  /** Answers for which there is no credit, or no room because the client does not read. */
  static final long MAX_ANSWERS = 32L * 1024 * 1024;

  /** Unwritten bytes of one AMQP session after which nothing is fetched for it. */
  private static final long MAX_UNWRITTEN = 4L * 1024 * 1024;

  /** The same of all sessions of a connection, each of which has its share. */
  private static final long MAX_UNWRITTEN_OF_ALL = 64L * 1024 * 1024;

  private final Consumer<Boolean> holdReading;
  private final Consumer<ErrorCondition> exceeded;
  private long inWork;
  private long unfinished;
  private long answers;
  private long largest;

  /**
   * @param holdReading told whether nothing more is to be read for now
   * @param exceeded told why the connection has to end
   */
  ConnectionBudget(Consumer<Boolean> holdReading, Consumer<ErrorCondition> exceeded) {
    this.holdReading = holdReading;
    this.exceeded = exceeded;
  }

  /** Something with so many bytes waits for an answer. */
  void workBegins(int bytes) {
    work(bytes + (long) OVERHEAD);
  }

  /** It does not any more. */
  void workEnds(int bytes) {
    work(-bytes - (long) OVERHEAD);
  }

  private void work(long bytes) {
    inWork += bytes;
    holdReading.accept(inWork > MAX_IN_WORK);
  }

  /** There is a link for messages of that size. */
  void mayCome(int size) {
    largest = Math.max(largest, size);
  }

  /** Counts bytes of messages that are not all there yet. */
  void unfinished(long bytes) {
    unfinished += bytes;
    if (bytes > 0 && unfinished > MAX_UNFINISHED + largest) {
      exceeded.accept(
          AmqpErrors.of(
              AmqpErrors.RESOURCE_LIMIT,
              "Messages that the connection has begun and not finished have %d bytes; at most %d are kept. Finish or abort some before you begin others."
                  .formatted(unfinished, MAX_UNFINISHED + largest)));
    }
  }

  /** Counts bytes of answers that cannot be sent yet. */
  void answersWait(long bytes) {
    answers += bytes;
    if (bytes > 0 && answers > MAX_ANSWERS) {
      // A detach would wait behind the answers that are not read.
      exceeded.accept(
          AmqpErrors.of(
              AmqpErrors.RESOURCE_LIMIT,
              "Answers with %d bytes wait to be read; at most %d are kept. Take answers before you ask more."
                  .formatted(answers, MAX_ANSWERS)));
    }
  }

  /** Bytes of answers that cannot be sent yet. */
  long answersWaiting() {
    return answers;
  }

  /**
   * Whether something more may be fetched for the session.
   *
   * @param sessions how many the connection has
   */
  static boolean hasRoom(Session session, int sessions) {
    long share = MAX_UNWRITTEN_OF_ALL / Math.max(1, sessions);
    return session.getOutgoingBytes() < Math.min(MAX_UNWRITTEN, share);
  }
}
