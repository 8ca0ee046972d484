package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.servicebus.emulator.management.Refusal;
import io.queueruntime.servicebus.emulator.message.LockTags;
import io.queueruntime.servicebus.emulator.message.WireDelivery;
import io.queueruntime.servicebus.emulator.message.WireDelivery.View;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * A link on which a client receives: its credit becomes one waiting receive at a time, which the
 * engine serves in the order of arrival among all receivers.
 *
 * <p>Confined to the loop of its connection.
 */
final class OutgoingLink implements LinkRole {

  /** Longer than any test moves time at once; a receive that ends earlier is asked again. */
  private static final Duration UNTIL_CANCELLED = Duration.ofDays(365);

  /** Bytes that one answer of the engine may bring for one link. */
  private static final int BUDGET_BYTES = 4 * 1024 * 1024;

  private static final int MOST_AT_ONCE = 1000;
  private static final int FIRST_GUESS_BYTES = 16 * 1024;

  private final AmqpConnection connection;
  private final Served served;
  private final Sender link;
  private final ServedQueue queue;
  private final MessageSource source;
  private final boolean takesAway;
  private final ClientSettlements settlements;
  private final Deque<ReceivedMessage<byte[]>> ready = new ArrayDeque<>();
  private @Nullable CompletableFuture<List<ReceivedMessage<byte[]>>> pending;
  private boolean waiting;
  private boolean removing;
  private int largest = FIRST_GUESS_BYTES;
  private final @Nullable SessionWatch watch;
  private long tags;
  private boolean gone;

  OutgoingLink(
      AmqpConnection connection,
      Served served,
      Transactions transactions,
      Sender link,
      ServedQueue queue,
      MessageSource source,
      boolean takesAway) {
    this.connection = connection;
    this.served = served;
    this.link = link;
    this.queue = queue;
    this.source = source;
    this.takesAway = takesAway;
    this.settlements = new ClientSettlements(connection, served, transactions, queue, source);
    SessionHold session = source.session();
    this.watch =
        session == null ? null : new SessionWatch(connection, served, session, this::sessionLost);
  }

  /** The session it is held by, if any. */
  @Nullable SessionHold session() {
    return source.session();
  }

  @Override
  public void flow() {
    pump();
  }

  @Override
  public void roomAgain() {
    pump();
  }

  @Override
  public void delivery(Delivery delivery) {
    if (delivery.isUpdated()) {
      settlements.updated(delivery);
      // A link that was full of unsettled messages may go on.
      pump();
    }
  }

  private void pump() {
    if (gone) {
      return;
    }
    while (!ready.isEmpty() && link.getCredit() > 0) {
      deliver(ready.remove());
    }
    boolean draining = link.getDrain();
    if (draining && pending != null && waiting) {
      endWait(pending);
    }
    // While draining, all is written before more is looked for: the credit that is given back takes
    // along whatever still waits for the client's session window.
    if (pending != null
        || removing
        || !ready.isEmpty()
        || (draining && !connection.isWritten(link, this))) {
      return;
    }
    int most = most();
    if (most > 0) {
      receive(most, !draining);
    } else if (draining && connection.hasRoom(link, this)) {
      drained();
    }
  }

  /**
   * Has a fetch that waits answered now. It is not cancelled: messages it was given already would
   * go back behind our back, and whoever looked meanwhile would find none, or later ones.
   */
  private void endWait(CompletableFuture<List<ReceivedMessage<byte[]>>> fetch) {
    waiting = false;
    connection.then(
        source.endWait(fetch),
        (nothing, failure) -> {
          if (failure != null && !gone) {
            connection.detach(link, AmqpErrors.of(failure, source.session() != null));
          }
        });
  }

  /** How many messages may be fetched now. */
  private int most() {
    if (!connection.hasRoom(link, this)) {
      return 0;
    }
    int byBytes = Math.max(1, BUDGET_BYTES / largest);
    int byUnsettled = served.limits().unsettledPerLink() - link.getUnsettled();
    return Math.min(Math.min(link.getCredit(), MOST_AT_ONCE), Math.min(byBytes, byUnsettled));
  }

