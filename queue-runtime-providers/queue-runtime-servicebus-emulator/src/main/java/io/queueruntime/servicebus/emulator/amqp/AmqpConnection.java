package io.queueruntime.servicebus.emulator.amqp;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Collector;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.engine.impl.TransportImpl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: its protocol engine, its links, and what happens on them.
 *
 * <p>Confined to its loop; {@link #onLoop} is how others reach it.
 */
final class AmqpConnection implements SocketPump.Protocol {

  private static final EnumSet<EndpointState> ANY = EnumSet.allOf(EndpointState.class);
  private static final Object FREED = new Object();
  private static final Logger log = LoggerFactory.getLogger(AmqpConnection.class);

  private static final int CHANNEL_MAX = 4999;

  private final SelectorLoop loop;
  private final Served served;
  private final Consumer<AmqpConnection> onGone;
  private final TransportImpl transport;
  private final Connection connection = Proton.connection();
  private final Collector collector = Proton.collector();
  private final TokenGuard tokens;
  private final SaslExchange sasl;
  private final SocketPump pump;
  private final ConnectionBudget budget;
  private final Heartbeats heartbeats;
  private final Attaching attaching;
  private final Transactions transactions;
  private final Set<LinkRole> roles = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<LinkRole> starved = new LinkedHashSet<>();
  private final List<Runnable> afterFlush = new ArrayList<>();
  private int links;
  private int sessions;
  private final Set<Link> unanswered = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<CompletableFuture<Void>> askers = new ArrayList<>();
  private boolean frozen;
  private boolean gone;

  AmqpConnection(
      SelectorLoop loop, SocketChannel channel, Served served, Consumer<AmqpConnection> onGone)
      throws IOException {
    this.loop = loop;
    this.served = served;
    this.onGone = onGone;
    this.transport = (TransportImpl) Proton.transport();
    transport.setMaxFrameSize(served.limits().maxFrameSize());
    transport.setOutboundFrameSizeLimit(served.limits().maxFrameSize());
    transport.setChannelMax(CHANNEL_MAX);
    transport.setIdleTimeout(Heartbeats.IDLE_TIMEOUT_MILLIS);
    transport.setEmitFlowEventOnSend(false);
    transport.setFrameHandler(new FrameGuard(transport, this::answer));
    this.tokens = new TokenGuard(this, served.settings().tokensRequired());
    this.sasl = new SaslExchange(transport, served.settings().key(), tokens);
    connection.collect(collector);
    transport.bind(connection);
    this.pump = new SocketPump(loop, channel, transport, this);
    this.heartbeats = new Heartbeats(loop, transport, pump);
    this.budget = new ConnectionBudget(pump::holdReading, this::close);
    this.transactions = new Transactions(this, served);
    this.attaching = new Attaching(this, served, transactions, tokens);
  }

  /** Begins to serve the client. */
  void start() {
    pump.start();
    pump.touch();
    heartbeats.awaitOpen();
    tokens.start();
  }

  /** Runs it on the connection's loop and has the outcome written; thread-safe. */
  void onLoop(Runnable work) {
    loop.execute(
        () -> {
          guarded(work);
          pump.touch();
        });
  }

  /**
   * Goes on with the answer on the connection's loop. It is called even when the connection has
   * gone meanwhile: what was handed out must be given back.
   */
  <T> void then(CompletableFuture<T> answer, BiConsumer<@Nullable T, @Nullable Throwable> next) {
    answer.whenComplete((value, failure) -> onLoop(() -> next.accept(value, failure)));
  }

  SelectorLoop loop() {
    return loop;
  }

  boolean isGone() {
    return gone;
  }

  /** Every live link's role, as of now. */
  List<LinkRole> roles() {
    return new ArrayList<>(roles);
  }

  /** The memory it may take up. */
  ConnectionBudget budget() {
    return budget;
  }

  /** Whether the link may be given more; if not it hears of it once there is room. */
  boolean hasRoom(Link link, LinkRole role) {
    if (ConnectionBudget.hasRoom(link.getSession(), sessions)) {
      return true;
    }
    starved.add(role);
    return false;
  }

  /** Whether all that the link was given is written; if not it hears of it once there is room. */
  boolean isWritten(Sender link, LinkRole role) {
    if (link.getQueued() == 0) {
      return true;
    }
    starved.add(role);
    return false;
  }

  /** Takes the role for the link, whose attach is answered by the caller. */
  void assign(Link link, LinkRole role) {
    link.setContext(role);
    roles.add(role);
  }

  /** Takes the role away again, without its being gone. */
  void reassign(LinkRole role) {
    roles.remove(role);
  }

  /** Has what was said written at the end of this turn. */
  void touch() {
    pump.touch();
  }

  /** Ends a link of our own accord. */
  void detach(Link link, @Nullable ErrorCondition why) {
    if (link.getLocalState() == EndpointState.CLOSED) {
      return;
    }
    if (why != null) {
      link.setCondition(why);
    }
    link.close();
    if (link.getRemoteState() == EndpointState.ACTIVE) {
      unanswered.add(link);
    }
    release(link);
    if (link instanceof Receiver receiver) {
      DeliveryAssembly.discard(receiver);
    }
    pump.touch();
  }

  /** Completes once the client has answered every detach of ours, or cannot. */
  CompletableFuture<Void> answered() {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    askers.add(answered);
    tellAskers();
    return answered;
  }

  private void tellAskers() {
    if (gone || frozen || unanswered.isEmpty()) {
      askers.forEach(asker -> asker.complete(null));
      askers.clear();
    }
  }

  /** Ends the connection with an error that the client is told. */
  void close(@Nullable ErrorCondition why) {
    if (gone || connection.getLocalState() == EndpointState.CLOSED) {
      return;
    }
    if (connection.getLocalState() == EndpointState.UNINITIALIZED) {
      connection.open();
    }
    if (why != null) {
      connection.setCondition(why);
    }
    connection.close();
    releaseAll();
    pump.end();
  }

  /** Drops the socket without a word. */
  void cut() {
    pump.cut();
  }

  /** Neither reads nor writes while frozen. */
  void freeze(boolean freeze) {
    frozen = freeze;
    pump.freeze(freeze);
    tellAskers();
  }

  @Override
  public void received() {
    sasl.advance();
    workOff();
    if (sasl.refused()) {
      pump.end();
    }
    pump.touch();
  }

  private void workOff() {
    for (Event event = collector.peek(); event != null; event = collector.peek()) {
      guarded(eventWork(event));
      collector.pop();
    }
  }

  /** Has the engine put into frames what it has to say to what came until now. */
  private void answer() {
    workOff();
    transport.pending();
  }

  @Override
  public void violated(String what) {
    close(AmqpErrors.of(AmqpErrors.FRAMING, what));
  }

  @Override
  public void flushed() {
    if (!afterFlush.isEmpty()) {
      List<Runnable> due = List.copyOf(afterFlush);
      afterFlush.clear();
      due.forEach(this::guarded);
    }
    if (starved.isEmpty()) {
      return;
    }
    List<LinkRole> waiting = new ArrayList<>(starved);
    starved.clear();
    waiting.forEach(role -> guarded(role::roomAgain));
  }

  @Override
  public void gone() {
    gone = true;
    heartbeats.stop();
    tokens.end();
    tellAskers();
    releaseAll();
    transactions.rollBackAll();
    onGone.accept(this);
  }

  private Runnable eventWork(Event event) {
    return () -> handle(event);
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | StackOverflowError mistake) {
      log.warn("Serving a client failed; its connection is closed.", mistake);
      close(AmqpErrors.of(AmqpErrors.INTERNAL, "The server failed: " + mistake + "."));
    }
  }

  private void handle(Event event) {
    switch (event.getType()) {
      case CONNECTION_REMOTE_OPEN -> open();
      case CONNECTION_REMOTE_CLOSE -> close(null);
      case SESSION_REMOTE_OPEN -> begin(event.getSession());
      case SESSION_REMOTE_CLOSE -> end(event.getSession());
      case LINK_REMOTE_OPEN -> attach(event.getLink());
      case LINK_REMOTE_CLOSE -> remoteDetach(event.getLink(), true);
      case LINK_REMOTE_DETACH -> remoteDetach(event.getLink(), false);
      case LINK_FLOW -> roleOf(event.getLink(), LinkRole::flow);
      case DELIVERY -> delivery(event.getDelivery());
      case TRANSPORT_ERROR, TRANSPORT_TAIL_CLOSED -> pump.end();
      default -> {
        // The engine reports every step; the others need no answer.
      }
    }
  }

  private void open() {
    if (connection.getLocalState() != EndpointState.UNINITIALIZED || gone) {
      return;
    }
    connection.setContainer("queue-runtime-servicebus-emulator");
    connection.setProperties(
        Map.of(
            Symbol.valueOf("product"), "queue-runtime-servicebus-emulator",
            Symbol.valueOf("platform"), "java"));
    connection.open();
    heartbeats.beat();
  }

  private void begin(Session session) {
    sessions++;
    if (sessions > served.limits().sessionsPerConnection()) {
      close(
          AmqpErrors.of(
              AmqpErrors.RESOURCE_LIMIT,
              "A connection has at most %d sessions."
                  .formatted(served.limits().sessionsPerConnection())));
      return;
    }
    // Clients in Python read the eighth field of the answer; it is there when properties are.
    session.setProperties(Map.of(Symbol.valueOf("product"), "queue-runtime-servicebus-emulator"));
    session.open();
  }

  /** The links of an ended session get no word of their own. */
  private void end(Session session) {
    sessions--;
    List<Link> ended = new ArrayList<>();
    for (Link link = connection.linkHead(ANY, ANY); link != null; link = link.next(ANY, ANY)) {
      if (link.getSession() == session) {
        ended.add(link);
      }
    }
    ended.forEach(this::release);
    session.close();
    // Freed only once the end is written: freeing settles, and nothing may be said on an ended
    // session.
    afterFlush.add(
        () -> {
          ended.forEach(this::free);
          session.free();
        });
  }

  private void attach(Link link) {
    links++;
    int most = served.limits().linksPerConnection();
    if (links > 2 * most) {
      close(
          AmqpErrors.of(
              AmqpErrors.RESOURCE_LIMIT,
              "The connection has more than %d links.".formatted(2 * most)));
    } else if (links > most) {
      attaching.refuse(
          link,
          AmqpErrors.of(
              AmqpErrors.RESOURCE_LIMIT, "A connection has at most %d links.".formatted(most)));
    } else {
      attaching.attach(link);
    }
  }

  private void remoteDetach(Link link, boolean closed) {
    unanswered.remove(link);
    tellAskers();
    release(link);
    if (link.getLocalState() != EndpointState.CLOSED) {
      if (closed) {
        link.close();
      } else {
        link.detach();
      }
    }
    // Its answer is written first: freeing settles what is left over.
    afterFlush.add(() -> free(link));
  }

  private void free(Link link) {
    if (link.getContext() == FREED) {
      return;
    }
    link.setContext(FREED);
    links--;
    unanswered.remove(link);
    tellAskers();
    link.free();
    pump.touch();
  }

  private void delivery(Delivery delivery) {
    Link link = delivery.getLink();
    if (link.getContext() instanceof LinkRole role) {
      role.delivery(delivery);
    } else if (link instanceof Receiver receiver && receiver.getContext() != FREED) {
      DeliveryAssembly.discard(receiver);
    }
  }

  /** Bytes that have come and that no link has taken; none, between two events. */
  long bytesUntaken() {
    long bytes = 0;
    for (Session session = connection.sessionHead(ANY, ANY);
        session != null;
        session = session.next(ANY, ANY)) {
      bytes += session.getIncomingBytes();
    }
    return bytes;
  }

  private static void roleOf(Link link, Consumer<LinkRole> work) {
    if (link.getContext() instanceof LinkRole role) {
      work.accept(role);
    }
  }

  private void release(Link link) {
    if (link.getContext() instanceof LinkRole role && roles.remove(role)) {
      link.setContext(null);
      starved.remove(role);
      guarded(role::gone);
    }
  }

  private void releaseAll() {
    for (LinkRole role : roles()) {
      roles.remove(role);
      guarded(role::gone);
    }
    starved.clear();
  }
}
