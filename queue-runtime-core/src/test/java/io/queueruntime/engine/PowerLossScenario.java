package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.BatchTooLarge;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.TransactionRefused;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.DiskFaults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * Pieces of work that chance seldom makes up: each is done on a disk whose power goes at every
 * single change, and must keep its books whatever survives.
 */
enum PowerLossScenario {
  /** What a target never takes, does not take for now, or is sent round in circles. */
  FORWARDING {
    @Override
    void act(ScenarioLife life) {
      QueueName end = life.create("end", options -> options);
      QueueName small = life.create("small", options -> options.withMaxMessageSize(300L));
      QueueName full = life.create("full", options -> options.withCapacity(2));
      QueueName ordered =
          life.create("ordered", options -> options.withSessions(true).withMaxDeliveryCount(1));
      QueueName graves = life.create("graves", options -> options.withForwardTo(end));
      QueueName source =
          life.create(
              "source", options -> options.withForwardTo(small).withForwardDeadLettersTo(graves));
      life.send(source, "fits");
      life.send(source, "too large", 2_000, message -> message);
      QueueName doomed = life.create("doomed", options -> options.withForwardTo(small));
      life.send(doomed, "too large too", 2_000, message -> message);
      life.done(life.engine().updateQueue(doomed, forwarding(full)));
      for (int i = 0; i < 4; i++) {
        life.send(doomed, "one of four " + i);
      }
      life.receive(full, 2).forEach(life::complete);
      QueueName relay =
          life.create("relay", options -> options.withSessions(true).withForwardTo(ordered));
      life.send(relay, "keyed a", 20, keyed("a"));
      life.send(relay, "keyed b", 20, keyed("b"));
      QueueName circle = life.create("circle", options -> options.withForwardTo(doomed));
      life.done(life.engine().updateQueue(doomed, forwarding(circle)));
      life.send(circle, "round");
      life.leaving("one of four 2");
      life.leaving("one of four 3");
      life.done(life.engine().deleteQueue(full));
      life.refused(
          life.engine().updateQueue(circle, forwarding(circle)), ConfigurationInvalid.class);
      life.refused(life.engine().updateQueue(end, forwarding(ordered)), ConfigurationInvalid.class);
      life.refused(
          life.engine().updateQueue(end, QueueOptions.DEFAULTS.withSessions(true)),
          ConfigurationInvalid.class);
    }

    private UnaryOperator<OutgoingMessage.Builder> keyed(String session) {
      return message -> message.sessionId(SessionId.of(session)).deduplicationKey("key");
    }

    private QueueOptions forwarding(QueueName target) {
      return QueueOptions.DEFAULTS.withForwardTo(target);
    }
  },

