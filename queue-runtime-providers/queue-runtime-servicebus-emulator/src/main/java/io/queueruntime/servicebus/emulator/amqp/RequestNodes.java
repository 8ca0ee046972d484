package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.engine.SessionHold;
import io.queueruntime.servicebus.emulator.management.HeldSessions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of one connection that answer requests: the one that takes tokens, and the management
 * of each entity. A request link finds the link for its answers here.
 *
 * <p>Confined to the loop of its connection.
 */
final class RequestNodes {

  /**
   * Requests of one connection that are carried out at a time: an answer may have as many bytes as
   * a message, or some more, and is made before it is known whether the client reads it.
   */
  private static final int MAX_AT_ONCE = 16;

  private final AmqpConnection connection;
  private final Served served;
  private final Transactions transactions;
  private final TokenGuard tokens;
  private final List<ReplyLink> replyLinks = new ArrayList<>();
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int atOnce;

  RequestNodes(
      AmqpConnection connection, Served served, Transactions transactions, TokenGuard tokens) {
    this.tokens = tokens;
    this.connection = connection;
    this.served = served;
    this.transactions = transactions;
  }

  /** The client wants to ask. */
  void attachRequests(Receiver link, LinkAddress address, Attaching attaching) {
    RequestHandler handler;
    ServedQueue queue = null;
    if (address.node() == LinkAddress.Node.CBS) {
      handler = new TokenRequests(served.settings().key(), served.faults(), tokens);
    } else {
      queue = entity(link, address, attaching);
      if (queue == null) {
        return;
      }
      handler =
          new ManagementRequests(
              connection, served, transactions, queue, address.subQueue(), heldOn(queue));
    }
    RequestLink role = new RequestLink(connection, served, link, address, handler, this, queue);
    attaching.accept(link, role);
    role.start();
  }

  /** Carries out a request, once few enough others are; {@link #answered} ends it. */
  void inTurn(Runnable request) {
    if (atOnce == MAX_AT_ONCE) {
      waiting.add(request);
    } else {
      atOnce++;
      request.run();
    }
  }

  /** A request has its answer; the next one begins. */
  void answered() {
    Runnable next = waiting.poll();
    if (next == null) {
      atOnce--;
    } else {
      next.run();
    }
  }

  /** The client wants to hear the answers. */
  void attachReplies(Sender link, LinkAddress address, Attaching attaching) {
    if (address.node() == LinkAddress.Node.MANAGEMENT && entity(link, address, attaching) == null) {
      return;
    }
    ReplyLink role = new ReplyLink(connection, link, address, replyLinks::remove);
    replyLinks.add(role);
    attaching.accept(link, role);
  }

  private @Nullable ServedQueue entity(Link link, LinkAddress address, Attaching attaching) {
    ErrorCondition unauthorized = tokens.refusal(address.entity());
    if (unauthorized != null) {
      attaching.refuse(link, unauthorized);
      return null;
    }
    ServedQueue queue = served.find(address.entity()).orElse(null);
    if (queue == null) {
      attaching.refuse(link, AmqpErrors.notFound(address.entity()));
    }
    return queue;
  }

  /**
   * The link for answers from that node: one client names its target's address, another the link
   * itself.
   */
  Optional<ReplyLink> find(LinkAddress node, @Nullable String replyTo) {
    List<ReplyLink> candidates = replyLinks.stream().filter(link -> link.isOf(node)).toList();
    Optional<ReplyLink> named =
        candidates.stream().filter(link -> link.isCalled(replyTo)).findFirst();
    return named.isPresent() || candidates.size() != 1 ? named : Optional.of(candidates.get(0));
  }

  private HeldSessions heldOn(ServedQueue queue) {
    return id -> {
      for (LinkRole role : connection.roles()) {
        SessionHold hold = role instanceof OutgoingLink link ? link.session() : null;
        if (hold != null && hold.queue().equals(queue.name()) && hold.sessionId().equals(id)) {
          return Optional.of(hold);
        }
      }
      return Optional.empty();
    };
  }

  static boolean sameNode(LinkAddress one, LinkAddress other) {
    return one.node() == other.node()
        && one.entity().equalsIgnoreCase(other.entity())
        && (one.node() == LinkAddress.Node.CBS || one.subQueue() == other.subQueue());
  }
}
