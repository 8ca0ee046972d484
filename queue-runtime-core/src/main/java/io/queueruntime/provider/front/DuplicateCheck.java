package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.provider.front.SendClaim.Verdict;
import io.queueruntime.store.DuplicateWindow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends to a queue with a duplicate window: a message whose id the caller gave is published once
 * its copy has the id, and confirmed in the window once the broker has it. What is known not to
 * have arrived gives its id back; what may have arrived leaves its claim, which runs out.
 *
 * <p>A confirmation of the window that fails changes nothing for the caller: the broker has the
 * message. Whoever receives it then decides in the window which copy counts.
 *
 * <p>The window answers in any order; messages of one session are published in the order they were
 * sent in. So are those without a session, but one whose id is in doubt lets the others pass.
 *
 * <p>Thread-safe.
 */
final class DuplicateCheck {

  /** Failures after which the broker surely has not the message. */
  private static final List<Class<? extends Throwable>> REFUSALS =
      List.of(
          AuthenticationFailed.class,
          ConfigurationInvalid.class,
          MessageTooLarge.class,
          PermissionDenied.class,
          QueueFull.class,
          QueueNotFound.class,
          Throttled.class,
          UnsupportedCapability.class,
          ValidationFailed.class);

  private final QueueName queue;
  private final FrontHost host;
  private final DuplicateWindow window;

  /** Of each session, when the last of its sends is published; under this object's lock. */
  private final Map<Optional<SessionId>, CompletableFuture<Void>> last = new HashMap<>();

  /** Hands a message to the broker. */
  interface Publishing {

    /**
     * Completes once the broker has confirmed the message.
     *
     * @param mark what it is to bear, if anything
     */
    CompletableFuture<SendReceipt> publish(@Nullable CopyMark mark);
  }

  DuplicateCheck(QueueName queue, FrontHost host, DuplicateWindow window) {
    this.queue = queue;
    this.host = host;
    this.window = window;
  }

  /** Whether the window is asked about that message. */
  static boolean isAsked(OutgoingMessage message) {
    return message.messageId().isPresent() && !message.hasGeneratedId();
  }

  /**
   * Sends a message in its turn.
   *
   * @param length of the queue's window
   */
  CompletableFuture<SendReceipt> send(
      OutgoingMessage message, Duration length, Publishing publishing) {
    Optional<SessionId> line = message.sessionId();
    CompletableFuture<Void> published = new CompletableFuture<>();
    CompletableFuture<Void> before;
    synchronized (this) {
      before = last.getOrDefault(line, CompletableFuture.completedFuture(null));
      if (before.isDone() && !isAsked(message)) {
        return publishing.publish(null);
      }
      last.put(line, published);
    }
    published.whenComplete((done, failure) -> leave(line, published));
    CompletableFuture<SendReceipt> sent = new CompletableFuture<>();
    if (isAsked(message)) {
      String id = message.messageId().orElseThrow();
      SendClaim claim = new SendClaim(queue, id, length, host, window);
      claim.ask();
      CompletableFuture<?> awaited = line.isPresent() ? claim.decided() : claim.answered();
      CompletableFuture.allOf(awaited, before)
          .thenRunAsync(() -> inTurn(id, claim, publishing, published, sent), host.callbacks());
    } else {
      before.thenRunAsync(
          () -> {
            publish(publishing, null)
                .whenComplete((receipt, failure) -> end(sent, receipt, failure));
            published.complete(null);
          },
          host.callbacks());
    }
    return sent;
  }

  private synchronized void leave(Optional<SessionId> line, CompletableFuture<Void> published) {
    last.remove(line, published);
  }

  private void inTurn(
      String id,
      SendClaim claim,
      Publishing publishing,
      CompletableFuture<Void> published,
      CompletableFuture<SendReceipt> sent) {
    Verdict decided = claim.decided().getNow(null);
    if (decided != null) {
      follow(id, decided, claim, publishing, sent);
      published.complete(null);
    } else {
      published.complete(null); // it lets the others pass
      claim
          .decided()
          .thenAcceptAsync(later -> follow(id, later, claim, publishing, sent), host.callbacks());
    }
  }

  private void follow(
      String id,
      Verdict verdict,
      SendClaim claim,
      Publishing publishing,
      CompletableFuture<SendReceipt> sent) {
    if (verdict instanceof Verdict.Send send) {
      publish(publishing, send.mark())
          .whenComplete(
              (receipt, failure) -> {
                if (failure == null) {
                  confirm(claim, send.mark(), receipt, sent);
                } else {
                  giveUp(claim, TransientRetry.unwrap(failure), sent);
                }
              });
    } else if (verdict instanceof Verdict.Failed failed) {
      sent.completeExceptionally(failed.why());
    } else {
      sent.complete(duplicate(id));
    }
  }

  /** What it throws is how it fails. */
  private CompletableFuture<SendReceipt> publish(Publishing publishing, @Nullable CopyMark mark) {
    try {
      return publishing.publish(mark);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          host.failure(queue, "send to queue '%s'".formatted(queue), e));
    }
  }

  private void confirm(
      SendClaim claim, CopyMark mark, SendReceipt receipt, CompletableFuture<SendReceipt> sent) {
    claim
        .confirm(mark)
        .whenCompleteAsync(
            (counts, failure) ->
                sent.complete(
                    Boolean.FALSE.equals(counts) ? duplicate(receipt.messageId()) : receipt),
            host.callbacks());
  }

  private void giveUp(SendClaim claim, Throwable why, CompletableFuture<SendReceipt> sent) {
    if (REFUSALS.stream().noneMatch(refusal -> refusal.isInstance(why))) {
      sent.completeExceptionally(why);
      return;
    }
    claim
        .release()
        .whenCompleteAsync(
            (released, failure) -> sent.completeExceptionally(why), host.callbacks());
  }

  private static void end(
      CompletableFuture<SendReceipt> sent,
      @Nullable SendReceipt receipt,
      @Nullable Throwable failure) {
    if (receipt != null) {
      sent.complete(receipt);
    } else {
      sent.completeExceptionally(
          failure == null
              ? new IllegalStateException("no receipt")
              : TransientRetry.unwrap(failure));
    }
  }

  private static SendReceipt duplicate(String id) {
    return new SendReceipt(id, SendOutcome.DUPLICATE, (SequenceNumber) null);
  }
}