  /** More than one turn takes: forwarded, purged, due, and links to what has left. */
  MANY {
    @Override
    void act(ScenarioLife life) {
      QueueName end = life.create("end", options -> options);
      QueueName many = life.create("many", options -> options.withDeadLetterOnExpiration(false));
      // Those that go first stand behind others, so that their places are only found to be empty.
      batch(life, many, "long", 300, message -> message);
      batch(life, many, "short", 300, message -> message.timeToLive(Duration.ofSeconds(1)));
      ReceivedMessage<byte[]> held = life.receive(many, 1).get(0);
      for (int i = 0; i < 300; i++) {
        life.leaving("short" + i);
      }
      life.manual().move(Duration.ofSeconds(2));
      life.done(life.engine().catchUp());
      life.done(life.engine().abandon(many, held.lockToken().orElseThrow(), Duration.ZERO));
      life.done(life.engine().updateQueue(many, QueueOptions.DEFAULTS.withForwardTo(end)));
      batch(life, end, "more", 600, message -> message);
      for (int i = 0; i < 600; i++) {
        life.leaving("more" + i);
        life.leaving("long" + i % 300);
      }
      CompletableFuture<Long> purged = life.engine().purge(end, SubQueue.MAIN);
      life.engine().turn();
      CompletableFuture<Boolean> deleted = life.engine().deleteQueue(end);
      life.done(purged);
      life.done(deleted);
      letters(life);
    }

    /** Dead letters out of their order, and away again without having been looked at. */
    private void letters(ScenarioLife life) {
      QueueName graves = life.create("graves", options -> options.withMaxDeliveryCount(1));
      batch(life, graves, "letter", 1_400, message -> message);
      List<ReceivedMessage<byte[]>> held = new ArrayList<>(life.receive(graves, 1_000));
      held.addAll(life.receive(graves, 1_000));
      life.deadLetter(held.get(held.size() - 1));
      for (ReceivedMessage<byte[]> message : held.subList(0, 150)) {
        life.deadLetter(message);
      }
      for (int i = 0; i < 1_400; i++) {
        life.leaving("letter" + i);
      }
      life.done(life.engine().purge(graves, SubQueue.DEAD_LETTER));
    }

    @Override
    int stride() {
      return 3;
    }

    private void batch(
        ScenarioLife life,
        QueueName queue,
        String name,
        int count,
        UnaryOperator<OutgoingMessage.Builder> more) {
      List<OutgoingMessage> messages = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        life.maybe(name + i);
        messages.add(ScenarioLife.message(name + i, 0, more));
      }
      life.done(life.engine().send(queue, messages));
      for (int i = 0; i < count; i++) {
        life.there(name + i);
      }
    }
  },

  /** A record that is larger than the buffer through which records go. */
  LARGE {
    @Override
    void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options);
      life.send(queue, "small before");
      life.send(queue, "large", 5 * 1024 * 1024, message -> message);
      life.send(queue, "small behind");
      life.receive(queue, 2).forEach(life::complete);
      life.send(queue, "large again", 5 * 1024 * 1024, message -> message);
      life.done(life.engine().snapshot());
    }

    @Override
    int segmentSize() {
      return 8 * 1024 * 1024;
    }

    @Override
    int stride() {
      return 7;
    }
  },

  /** A queue that nobody uses goes by itself, with all that is in it. */
  SELF_DELETION {
    @Override
    void act(ScenarioLife life) {
      List<QueueName> told = Collections.synchronizedList(new ArrayList<>());
      life.done(life.engine().onSelfDeletion(told::add));
      QueueName idle =
          life.create("idle", options -> options.withAutoDeleteOnIdle(Duration.ofMinutes(5)));
      QueueName kept = life.create("kept", options -> options);
      life.send(idle, "goes with it");
      life.send(kept, "stays");
      CompletableFuture<List<ReceivedMessage<byte[]>>> waiting =
          life.engine().receive(idle, SubQueue.DEAD_LETTER, 1, Duration.ofMinutes(7));
      life.manual().run();
      life.manual().advance(Duration.ofMinutes(5));
      life.leaving("goes with it");
      life.manual().advance(Duration.ofMinutes(2));
      life.done(waiting);
      life.manual().advance(Duration.ofMinutes(6));
      life.done(life.engine().catchUp());
      PowerLossRun.check(told.equals(List.of(idle)), "deleted themselves: " + told);
      life.gone("goes with it");
      life.refused(life.engine().statistics(idle), QueueNotFound.class);
      life.done(life.engine().updateQueue(kept, idleSoon()));
      life.done(life.engine().updateQueue(kept, QueueOptions.DEFAULTS));
    }

    private QueueOptions idleSoon() {
      return QueueOptions.DEFAULTS.withAutoDeleteOnIdle(Duration.ofMinutes(5));
    }
  },

  /** Whoever waits: for a message, a session, for room; in vain, or until somebody gives up. */
  WAITS {
    @Override
    void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options.withCapacity(1));
      QueueName ordered = life.create("ordered", options -> options.withSessions(true));
      QueueEngine engine = life.engine();
      Duration wait = Duration.ofSeconds(1);
      CompletableFuture<List<ReceivedMessage<byte[]>>> served =
          engine.receive(queue, SubQueue.MAIN, 1, wait);
      CompletableFuture<List<ReceivedMessage<byte[]>>> givenUp =
          engine.receive(queue, SubQueue.MAIN, 1, wait);
      life.manual().run();
      givenUp.cancel(false);
      life.send(queue, "first");
      ReceivedMessage<byte[]> first = life.done(served).get(0);
      life.maybe("second");
      CompletableFuture<?> heldBack =
          engine.send(queue, ScenarioLife.message("second", 0, message -> message));
      life.manual().run();
      life.complete(first);
      life.done(heldBack);
      life.there("second");
      life.refused(
          engine.send(
              queue,
              List.of(
                  ScenarioLife.message("x", 0, message -> message),
                  ScenarioLife.message("y", 0, message -> message))),
          BatchTooLarge.class);
      life.maybe("third");
      CompletableFuture<?> inVain =
          engine.send(queue, ScenarioLife.message("third", 0, message -> message));
      SessionHold hold = life.done(engine.acceptSession(ordered, SessionId.of("s"), wait));
      CompletableFuture<?> second = engine.acceptSession(ordered, SessionId.of("s"), wait);
      CompletableFuture<?> next = engine.acceptNextSession(ordered, wait);
      CompletableFuture<?> inSession = engine.receive(hold, 1, wait);
      life.refused(
          engine.acceptSession(ordered, SessionId.of("s"), Duration.ZERO), SessionLocked.class);
      life.manual().advance(Duration.ofSeconds(2));
      life.refused(inVain, QueueFull.class);
      life.notThere("third");
      life.refused(second, SessionLocked.class);
      life.done(next);
      life.done(inSession);
      tooLate(life, queue);
      CompletableFuture<?> atTheEnd = engine.receive(queue, SubQueue.DEAD_LETTER, 1, wait);
      life.manual().run();
      engine.close();
      life.done(atTheEnd);
      engine.close();
    }

    /** Whoever gives up while his answer is forced, and what lives for too short a time. */
    private void tooLate(ScenarioLife life, QueueName queue) {
      QueueEngine engine = life.engine();
      QueueName other = life.create("other", options -> options);
      CompletableFuture<?> first = engine.receive(queue, SubQueue.MAIN, 1, Duration.ZERO);
      life.maybe("beside");
      CompletableFuture<?> beside =
          engine.send(other, ScenarioLife.message("beside", 0, message -> message));
      life.faults().whileForcing(() -> first.cancel(false));
      life.done(beside);
      life.there("beside");
      life.faults().whileForcing(() -> {});
      life.send(other, "short", 9, message -> message.timeToLive(Duration.ofSeconds(1)));
      life.manual().run();
      life.manual().standStillInTheNextTurn(Duration.ofSeconds(2));
      PowerLossRun.check(life.receive(other, 9).size() == 1, "what lives, and nothing else");
    }
  },

  /** What must be refused, which leaves nothing behind. */
  REFUSALS {
    @Override
    void act(ScenarioLife life) {
      QueueName plain = life.create("plain", options -> options.withMaxMessageSize(1_000L));
      QueueName ordered = life.create("ordered", options -> options.withSessions(true));
      QueueEngine engine = life.engine();
      life.send(plain, "there");
      OutgoingMessage tooLarge = ScenarioLife.message("x", 200_000, message -> message);
      OutgoingMessage inSession =
          ScenarioLife.message("x", 1, message -> message.sessionId(SessionId.of("s")));
      life.refused(engine.send(plain, tooLarge), MessageTooLarge.class);
      life.refused(engine.send(plain, List.of(tooLarge)), MessageTooLarge.class);
      life.refused(
          engine.send(plain, ScenarioLife.message("x", 1_500, message -> message)),
          MessageTooLarge.class);
      life.refused(engine.send(plain, inSession), ValidationFailed.class);
      life.refused(
          engine.transact(List.of(new Work.Send(plain, tooLarge))), TransactionRefused.class);
      life.refused(
          engine.transact(Collections.nCopies(1_001, new Work.Send(plain, inSession))),
          ValidationFailed.class);
      life.done(engine.transact(List.of()));
      life.done(engine.send(plain, List.of()));
      life.refused(engine.reserve(plain, 1_001), ValidationFailed.class);
      Place place = life.done(engine.reserve(plain, 1)).get(0);
      life.refused(
          engine.transact(
              List.of(
                  new Work.Send(plain, ScenarioLife.message("x", 1, message -> message), place))),
          TransactionRefused.class);
      life.refused(engine.receive(plain, SubQueue.MAIN, 0, Duration.ZERO), ValidationFailed.class);
      life.refused(
          engine.receive(ordered, SubQueue.MAIN, 1, Duration.ZERO), ValidationFailed.class);
      life.refused(
          engine.receiveDeferred(ordered, SubQueue.MAIN, null, List.of(SequenceNumber.of(1))),
          ValidationFailed.class);
      life.done(engine.receiveDeferred(plain, SubQueue.DEAD_LETTER, null, List.of()));
      life.refused(
          engine.peek(plain, SubQueue.MAIN, null, SequenceNumber.START, 0), ValidationFailed.class);
      life.done(engine.peek(ordered, SubQueue.MAIN, SessionId.of("none"), SequenceNumber.START, 1));
      life.refused(engine.purge(plain, SubQueue.MAIN, Instant.MAX, 0), ValidationFailed.class);
      life.refused(engine.sessions(ordered, -1, 1), ValidationFailed.class);
      life.refused(engine.acceptNextSession(plain, Duration.ZERO), ValidationFailed.class);
      SessionHold hold = life.done(engine.acceptSession(ordered, SessionId.of("s"), Duration.ZERO));
      life.refused(engine.receive(hold, 0, Duration.ZERO), ValidationFailed.class);
      life.refused(engine.setSessionState(hold, new byte[300 * 1024]), ValidationFailed.class);
      LockToken none = LockToken.of(new UUID(1, 2));
      life.refused(engine.complete(plain, none), QueueRuntimeException.InvalidReceipt.class);
      life.refused(engine.complete(QueueName.of("none"), none), QueueNotFound.class);
      ReceivedMessage<byte[]> message = life.receive(plain, 1).get(0);
      life.refused(
          engine.abandon(
              plain,
              message.lockToken().orElseThrow(),
              Duration.ZERO,
              new MessageEdits(Map.of("long", "x".repeat(70_000)), Set.of())),
          ValidationFailed.class);
      places(life, plain, ordered);
      life.deadLetter(message);
      ReceivedMessage<byte[]> letter =
          life.done(engine.receive(plain, SubQueue.DEAD_LETTER, 1, Duration.ZERO)).get(0);
      LockToken held = letter.lockToken().orElseThrow();
      life.refused(engine.defer(plain, held), ValidationFailed.class);
      life.refused(engine.deadLetter(plain, held, "r", null, null), ValidationFailed.class);
      PowerLossRun.check(engine.maxMessageSize() < 200_000, "larger than a segment");
      PowerLossRun.check(engine.maxSessionStateSize() == 256 * 1024, "another size of states");
      PowerLossRun.check(engine.options().maxMessageSize() == engine.maxMessageSize(), "sizes");
    }

    private void places(ScenarioLife life, QueueName plain, QueueName ordered) {
      QueueEngine engine = life.engine();
      Place place = life.done(engine.reserve(plain, 1)).get(0);
      Work.Send scheduled =
          new Work.Send(
              plain,
              ScenarioLife.message("in its place", 0, m -> m.scheduledEnqueueTime(Instant.MAX)),
              place);
      life.refused(engine.transact(List.of(scheduled, scheduled)), TransactionRefused.class);
      life.maybe("in its place");
      life.done(engine.transact(List.of(scheduled)));
      life.there("in its place");
      life.refused(engine.transact(List.of(scheduled)), TransactionRefused.class);
      Work.Send elsewhere =
          new Work.Send(
              ordered,
              ScenarioLife.message(
                  "x", 0, m -> m.sessionId(SessionId.of("s")).scheduledEnqueueTime(Instant.MAX)),
              place);
      life.refused(engine.transact(List.of(elsewhere)), TransactionRefused.class);
      QueueName narrow = life.create("narrow", options -> options.withCapacity(1));
      Work.Send one = new Work.Send(narrow, ScenarioLife.message("x", 1, message -> message));
      life.refused(engine.transact(List.of(one, one)), TransactionRefused.class);
    }
  },

  /** Texts of every length in UTF-8, and times beyond what can be counted. */
  EXTREMES {
    @Override
    void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options.withMaxDeliveryCount(1));
      String text = "aé€😀".repeat(2_000);
      life.send(
          queue,
          "extreme",
          100,
          message ->
              message
                  .header("text", text)
                  .timeToLive(Duration.ofSeconds(Long.MAX_VALUE))
                  .scheduledEnqueueTime(Instant.MIN));
      ReceivedMessage<byte[]> message = life.receive(queue, 1).get(0);
      PowerLossRun.check(text.equals(message.headers().get("text")), "another text");
      life.done(
          life.engine().deadLetter(queue, message.lockToken().orElseThrow(), text, text, text));
      life.send(queue, "far away", 100, late -> late.scheduledEnqueueTime(Instant.MAX));
    }
  },

  /** Old records that cannot be read, wherever one is wanted. */
  UNREADABLE {
    @Override
    void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options);
      QueueName target = life.create("target", options -> options);
      life.send(queue, "bad letter");
      life.send(queue, "bad aside");
      life.send(queue, "good aside");
      life.deadLetter(life.receive(queue, 1).get(0));
      List<SequenceNumber> aside = new ArrayList<>();
      for (ReceivedMessage<byte[]> message : life.receive(queue, 2)) {
        aside.add(message.sequenceNumber());
        life.done(life.engine().defer(queue, message.lockToken().orElseThrow()));
      }
      life.send(queue, "bad now");
      life.send(queue, "good now");
      life.send(queue, "bad later", 20, message -> message.scheduledEnqueueTime(Instant.MIN));
      Instant soon = life.manual().wall().plusSeconds(2);
      life.send(queue, "bad soon", 20, message -> message.scheduledEnqueueTime(soon));
      life.forget();
      life.records().refuse("bad");
      for (int attempt = 0; attempt < 2; attempt++) {
        life.tried(life.engine().receive(queue, SubQueue.MAIN, 9, Duration.ofMillis(1)));
        life.tried(life.engine().receive(queue, SubQueue.DEAD_LETTER, 9, Duration.ZERO));
        life.tried(life.engine().receiveDeferred(queue, SubQueue.MAIN, null, aside));
        life.manual().advance(Duration.ofMillis(Quarantine.PATIENCE_MILLIS));
      }
      life.done(life.engine().updateQueue(queue, QueueOptions.DEFAULTS.withForwardTo(target)));
      life.manual().advance(Duration.ofMinutes(2));
      life.manual().advance(Duration.ofMinutes(2));
      life.receive(target, 9).forEach(life::complete);
      life.records().repair();
      life.done(life.engine().snapshot());
      waiter(life);
    }

    /** Somebody waits for what turns out to be unreadable. */
    private void waiter(ScenarioLife life) {
      QueueName other = life.create("other", options -> options);
      life.send(other, "bad at last");
      life.forget();
      ReceivedMessage<byte[]> held = life.receive(other, 1).get(0);
      CompletableFuture<?> waiting =
          life.engine().receive(other, SubQueue.MAIN, 1, Duration.ofMinutes(1));
      life.manual().run();
      life.records().refuse("bad");
      life.done(life.engine().release(other, held.lockToken().orElseThrow()));
      life.refused(waiting, QueueRuntimeException.StorageFailed.class);
      life.records().repair();
    }
  },

  /** A disk that is full, with locks that run out meanwhile, and has room again. */
  FULL {
    @Override
    void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options.withMaxDeliveryCount(1));
      QueueName onward = life.create("onward", options -> options.withForwardTo(queue));
      QueueName ordered =
          life.create("ordered", options -> options.withSessions(true).withMaxDeliveryCount(1));
      for (int i = 0; i < 4; i++) {
        life.send(queue, "before" + i, 3_000, message -> message);
      }
      life.send(ordered, "in session", 20, message -> message.sessionId(SessionId.of("s")));
      SessionHold hold =
          life.done(life.engine().acceptSession(ordered, SessionId.of("s"), Duration.ZERO));
      life.done(life.engine().receive(hold, 1, Duration.ZERO));
      life.receive(queue, 2);
      life.faults().limitTo(life.size());
      life.fill(onward);
      life.fill(queue);
      for (int i = 0; i < 200; i++) {
        life.tried(life.engine().setSessionState(hold, new byte[1_000]));
      }
      life.tried(life.engine().createQueue(QueueName.of("more"), QueueOptions.DEFAULTS));
      life.manual().advance(Duration.ofMinutes(2));
      life.tried(life.engine().receive(queue, SubQueue.MAIN, 9, Duration.ZERO));
      life.faults().limitTo(life.size() + 30_000);
      for (int i = 0; i < 8; i++) {
        life.manual().advance(Duration.ofMillis(300));
        life.fill(queue);
      }
      life.faults().limitTo(Long.MAX_VALUE);
      life.manual().advance(Duration.ofSeconds(2));
      life.fill(queue);
      life.receive(queue, 1).forEach(life::complete);
    }

    @Override
    int stride() {
      return 3;
    }
  },

  /** The disk fails, and work goes on in memory as it was told to. */
  DEGRADED {
    @Override
    void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options);
      for (int i = 0; i < 3; i++) {
        life.send(queue, "before" + i);
      }
      life.faults().fail(DiskFaults.Kind.FORCE, 1);
      for (int i = 0; i < 3; i++) {
        life.send(queue, "behind" + i);
        life.maybe("behind" + i);
      }
      PowerLossRun.check(life.engine().failure().isPresent(), "nobody is told");
      for (ReceivedMessage<byte[]> message : life.receive(queue, 9)) {
        String name = ScenarioLife.name(message);
        life.maybe(name);
        life.done(life.engine().complete(queue, message.lockToken().orElseThrow()));
      }
      life.tried(life.engine().snapshot());
      life.engine().close();
    }

    @Override
    EngineOptions options(EngineOptions usual) {
      return usual.withOnStorageFailure(EngineOptions.OnStorageFailure.DEGRADE);
    }
  };

  /** Ends early, by a failure, when the power goes. */
  abstract void act(ScenarioLife life);

  EngineOptions options(EngineOptions usual) {
    return usual;
  }

  int segmentSize() {
    return 64 * 1024;
  }

  /** How many changes of the disk lie between two cuts. */
  int stride() {
    return 1;
  }
}
