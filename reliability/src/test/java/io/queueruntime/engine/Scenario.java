package io.queueruntime.engine;

import io.queueruntime.history.Field;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryRecorder;
import io.queueruntime.history.Operation;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A short piece of work that always makes the same system calls in the same order, so that the n-th
 * of them can be named: one caller, one thread that touches the disk, no clock that decides
 * anything.
 */
enum Scenario {
  FIRST_START {
    @Override
    void prepare(Work work) {}

    @Override
    void act(Work work) {
      work.send(Work.PLAIN, 2, 20);
      work.completeSome(Work.PLAIN, 1);
    }

    @Override
    boolean startsEmpty() {
      return true;
    }
  },

  SEGMENT_ROLL {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 3, 9_000);
    }

    @Override
    void act(Work work) {
      work.send(Work.PLAIN, 9, 14_000);
      work.completeSome(Work.PLAIN, 4);
      work.send(Work.PLAIN, 4, 14_000);
    }
  },

  SNAPSHOT {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 20, 100);
      work.send(Work.ORDERED, 6, 100);
      work.snapshot();
    }

    @Override
    void act(Work work) {
      work.snapshot();
      work.send(Work.PLAIN, 2, 100);
      work.completeSome(Work.PLAIN, 3);
      work.snapshot();
      work.send(Work.ORDERED, 1, 100);
    }
  },

  COMPACTION {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 1, 5_000);
      for (int i = 0; i < 3; i++) {
        work.send(Work.FLEETING, 5, 12_000);
        work.send(Work.PLAIN, 1, 1_000);
      }
      work.snapshot();
    }

    @Override
    void act(Work work) {
      work.completeSome(Work.FLEETING, 15);
      work.snapshot();
      work.send(Work.PLAIN, 1, 1_000);
      work.snapshot();
      work.send(Work.PLAIN, 6, 11_000);
      work.snapshot();
    }

    /** When the engine looks for something to clean is a matter of time. */
    @Override
    boolean isSteady() {
      return false;
    }
  },

  PURGE {
    @Override
    void prepare(Work work) {
      work.send(Work.FLEETING, 30, 300);
    }

    @Override
    void act(Work work) {
      work.calls.purge(Work.FLEETING, false);
      work.send(Work.FLEETING, 3, 300);
      work.calls.purge(Work.FLEETING, false);
      work.send(Work.FLEETING, 1, 300);
    }
  },

  REPLAY {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 6, 200);
      work.send(Work.ORDERED, 3, 200);
      work.deadLetterSome(Work.PLAIN, 6);
    }

    @Override
    void act(Work work) {
      List<ReceivedMessage<byte[]>> letters = work.calls.peek(Work.PLAIN, true);
      work.calls.replay(Work.PLAIN, letters.subList(0, 3));
      work.calls.discard(Work.PLAIN, letters.subList(3, 4));
      work.calls.replay(Work.PLAIN, letters.subList(4, 6));
      work.completeSome(Work.PLAIN, 2);
    }
  },

  DEAD_LETTER {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 5, 200);
    }

    @Override
    void act(Work work) {
      work.deadLetterSome(Work.PLAIN, 2);
      for (int delivery = 0; delivery < Work.MAX_DELIVERIES; delivery++) {
        for (ReceivedMessage<byte[]> message :
            work.calls.receive(Work.PLAIN, false, 1, Duration.ZERO)) {
          work.calls.abandon(message, false, Duration.ZERO);
        }
      }
      work.calls.receive(Work.PLAIN, true, 1, Duration.ZERO).stream()
          .limit(1)
          .forEach(letter -> work.calls.complete(letter, true));
    }
  },

  SESSION_STATE {
    @Override
    void prepare(Work work) {
      work.send(Work.ORDERED, 6, 100);
    }

    @Override
    void act(Work work) {
      for (int i = 0; i < 3; i++) {
        RecordedEngine.Held held = work.calls.accept(Work.ORDERED, "s" + i % 2, Duration.ZERO);
        if (held == null) {
          continue;
        }
        work.calls.getState(held);
        work.calls.setState(held, new byte[] {1, (byte) i});
        work.calls.receive(held, 1, Duration.ZERO).stream()
            .limit(1)
            .forEach(message -> work.calls.complete(message, false));
        work.calls.setState(held, i == 2 ? null : new byte[] {2, (byte) i});
        work.calls.close(held);
      }
    }
  },

  DUPLICATE_WINDOW {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 4, 100);
      work.snapshot();
    }

    @Override
    void act(Work work) {
      work.sendAgain(Work.PLAIN, 2, 100);
      work.send(Work.PLAIN, 2, 100);
      work.completeSome(Work.PLAIN, 2);
      work.snapshot();
      work.sendAgain(Work.PLAIN, 4, 100);
    }
  },

  /** A directory that was owned before is taken, given up in good order, and taken once more. */
  OWNER_LOCK {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 1, 20);
    }

    @Override
    void act(Work work) {
      work.send(Work.PLAIN, 1, 20);
    }

    @Override
    int openings() {
      return 3;
    }
  },

  /** What a killed process left is read, cut and written on. */
  REOPEN_AFTER_A_KILL {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 8, 9_000);
      work.snapshot();
      work.send(Work.PLAIN, 2, 3_000);
    }

    @Override
    void act(Work work) {
      work.send(Work.PLAIN, 2, 100);
      work.completeSome(Work.PLAIN, 2);
    }

    @Override
    boolean leavesTornTail() {
      return true;
    }
  },

  CLEAN_SHUTDOWN {
    @Override
    void prepare(Work work) {
      work.send(Work.PLAIN, 6, 200);
      work.send(Work.ORDERED, 4, 200);
    }

    @Override
    void act(Work work) {
      List<ReceivedMessage<byte[]>> given =
          new ArrayList<>(work.calls.receive(Work.PLAIN, false, 3, Duration.ZERO));
      RecordedEngine.Held held = work.calls.accept(Work.ORDERED, "s0", Duration.ZERO);
      if (held != null) {
        given.addAll(work.calls.receive(held, 1, Duration.ZERO));
      }
      work.send(Work.PLAIN, 1, 200);
      work.willGiveBack(given);
    }

    @Override
    boolean endsInGoodOrder() {
      return true;
    }
  };

  /** What must be there before, done without faults. */
  abstract void prepare(Work work);

  /** What is disturbed. */
  abstract void act(Work work);

  /** Whether there is no directory at all before. */
  boolean startsEmpty() {
    return false;
  }

  /** How often the engine is opened; all but the last are closed. */
  int openings() {
    return 1;
  }

  boolean endsInGoodOrder() {
    return openings() > 1;
  }

  /** Whether the calls are as many, and in the same order, each time. */
  boolean isSteady() {
    return true;
  }

  /** Whether half a record and an unfinished file lie there before. */
  boolean leavesTornTail() {
    return false;
  }

  /** The caller's side: what is asked of the engine, and written down. Confined to its caller. */
  static final class Work {

    static final String PLAIN = "plain";
    static final String ORDERED = "ordered";
    static final String FLEETING = "fleeting";
    static final int MAX_DELIVERIES = 3;

    final RecordedEngine calls;
    private final HistoryRecorder closing;
    private final String life;
    private final List<OutgoingMessage> sent = new ArrayList<>();
    private int serial;

    Work(QueueEngine engine, String life, Consumer<HistoryEvent> sink) {
      this.calls = new RecordedEngine(engine, life, sink);
      this.closing = new HistoryRecorder(life + ".close", System::nanoTime, sink);
      this.life = life;
    }

    static Map<String, QueueOptions> queues() {
      QueueOptions plain =
          QueueOptions.DEFAULTS
              .withLockDuration(Duration.ofMinutes(5))
              .withMaxDeliveryCount(MAX_DELIVERIES)
              .withDefaultTimeToLive(null)
              .withDuplicateDetectionWindow(Duration.ofMinutes(30));
      Map<String, QueueOptions> queues = new TreeMap<>();
      queues.put(PLAIN, plain);
      queues.put(ORDERED, plain.withSessions(true));
      queues.put(FLEETING, plain.withDuplicateDetectionWindow(null));
      return queues;
    }

    static void createQueues(QueueEngine engine) {
      queues().forEach((name, options) -> engine.createQueue(QueueName.of(name), options).join());
    }

    void send(String queue, int count, int size) {
      for (int i = 0; i < count; i++) {
        String id = life + "#" + ++serial;
        // Never zeros: where the records end must be visible.
        byte[] body = new byte[Math.max(size, id.length())];
        Arrays.fill(body, (byte) 'x');
        System.arraycopy(id.getBytes(StandardCharsets.UTF_8), 0, body, 0, id.length());
        OutgoingMessage.Builder message = OutgoingMessage.of(body).messageId(id);
        if (queue.equals(ORDERED)) {
          message.sessionId(SessionId.of("s" + serial % 2));
        }
        OutgoingMessage built = message.build();
        sent.add(built);
        calls.send(queue, List.of(built), Duration.ZERO);
      }
    }

    /** The first messages of this life under their ids again; new ones where there are none. */
    void sendAgain(String queue, int count, int size) {
      for (int i = 0; i < count; i++) {
        if (i < sent.size()) {
          calls.send(queue, List.of(sent.get(i)), Duration.ZERO);
        } else {
          send(queue, 1, size);
        }
      }
    }

    void completeSome(String queue, int count) {
      calls
          .receive(queue, false, count, Duration.ZERO)
          .forEach(message -> calls.complete(message, false));
    }

    void deadLetterSome(String queue, int count) {
      calls
          .receive(queue, false, count, Duration.ZERO)
          .forEach(message -> calls.deadLetter(message, "no use"));
    }

    void snapshot() {
      calls.snapshot();
    }

    /** An orderly end gives back, uncounted, what is held; nobody hears of each. */
    void willGiveBack(List<ReceivedMessage<byte[]>> held) {
      for (ReceivedMessage<byte[]> message : held) {
        closing.invoke(
            Operation.RELEASE,
            RecordedEngine.fields(
                Field.QUEUE,
                message.queue(),
                Field.MESSAGE,
                message.messageId(),
                Field.SESSION,
                message.sessionId().orElse(null),
                Field.SEQUENCE,
                message.sequenceNumber(),
                Field.TOKEN,
                message.lockToken().orElse(null),
                Field.ATTEMPT,
                message.deliveryCount()));
      }
    }
  }
}
