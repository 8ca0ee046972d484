package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.SubQueue;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an attach becomes: a link with a role, or a refusal that clients recognize.
 *
 * <p>Confined to the loop of its connection.
 */
final class Attaching {

  static final Symbol SESSION_FILTER = Symbol.valueOf("com.microsoft:session-filter");
  private static final Symbol MAX_BATCH = Symbol.valueOf("com.microsoft:max-message-batch-size");

  private final AmqpConnection connection;
  private final Served served;
  private final Transactions transactions;
  private final TokenGuard tokens;
  private final RequestNodes nodes;

  Attaching(
      AmqpConnection connection, Served served, Transactions transactions, TokenGuard tokens) {
    this.tokens = tokens;
    this.connection = connection;
    this.served = served;
    this.transactions = transactions;
    this.nodes = new RequestNodes(connection, served, transactions, tokens);
  }

  /** Answers the client's attach, now or later. */
  void attach(Link link) {
    link.setSenderSettleMode(link.getRemoteSenderSettleMode());
    link.setReceiverSettleMode(link.getRemoteReceiverSettleMode());
    String entity = entity(link);
    if (!entity.isEmpty() && served.faults().concern(FaultPoints.Point.ATTACH_ANSWER, entity)) {
      new DelayedAttach(
              connection, link, entity, () -> answer(link), condition -> refuse(link, condition))
          .begin(served.faults());
    } else {
      answer(link);
    }
  }

  /** The queue that the client names as what it sends to or receives from; or nothing. */
  private static String entity(Link link) {
    String address = null;
    if (link instanceof Receiver && link.getRemoteTarget() instanceof Target target) {
      address = target.getAddress();
    } else if (link instanceof Sender && link.getRemoteSource() instanceof Source source) {
      address = source.getAddress();
    }
    LinkAddress parsed = LinkAddress.parse(address);
    return parsed.node() == LinkAddress.Node.ENTITY ? parsed.entity() : "";
  }

  private void answer(Link link) {
    if (link instanceof Receiver receiver) {
      attachSender(receiver);
    } else if (link instanceof Sender sender) {
      attachReceiver(sender);
    }
  }

  /** The client wants to send. */
  private void attachSender(Receiver link) {
    if (link.getRemoteTarget() instanceof Coordinator) {
      ErrorCondition why = tokens.refusalOfAny();
      if (why != null) {
        refuse(link, why);
        return;
      }
      CoordinatorLink role = new CoordinatorLink(connection, transactions, link);
      accept(link, role);
      role.start();
      return;
    }
    if (!(link.getRemoteTarget() instanceof Target target) || target.getAddress() == null) {
      refuse(link, unsupported("A sender needs the name of an entity as the target's address"));
      return;
    }
    LinkAddress address = LinkAddress.parse(target.getAddress());
    if (address.node() != LinkAddress.Node.ENTITY) {
      nodes.attachRequests(link, address, this);
      return;
    }
    ServedQueue queue = serve(link, address, true);
    if (queue == null) {
      return;
    }
    if (address.subQueue() == SubQueue.DEAD_LETTER) {
      refuse(link, unsupported("Nothing can be sent to a dead-letter queue"));
      return;
    }
    IncomingLink role = new IncomingLink(connection, served, transactions, link, queue);
    link.setMaxMessageSize(UnsignedLong.valueOf(queue.maxMessageSize()));
    link.setProperties(Map.of(MAX_BATCH, UnsignedLong.valueOf(queue.maxMessageSize())));
    accept(link, role);
    role.start();
  }

