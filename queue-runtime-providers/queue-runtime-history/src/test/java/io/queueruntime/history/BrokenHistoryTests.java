package io.queueruntime.history;

import static io.queueruntime.history.Field.ATTEMPT;
import static io.queueruntime.history.Field.COUNT;
import static io.queueruntime.history.Field.DEAD;
import static io.queueruntime.history.Field.DELAY;
import static io.queueruntime.history.Field.DUE;
import static io.queueruntime.history.Field.HOLD;
import static io.queueruntime.history.Field.KEY;
import static io.queueruntime.history.Field.MESSAGE;
import static io.queueruntime.history.Field.OUTCOME;
import static io.queueruntime.history.Field.PAYLOAD;
import static io.queueruntime.history.Field.QUEUE;
import static io.queueruntime.history.Field.REASON;
import static io.queueruntime.history.Field.SEQUENCE;
import static io.queueruntime.history.Field.SESSION;
import static io.queueruntime.history.Field.STATE;
import static io.queueruntime.history.Field.TOKEN;
import static io.queueruntime.history.Field.TTL;
import static io.queueruntime.history.Operation.ABANDON;
import static io.queueruntime.history.Operation.CANCEL;
import static io.queueruntime.history.Operation.CLOSE_SESSION;
import static io.queueruntime.history.Operation.COMPLETE;
import static io.queueruntime.history.Operation.CRASH;
import static io.queueruntime.history.Operation.DEAD_LETTER;
import static io.queueruntime.history.Operation.DEFER;
import static io.queueruntime.history.Operation.DISCARD;
import static io.queueruntime.history.Operation.DRAINED;
import static io.queueruntime.history.Operation.GET_STATE;
import static io.queueruntime.history.Operation.PURGE;
import static io.queueruntime.history.Operation.RECEIVE;
import static io.queueruntime.history.Operation.RELEASE;
import static io.queueruntime.history.Operation.RENEW;
import static io.queueruntime.history.Operation.RENEW_SESSION;
import static io.queueruntime.history.Operation.REPLAY;
import static io.queueruntime.history.Operation.SET_STATE;
import static io.queueruntime.history.Operation.SHUTDOWN;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One history for every way to break a promise: each is found, and nothing else is. */
class BrokenHistoryTests {

  record Story(String name, Invariant broken, Consumer<Script> script) {
    @Override
    public String toString() {
      return broken + ": " + name;
    }
  }

  private static final List<Story> STORIES = new ArrayList<>();

  private static void story(Invariant broken, String name, Consumer<Script> script) {
    STORIES.add(new Story(name, broken, script));
  }

  static {
    losses();
    origins();
    completions();
    orders();
    holders();
    counts();
    times();
    duplicates();
    states();
    conservation();
    replays();
  }