  private void receive(int most, boolean waits) {
    if (!served.isThere(queue)) {
      // A new queue of its name may be there by now, whose messages are not for this link.
      connection.detach(link, AmqpErrors.notFound(queue.name().value()));
      return;
    }
    CompletableFuture<List<ReceivedMessage<byte[]>>> answer =
        source.receive(most, waits ? UNTIL_CANCELLED : Duration.ZERO);
    pending = answer;
    waiting = waits;
    connection.then(
        answer,
        (messages, failure) ->
            received(
                messages == null ? List.of() : messages,
                // One that waited says only what there was at some time before.
                !waits && messages != null && messages.size() < most,
                failure));
  }

  private void received(
      List<ReceivedMessage<byte[]>> messages, boolean exhausted, @Nullable Throwable failure) {
    if (gone) {
      messages.forEach(source::release);
      return;
    }
    pending = null;
    if (failure != null && served.isBeingEmptied(queue, failure)) {
      connection.loop().after(Served.EMPTYING, this::pump);
      return;
    }
    if (failure != null) {
      connection.detach(link, AmqpErrors.of(failure, source.session() != null));
      return;
    }
    if (!messages.isEmpty()) {
      served.accessed(queue);
    }
    if (takesAway && !messages.isEmpty()) {
      remove(messages, exhausted);
    } else {
      ready.addAll(messages);
      proceed(exhausted);
    }
  }

  /** Receive-and-delete: what is sent is gone from the queue already. */
  private void remove(List<ReceivedMessage<byte[]>> messages, boolean exhausted) {
    removing = true;
    AtomicInteger left = new AtomicInteger(messages.size());
    List<ReceivedMessage<byte[]>> removed = new ArrayList<>(messages.size());
    for (ReceivedMessage<byte[]> message : messages) {
      connection.then(
          source.complete(message.lockToken().orElseThrow()),
          (done, failure) -> {
            if (failure == null) {
              removed.add(message);
            }
            if (left.decrementAndGet() == 0) {
              removing = false;
              ready.addAll(removed);
              proceed(exhausted);
            }
          });
    }
  }

  private void proceed(boolean exhausted) {
    if (gone) {
      return;
    }
    while (!ready.isEmpty() && link.getCredit() > 0) {
      deliver(ready.remove());
    }
    if (exhausted && link.getDrain() && connection.isWritten(link, this)) {
      drained();
    }
    pump();
  }

  private void drained() {
    link.drained();
    connection.touch();
  }

  private void deliver(ReceivedMessage<byte[]> message) {
    LockToken token = message.lockToken().orElseThrow();
    byte[] bytes =
        WireDelivery.encode(message, served.offset(), takesAway ? View.GIVEN_AWAY : View.HELD);
    largest = Math.max(bytes.length, largest - largest / 8);
    Delivery delivery =
        link.delivery(
            takesAway ? Long.toString(tags++, 36).getBytes(US_ASCII) : LockTags.of(token));
    link.sendNoCopy(ReadableBuffer.ByteBufferReader.wrap(bytes));
    if (takesAway) {
      delivery.settle();
    } else {
      delivery.setContext(token);
      link.advance();
    }
  }

  @Override
  public String entity() {
    return queue.name().value();
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    connection.detach(link, why);
  }

  @Override
  public CompletableFuture<?> recheck() {
    ErrorCondition why = served.refusalOfAttach(queue, false);
    if (why != null) {
      connection.detach(link, why);
    } else if (watch != null) {
      return watch.look();
    }
    return LinkRole.super.recheck();
  }

  private void sessionLost() {
    connection.detach(link, AmqpErrors.of(Refusal.lockLost(true)));
  }

  @Override
  public void gone() {
    gone = true;
    if (watch != null) {
      watch.end();
    }
    settlements.close();
    if (pending != null) {
      // When it comes too late, the messages come, and are given back then.
      pending.cancel(false);
    }
    ready.forEach(source::release);
    ready.clear();
    source.close();
  }
}