  /** The client wants to receive. */
  private void attachReceiver(Sender link) {
    if (!(link.getRemoteSource() instanceof Source source) || source.getAddress() == null) {
      refuse(link, unsupported("A receiver needs the name of an entity as the source's address"));
      return;
    }
    LinkAddress address = LinkAddress.parse(source.getAddress());
    if (address.node() != LinkAddress.Node.ENTITY) {
      nodes.attachReplies(link, address, this);
      return;
    }
    if (source.getDistributionMode() != null
        && source.getDistributionMode().toString().equals("copy")) {
      refuse(link, unsupported("Browsing is done by peek-message requests"));
      return;
    }
    ServedQueue queue = serve(link, address, false);
    if (queue == null) {
      return;
    }
    boolean wantsSession =
        source.getFilter() != null && source.getFilter().containsKey(SESSION_FILTER);
    boolean hasSessions = queue.sessions() && address.subQueue() == SubQueue.MAIN;
    if (wantsSession != hasSessions) {
      refuse(
          link, AmqpErrors.of(AmqpErrors.NOT_ALLOWED, wantsSession ? NO_SESSIONS : NEEDS_SESSION));
    } else if (wantsSession) {
      new SessionAttach(connection, served, this, link, queue).begin(source);
    } else {
      Source answer = copy(source);
      answer.setFilter(null);
      link.setSource(answer);
      open(link, queue, new MessageSource(served.engine(), queue.name(), address.subQueue(), null));
    }
  }

  private static final String NEEDS_SESSION =
      "It is not possible for an entity that requires sessions to create a non-sessionful message receiver.";
  private static final String NO_SESSIONS =
      "A sessionful message receiver cannot be created on an entity that does not require sessions. Ensure RequiresSession is set to true when creating a Queue to enable sessionful behavior.";

  /** Gives the receiver its role; its source is set already. */
  OutgoingLink open(Sender link, ServedQueue queue, MessageSource source) {
    boolean takesAway = link.getRemoteSenderSettleMode() == SenderSettleMode.SETTLED;
    OutgoingLink role =
        new OutgoingLink(connection, served, transactions, link, queue, source, takesAway);
    link.setTarget(link.getRemoteTarget());
    connection.assign(link, role);
    link.open();
    connection.touch();
    role.flow();
    return role;
  }

  /** Mirrors the client's termini and gives the link its role. */
  void accept(Link link, LinkRole role) {
    link.setSource(link.getRemoteSource());
    link.setTarget(link.getRemoteTarget());
    connection.assign(link, role);
    link.open();
    connection.touch();
  }

  /** The null terminus is what tells clients that the attach was refused, before the error does. */
  void refuse(Link link, @Nullable ErrorCondition why) {
    if (link instanceof Sender) {
      link.setTarget(link.getRemoteTarget());
      link.setSource(null);
    } else {
      link.setSource(link.getRemoteSource());
      link.setTarget(null);
    }
    link.open();
    if (why != null) {
      link.setCondition(why);
    }
    link.close();
    connection.touch();
  }

  private @Nullable ServedQueue serve(Link link, LinkAddress address, boolean sends) {
    ErrorCondition unauthorized = tokens.refusal(address.entity());
    if (unauthorized != null) {
      refuse(link, unauthorized);
      return null;
    }
    ServedQueue queue = served.find(address.entity()).orElse(null);
    if (queue == null) {
      refuse(link, AmqpErrors.notFound(address.entity()));
      return null;
    }
    ErrorCondition why = served.faults().refusal(FaultPoints.Point.ATTACH, queue.name().value());
    if (why == null) {
      why = served.refusalOfAttach(queue, sends);
    }
    if (why == null && !sends && address.subQueue() == SubQueue.MAIN) {
      why = served.refusalOfReceive(queue);
    }
    if (why != null) {
      refuse(link, why);
      return null;
    }
    return queue;
  }

  static Source copy(Source source) {
    Source copy = new Source();
    copy.setAddress(source.getAddress());
    copy.setDurable(source.getDurable());
    copy.setExpiryPolicy(source.getExpiryPolicy());
    copy.setTimeout(source.getTimeout());
    copy.setDistributionMode(source.getDistributionMode());
    copy.setDefaultOutcome(source.getDefaultOutcome());
    copy.setOutcomes(source.getOutcomes());
    copy.setCapabilities(source.getCapabilities());
    return copy;
  }

  private static ErrorCondition unsupported(String what) {
    return AmqpErrors.of(AmqpErrors.NOT_IMPLEMENTED, what + ".");
  }
}
