package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.BatchTooLarge;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** What queues do with messages that chance seldom makes up. */
enum QueueScenario implements PowerLossScenario {
  /** What a target never takes, does not take for now, or is sent round in circles. */
  FORWARDING {
    @Override
    public void act(ScenarioLife life) {
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
    public void act(ScenarioLife life) {
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
    public int stride() {
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

  /** A queue that nobody uses goes by itself, with all that is in it. */
  SELF_DELETION {
    @Override
    public void act(ScenarioLife life) {
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
    public void act(ScenarioLife life) {
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
  }
}