  static Stream<Story> stories() {
    return STORIES.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("stories")
  void brokenHistoryIsFlaggedWithItsInvariantAndNoOther(Story story) {
    assertThat(Script.broken(story.script())).containsExactly(story.broken());
  }

  @Test
  void thereAreAtLeastFortyStoriesAndEveryInvariantIsBrokenByOne() {
    Set<Invariant> broken = EnumSet.noneOf(Invariant.class);
    STORIES.forEach(story -> broken.add(story.broken()));
    assertThat(STORIES).hasSizeGreaterThanOrEqualTo(40);
    assertThat(broken).containsExactlyInAnyOrder(Invariant.values());
  }

  private static void losses() {
    story(
        Invariant.I1,
        "an acknowledged message is gone after the drain",
        h -> {
          h.send("q", "a");
          h.empty("r", "q");
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "an acknowledged message is gone after a crash",
        h -> {
          h.send("q", "a");
          h.mark(CRASH);
          h.empty("r", "q");
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "an abandoned message never comes back",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.settle("r", ABANDON, t);
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a message whose completion failed is gone",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.begin("r", COMPLETE, QUEUE, "q", TOKEN, t).fail();
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a dead-lettered message is not in the dead-letter queue",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.settle("r", DEAD_LETTER, t, REASON, "bad");
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a purge that removed one message explains only one that is gone",
        h -> {
          h.send("q", "a");
          h.send("q", "b");
          h.begin("p", PURGE, QUEUE, "q").ok(COUNT, 1);
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a message sent after the purge is gone",
        h -> {
          h.begin("p", PURGE, QUEUE, "q").ok(COUNT, 5);
          h.send("q", "a");
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a cancellation that came too late explains nothing",
        h -> {
          long n = h.send("q", "a", DUE, h.now() + 5_000_000);
          h.touch("c", CANCEL, "q", "a", n, 0);
          h.advance(Duration.ofSeconds(1));
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "half of a batch without an answer was stored",
        h -> {
          h.beginBatch("sender", "q", "a", "b");
          h.mark(CRASH);
          String t = h.receive("r", "q", "b", 1, 1);
          h.settle("r", COMPLETE, t);
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "an expired message is missing from the dead-letter queue of a queue that keeps them",
        h -> {
          h.send("q", "a", TTL, 1_000_000_000L);
          h.advance(Duration.ofSeconds(5));
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a message that a queue may drop when it expires is gone too early",
        h -> {
          h.send("n", "a", TTL, 60_000_000_000L);
          h.advance(Duration.ofSeconds(5));
          h.mark(DRAINED);
        });
    story(
        Invariant.I1,
        "a message that was seen in a peek long before the drain is gone",
        h -> {
          long n = h.send("q", "a");
          h.peek("p", "q", "a", n);
          h.empty("r", "q");
          h.mark(DRAINED);
        });
  }

  private static void origins() {
    story(
        Invariant.I2,
        "a message that nobody sent",
        h -> {
          h.send("q", "a");
          h.begin("r", RECEIVE, QUEUE, "q")
              .ok(MESSAGE, "x", PAYLOAD, "?", SEQUENCE, 7, ATTEMPT, 1, TOKEN, "t-x");
        });
    story(
        Invariant.I2,
        "a message whose payload changed",
        h -> {
          long n = h.send("q", "a");
          h.receive("r", "q", "a", n, 1, PAYLOAD, "other");
        });
    story(
        Invariant.I2,
        "a message whose send failed",
        h -> {
          h.beginSend("sender", "q", "a").fail();
          h.receive("r", "q", "a", 1, 1);
        });
    story(
        Invariant.I2,
        "a message that arrives before it is sent",
        h -> {
          h.beginSend("other", "q", "a").fail();
          h.receive("r", "q", "a", 1, 1);
          h.send("q", "a");
        });
    story(
        Invariant.I2,
        "a duplicate that was discarded and delivered all the same",
        h -> {
          h.send("q", "a");
          h.beginSend("sender", "q", "a", PAYLOAD, "second").ok(OUTCOME, "DUPLICATE");
          h.receive("r", "q", "a", 2, 1, PAYLOAD, "second");
        });
    story(
        Invariant.I2,
        "a message that changed its session",
        h -> {
          long n = h.send("s", "a", SESSION, "one");
          String hold = h.accept("r", "two");
          h.receive("r", "s", "a", n, 1, HOLD, hold, SESSION, "two");
        });
  }

  private static void completions() {
    story(
        Invariant.I3,
        "a completed message comes back",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", COMPLETE, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 2);
        });
    story(
        Invariant.I3,
        "a completed message comes back in the next life",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", COMPLETE, h.receive("r", "q", "a", n, 1));
          h.mark(CRASH);
          h.receive("r2", "q", "a", n, 2);
        });
    story(
        Invariant.I3,
        "a dead-lettered message comes back without a replay",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 2);
        });
    story(
        Invariant.I3,
        "a dead letter wanders back by itself",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.settle("r", ABANDON, h.receive("r", "q", "a", n, 1, DEAD, true));
          h.receive("r", "q", "a", n, 2);
        });
    story(
        Invariant.I3,
        "a cancelled message arrives",
        h -> {
          long due = h.now() + 5_000_000;
          long n = h.send("q", "a", DUE, due);
          h.touch("c", CANCEL, "q", "a", n, 1);
          h.advance(Duration.ofSeconds(1));
          h.receive("r", "q", "a", 9, 1);
        });
    story(
        Invariant.I3,
        "a discarded dead letter is still there",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", DISCARD, "q", "a", n, 1);
          h.peek("p", "q", "a", n, DEAD, true);
        });
    story(
        Invariant.I3,
        "a purged message arrives",
        h -> {
          long n = h.send("q", "a");
          h.begin("p", PURGE, QUEUE, "q").ok(COUNT, 1);
          h.receive("r", "q", "a", n, 1);
        });
    story(
        Invariant.I3,
        "a replaced message arrives",
        h -> {
          long n = h.send("q", "a", KEY, "k");
          h.beginSend("sender", "q", "b", KEY, "k").ok(OUTCOME, "REPLACED", SEQUENCE, n);
          h.receive("r", "q", "a", n, 1);
        });
    story(
        Invariant.I3,
        "a completed message is seen by a later peek",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", COMPLETE, h.receive("r", "q", "a", n, 1));
          h.peek("p", "q", "a", n);
        });
  }

  private static void orders() {
    story(
        Invariant.I4,
        "the second message of a session comes first",
        h -> {
          h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          h.receive("r", "s", "b", b, 1, HOLD, h.accept("r", "x"));
        });
    story(
        Invariant.I4,
        "an abandoned message is put at the end of its session",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          String hold = h.accept("r", "x");
          h.settle("r", ABANDON, h.receive("r", "s", "a", a, 1, HOLD, hold));
          h.receive("r", "s", "b", b, 1, HOLD, hold);
        });
    story(
        Invariant.I4,
        "a session goes on while its head waits out a back-off",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          String hold = h.accept("r", "x");
          h.settle("r", ABANDON, h.receive("r", "s", "a", a, 1, HOLD, hold), DELAY, 5_000_000_000L);
          h.advance(Duration.ofSeconds(1));
          h.receive("r", "s", "b", b, 1, HOLD, hold);
        });
    story(
        Invariant.I4,
        "the next holder does not get what the last one left",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          String hold = h.accept("r", "x");
          h.receive("r", "s", "a", a, 1, HOLD, hold);
          h.use("r", CLOSE_SESSION, "x", hold);
          h.receive("r2", "s", "b", b, 1, HOLD, h.accept("r2", "x"));
        });
    story(
        Invariant.I4,
        "the holder after a lost lock does not get what was locked",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          h.receive("r", "s", "a", a, 1, HOLD, h.accept("r", "x"));
          h.advance(Script.LOCK.plusSeconds(1));
          h.receive("r2", "s", "b", b, 1, HOLD, h.accept("r2", "x"));
        });
    story(
        Invariant.I4,
        "after a crash a session does not begin where it was",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          h.receive("r", "s", "a", a, 1, HOLD, h.accept("r", "x"));
          h.mark(CRASH);
          h.receive("r2", "s", "b", b, 1, HOLD, h.accept("r2", "x"));
        });
    story(
        Invariant.I4,
        "a message given back uncounted is overtaken",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          String hold = h.accept("r", "x");
          h.settle("r", RELEASE, h.receive("r", "s", "a", a, 1, HOLD, hold));
          h.receive("r", "s", "b", b, 1, HOLD, hold);
        });
    story(
        Invariant.I4,
        "a deferred message is handed out by an ordinary receive",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEFER, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 2);
        });
    story(
        Invariant.I4,
        "a batch leaves out the head of its session",
        h -> {
          h.send("s", "a", SESSION, "x");
          long b = h.send("s", "b", SESSION, "x");
          long c = h.send("s", "c", SESSION, "x");
          Script.Step step =
              h.begin("r", RECEIVE, QUEUE, "s", HOLD, h.accept("r", "x"), SESSION, "x");
          h.answer(step, "s", "b", b, 1);
          h.answer(step, "s", "c", c, 1);
        });
  }

  private static void holders() {
    story(
        Invariant.I5,
        "a session has two holders",
        h -> {
          h.accept("r", "x");
          h.accept("r2", "x");
        });
    story(
        Invariant.I5,
        "a renewed session is given to somebody else",
        h -> {
          String hold = h.accept("r", "x");
          h.advance(Duration.ofSeconds(8));
          h.use("r", RENEW_SESSION, "x", hold);
          h.advance(Duration.ofSeconds(8));
          h.accept("r2", "x");
        });
    story(
        Invariant.I5,
        "a stale holder renews",
        h -> {
          String hold = h.accept("r", "x");
          h.advance(Duration.ofSeconds(11));
          h.accept("r2", "x");
          h.use("r", RENEW_SESSION, "x", hold);
        });
    story(
        Invariant.I5,
        "a stale holder stores a state",
        h -> {
          String hold = h.accept("r", "x");
          h.advance(Duration.ofSeconds(11));
          h.accept("r2", "x");
          h.use("r", SET_STATE, "x", hold, STATE, "1");
        });
    story(
        Invariant.I5,
        "a holder goes on after it gave its session back",
        h -> {
          String hold = h.accept("r", "x");
          h.use("r", CLOSE_SESSION, "x", hold);
          h.use("r", GET_STATE, "x", hold);
        });
    story(
        Invariant.I5,
        "a hold outlives a crash",
        h -> {
          String hold = h.accept("r", "x");
          h.mark(CRASH);
          h.use("r2", RENEW_SESSION, "x", hold);
        });
    story(
        Invariant.I5,
        "a locked message is delivered to another receiver",
        h -> {
          long n = h.send("q", "a");
          h.receive("r", "q", "a", n, 1);
          h.receive("r2", "q", "a", n, 2);
        });
    story(
        Invariant.I5,
        "a message whose lock was renewed is delivered to another receiver",
        h -> {
          long n = h.send("q", "a");
          String t = h.receive("r", "q", "a", n, 1);
          h.advance(Duration.ofSeconds(9));
          h.settle("r", RENEW, t);
          h.advance(Duration.ofSeconds(9));
          h.receive("r2", "q", "a", n, 2);
        });
    story(
        Invariant.I5,
        "a locked dead letter is delivered to another receiver",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 1, DEAD, true);
          h.receive("r2", "q", "a", n, 1, DEAD, true);
        });
    story(
        Invariant.I5,
        "a session's holder gets a message again that it has locked",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          String hold = h.accept("r", "x");
          h.receive("r", "s", "a", a, 1, HOLD, hold);
          h.receive("r", "s", "a", a, 2, HOLD, hold);
        });
    story(
        Invariant.I5,
        "a zombie completes the redelivery",
        h -> {
          long n = h.send("q", "a");
          String old = h.receive("r", "q", "a", n, 1);
          h.advance(Duration.ofSeconds(11));
          h.receive("r2", "q", "a", n, 2);
          h.settle("r", COMPLETE, old);
        });
    story(
        Invariant.I5,
        "an expired token settles",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.advance(Duration.ofSeconds(11));
          h.settle("r", COMPLETE, t);
        });
    story(
        Invariant.I5,
        "a token settles twice",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.settle("r", COMPLETE, t);
          h.settle("r", COMPLETE, t);
        });
    story(
        Invariant.I5,
        "a token from before a crash settles",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.mark(CRASH);
          h.settle("r2", COMPLETE, t);
        });
    story(
        Invariant.I5,
        "a settled message's lock is renewed",
        h -> {
          String t = h.receive("r", "q", "a", h.send("q", "a"), 1);
          h.settle("r", ABANDON, t);
          h.settle("r", RENEW, t);
        });
    story(
        Invariant.I5,
        "a token settles that nobody was given",
        h -> h.settle("r", COMPLETE, "forged"));
    story(
        Invariant.I5,
        "a message of a session is settled after the session was given back",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          String hold = h.accept("r", "x");
          String t = h.receive("r", "s", "a", a, 1, HOLD, hold);
          h.use("r", CLOSE_SESSION, "x", hold);
          h.settle("r", COMPLETE, t);
        });
  }

  private static void counts() {
    story(
        Invariant.I6,
        "the first delivery counts 2",
        h -> h.receive("r", "q", "a", h.send("q", "a"), 2));
    story(
        Invariant.I6,
        "an abandoned delivery is not counted",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", ABANDON, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 1);
        });
    story(
        Invariant.I6,
        "a delivery given back uncounted is counted",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", RELEASE, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 2);
        });
    story(
        Invariant.I6,
        "giving a session back counts a delivery",
        h -> {
          long a = h.send("s", "a", SESSION, "x");
          String hold = h.accept("r", "x");
          h.receive("r", "s", "a", a, 1, HOLD, hold);
          h.use("r", CLOSE_SESSION, "x", hold);
          h.receive("r2", "s", "a", a, 2, HOLD, h.accept("r2", "x"));
        });
    story(
        Invariant.I6,
        "a crash resets the count",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", ABANDON, h.receive("r", "q", "a", n, 1));
          h.receive("r", "q", "a", n, 2);
          h.mark(CRASH);
          h.receive("r2", "q", "a", n, 1);
        });
    story(
        Invariant.I6,
        "a message is delivered more often than it may be",
        h -> {
          long n = h.send("q", "a");
          for (int i = 1; i <= 4; i++) {
            h.settle("r", ABANDON, h.receive("r", "q", "a", n, i));
          }
        });
    story(
        Invariant.I6,
        "a message is dead-lettered before its last allowed delivery",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", ABANDON, h.receive("r", "q", "a", n, 1));
          h.peek("p", "q", "a", n, DEAD, true, REASON, "MaxDeliveryCountExceeded");
        });
    story(
        Invariant.I6,
        "a message is a dead letter for a reason that nobody gave",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1), REASON, "bad");
          h.peek("p", "q", "a", n, DEAD, true, REASON, "worse");
        });
    story(
        Invariant.I6,
        "a message is dead-lettered as expired while it lives",
        h -> {
          long n = h.send("q", "a", TTL, 60_000_000_000L);
          h.peek("p", "q", "a", n, DEAD, true, REASON, "TTLExpiredException");
        });
    story(
        Invariant.I6,
        "a replay keeps the old count",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", REPLAY, "q", "a", n, 1);
          h.receive("r", "q", "a", 9, 2);
        });
  }

  private static void times() {
    story(
        Invariant.I7,
        "a scheduled message comes early",
        h -> {
          h.send("q", "a", DUE, h.now() + 60_000_000_000L);
          h.receive("r", "q", "a", 9, 1);
        });
    story(
        Invariant.I7,
        "a scheduled message does not wake the receiver that waits",
        h -> {
          h.send("q", "a", DUE, h.now() + 1_000_000_000L);
          Script.Step waiting = h.begin("r", RECEIVE, QUEUE, "q");
          h.advance(Duration.ofSeconds(5));
          waiting.ok();
          h.receive("r", "q", "a", 9, 1);
        });
    story(
        Invariant.I7,
        "an abandoned message comes back before its delay is over",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", ABANDON, h.receive("r", "q", "a", n, 1), DELAY, 5_000_000_000L);
          h.advance(Duration.ofSeconds(1));
          h.receive("r", "q", "a", n, 2);
        });
    story(
        Invariant.I7,
        "an expired message is delivered",
        h -> {
          long n = h.send("q", "a", TTL, 1_000_000_000L);
          h.advance(Duration.ofSeconds(5));
          h.receive("r", "q", "a", n, 1);
        });
  }

  private static void duplicates() {
    story(
        Invariant.I8,
        "a second send of one id goes in within the window",
        h -> {
          h.send("q", "a");
          h.send("q", "a", PAYLOAD, "second");
        });
    story(
        Invariant.I8,
        "the window is forgotten in a crash",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", COMPLETE, h.receive("r", "q", "a", n, 1));
          h.mark(CRASH);
          h.send("q", "a", PAYLOAD, "second");
        });
    story(
        Invariant.I8,
        "a send without an answer goes in, and so does another one with its id",
        h -> {
          h.beginSend("s1", "q", "a");
          h.mark(CRASH);
          h.send("q", "a", PAYLOAD, "second");
          h.receive("r", "q", "a", 1, 1);
        });
    story(
        Invariant.I8,
        "a retried send is stored twice",
        h -> {
          h.beginSend("s1", "q", "a");
          h.mark(CRASH);
          long n = h.send("q", "a");
          h.settle("r", COMPLETE, h.receive("r", "q", "a", n + 10, 1));
          h.mark(CRASH);
          h.receive("r2", "q", "a", n, 2);
        });
    story(
        Invariant.I8,
        "a first send is called a duplicate",
        h -> h.beginSend("sender", "q", "a").ok(OUTCOME, "DUPLICATE"));
    story(
        Invariant.I8,
        "a send after the window is called a duplicate",
        h -> {
          h.send("q", "a");
          h.advance(Script.WINDOW.plusSeconds(5));
          h.beginSend("sender", "q", "a", PAYLOAD, "second").ok(OUTCOME, "DUPLICATE");
        });
    story(
        Invariant.I8,
        "a queue without duplicate detection calls a send a duplicate",
        h -> {
          h.send("n", "a");
          h.beginSend("sender", "n", "a", PAYLOAD, "second").ok(OUTCOME, "DUPLICATE");
        });
  }

  private static void states() {
    story(
        Invariant.I9,
        "a stored state is not there",
        h -> {
          String hold = h.accept("r", "x");
          h.use("r", SET_STATE, "x", hold, STATE, "1");
          h.use("r", GET_STATE, "x", hold);
        });
    story(
        Invariant.I9,
        "the next holder reads an older state",
        h -> {
          String hold = h.accept("r", "x");
          h.use("r", SET_STATE, "x", hold, STATE, "1");
          h.use("r", SET_STATE, "x", hold, STATE, "2");
          h.use("r", CLOSE_SESSION, "x", hold);
          h.use("r2", GET_STATE, "x", h.accept("r2", "x"), STATE, "1");
        });
    story(
        Invariant.I9,
        "a stored state is lost in a crash",
        h -> {
          h.use("r", SET_STATE, "x", h.accept("r", "x"), STATE, "1");
          h.mark(CRASH);
          h.use("r2", GET_STATE, "x", h.accept("r2", "x"));
        });
    story(
        Invariant.I9,
        "a removed state comes back",
        h -> {
          String hold = h.accept("r", "x");
          h.use("r", SET_STATE, "x", hold, STATE, "1");
          h.use("r", SET_STATE, "x", hold);
          h.mark(SHUTDOWN);
          h.use("r2", GET_STATE, "x", h.accept("r2", "x"), STATE, "1");
        });
    story(
        Invariant.I9,
        "a write of unknown outcome is seen, then unseen",
        h -> {
          String hold = h.accept("r", "x");
          h.use("r", SET_STATE, "x", hold, STATE, "1");
          h.begin("r", SET_STATE, QUEUE, "s", SESSION, "x", HOLD, hold, STATE, "2");
          h.mark(CRASH);
          String next = h.accept("r2", "x");
          h.use("r2", GET_STATE, "x", next, STATE, "2");
          h.use("r2", GET_STATE, "x", next, STATE, "1");
        });
    story(
        Invariant.I9,
        "a state of one session is read in another",
        h -> {
          h.use("r", SET_STATE, "x", h.accept("r", "x"), STATE, "1");
          h.use("r2", GET_STATE, "y", h.accept("r2", "y"), STATE, "1");
        });
  }

  private static void conservation() {
    story(
        Invariant.I10,
        "the queue counts one message too few",
        h -> {
          h.send("q", "a");
          h.send("q", "b");
          h.begin("c", Operation.COUNT, QUEUE, "q").ok(COUNT, 1);
        });
    story(
        Invariant.I10,
        "the queue still counts what was completed",
        h -> {
          h.settle("r", COMPLETE, h.receive("r", "q", "a", h.send("q", "a"), 1));
          h.begin("c", Operation.COUNT, QUEUE, "q").ok(COUNT, 1);
        });
    story(
        Invariant.I10,
        "a message is counted twice after a crash",
        h -> {
          h.send("q", "a");
          h.mark(CRASH);
          h.begin("c", Operation.COUNT, QUEUE, "q").ok(COUNT, 2);
        });
  }

  private static void replays() {
    story(
        Invariant.I12,
        "a replayed message is gone",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", REPLAY, "q", "a", n, 1);
          h.mark(DRAINED);
        });
    story(
        Invariant.I12,
        "a message is lost in a replay without an answer",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          Map<String, Long> which = Map.of("a", n);
          h.beginReplay("c", "q", which);
          h.mark(CRASH);
          h.mark(DRAINED);
        });
    story(
        Invariant.I12,
        "a replayed message is in both queues",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", REPLAY, "q", "a", n, 1);
          h.peek("p", "q", "a", n, DEAD, true);
        });
    story(
        Invariant.I12,
        "a replay stores its message twice",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", REPLAY, "q", "a", n, 1);
          h.settle("r", ABANDON, h.receive("r", "q", "a", 8, 1));
          h.settle("r", COMPLETE, h.receive("r", "q", "a", 9, 2));
        });
    story(
        Invariant.I12,
        "one dead letter is replayed by two replays",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", REPLAY, "q", "a", n, 1);
          h.touch("c", REPLAY, "q", "a", n, 1);
        });
    story(
        Invariant.I12,
        "a replay turns the order around",
        h -> {
          long a = h.send("q", "a");
          long b = h.send("q", "b");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", a, 1));
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "b", b, 1));
          Map<String, Long> which = new LinkedHashMap<>();
          which.put("a", a);
          which.put("b", b);
          h.beginReplay("c", "q", which).ok(Script.fields(COUNT, 2));
          h.receive("r", "q", "b", 8, 1);
          h.receive("r", "q", "a", 9, 1);
        });
    story(
        Invariant.I12,
        "more is replayed than was asked for",
        h -> {
          long n = h.send("q", "a");
          h.settle("r", DEAD_LETTER, h.receive("r", "q", "a", n, 1));
          h.touch("c", REPLAY, "q", "a", n, 2);
        });
  }
}
