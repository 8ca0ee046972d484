package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
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

/** What disks do to messages, and callers, that chance seldom makes up. */
enum DiskScenario implements PowerLossScenario {
  /** A record that is larger than the buffer through which records go. */
  LARGE {
    @Override
    public void act(ScenarioLife life) {
      QueueName queue = life.create("queue", options -> options);
      life.send(queue, "small before");
      life.send(queue, "large", 5 * 1024 * 1024, message -> message);
      life.send(queue, "small behind");
      life.receive(queue, 2).forEach(life::complete);
      life.send(queue, "large again", 5 * 1024 * 1024, message -> message);
      life.done(life.engine().snapshot());
    }

    @Override
    public int segmentSize() {
      return 8 * 1024 * 1024;
    }

    @Override
    public int stride() {
      return 7;
    }
  },

  /** What must be refused, which leaves nothing behind. */
  REFUSALS {
    @Override
    public void act(ScenarioLife life) {
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
    public void act(ScenarioLife life) {
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
    public void act(ScenarioLife life) {
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
    public void act(ScenarioLife life) {
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
    public int stride() {
      return 3;
    }
  },

  /** The disk fails, and work goes on in memory as it was told to. */
  DEGRADED {
    @Override
    public void act(ScenarioLife life) {
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
    public EngineOptions options(EngineOptions usual) {
      return usual.withOnStorageFailure(EngineOptions.OnStorageFailure.DEGRADE);
    }
  }
}
