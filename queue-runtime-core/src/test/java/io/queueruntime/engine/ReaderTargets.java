package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.journal.Journal;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What reads bytes from the disk, each as a function of any bytes: it may refuse them in its own
 * words, and must not do anything else to its process. For {@code ReaderRegressionTests}, and for a
 * fuzzer outside the default build.
 */
public enum ReaderTargets {
  /** First byte: the record's type. */
  EVENT {
    @Override
    void read(byte[] input) {
      if (input.length > 0) {
        EventCodec.decode(input[0], ByteBuffer.wrap(input, 1, input.length - 1).slice());
      }
    }

    @Override
    List<byte[]> samples() {
      List<byte[]> found = new ArrayList<>();
      Journal journal = Journal.open(worked(), EngineRun.journalOptions(options()), Runnable::run);
      journal.recover(
          new io.queueruntime.journal.RecoveryVisitor() {
            @Override
            public void snapshotChunk(ByteBuffer chunk) {}

            @Override
            public void record(byte type, long position, ByteBuffer payload) {
              ByteBuffer copy = ByteBuffer.allocate(1 + payload.remaining());
              found.add(copy.put(type).put(payload).array());
            }
          });
      journal.close();
      return found;
    }
  },

  SNAPSHOT_CHUNK {
    @Override
    void read(byte[] input) {
      SnapshotCodec.read(ByteBuffer.wrap(input), new EngineState(NOTHING_RETAINED));
    }

    @Override
    List<byte[]> samples() {
      List<byte[]> found = new ArrayList<>();
      Journal journal = Journal.open(worked(), EngineRun.journalOptions(options()), Runnable::run);
      journal.recover(
          new io.queueruntime.journal.RecoveryVisitor() {
            @Override
            public void snapshotChunk(ByteBuffer chunk) {
              byte[] copy = new byte[chunk.remaining()];
              chunk.get(copy);
              found.add(copy);
            }

            @Override
            public void record(byte type, long position, ByteBuffer payload) {}
          });
      journal.close();
      return found;
    }
  },

  /** A directory with one segment that holds these bytes and then zeros. */
  SEGMENT {
    @Override
    void read(byte[] input) {
      open("journal-0000000001.qj", padded(input));
    }

    @Override
    List<byte[]> samples() {
      return List.of(beginning("journal-0000000001.qj"), beginning("journal-0000000002.qj"));
    }
  },

  /** A directory with one snapshot of these bytes, and no segment. */
  SNAPSHOT {
    @Override
    void read(byte[] input) {
      open("snapshot-0000000000000000001.qs", input);
    }

    @Override
    List<byte[]> samples() {
      MemoryStorage storage = worked();
      return storage.list().stream()
          .filter(name -> name.endsWith(".qs"))
          .map(name -> content(storage, name))
          .toList();
    }
  },

  /** Files with any names: u8 length of the name, name, u16 length of the content, content. */
  DIRECTORY {
    @Override
    void read(byte[] input) {
      MemoryStorage storage = new MemoryStorage();
      ByteBuffer in = ByteBuffer.wrap(input);
      try {
        while (in.remaining() > 3) {
          byte[] name = new byte[Math.min(in.get() & 63, in.remaining() - 2)];
          in.get(name);
          byte[] content = new byte[Math.min(in.getShort() & 0xFFFF, in.remaining())];
          in.get(content);
          put(storage, new String(name, java.nio.charset.StandardCharsets.ISO_8859_1), content);
        }
      } catch (IOException | IllegalArgumentException refused) {
        return; // no such name can be in a directory
      }
      open(storage);
    }

    @Override
    List<byte[]> samples() {
      MemoryStorage storage = worked();
      ByteBuffer out = ByteBuffer.allocate(512 * 1024);
      for (String name : storage.list()) {
        byte[] content = content(storage, name);
        int count = Math.min(content.length, 20_000);
        out.put((byte) name.length())
            .put(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        out.putShort((short) count).put(content, 0, count);
      }
      byte[] all = new byte[out.position()];
      out.flip().get(all);
      return List.of(all);
    }
  };

  private static final int SEGMENT_SIZE = 64 * 1024;

  private static final EngineState.RecordUse NOTHING_RETAINED =
      new EngineState.RecordUse() {
        @Override
        public void retain(long position, int size) {}

        @Override
        public void release(long position, int size) {}
      };

  abstract void read(byte[] input);

  /** What a real engine has written. */
  abstract List<byte[]> samples();

  /**
   * Has the bytes read. Refusing them is fine, with whatever exception a codec has for it; running
   * out of memory or stack is not, and neither is not coming back.
   */
  public void accept(byte[] input) {
    try {
      read(input);
    } catch (QueueRuntimeException refused) {
      // by name
    } catch (RuntimeException refused) {
      // Recovery turns whatever a codec throws into a refusal by name; behind it nothing may come
      // out raw.
      if (this != EVENT && this != SNAPSHOT_CHUNK) {
        throw new AssertionError(this + " let an exception through: " + refused, refused);
      }
    }
  }

  static EngineOptions options() {
    return EngineOptions.inMemory()
        .withDurability(Durability.FSYNC)
        .withSegmentSize(SEGMENT_SIZE)
        .withSnapshots(Duration.ofDays(1), 1_000_000, 1);
  }

  static byte[] padded(byte[] input) {
    return java.util.Arrays.copyOf(input, SEGMENT_SIZE);
  }

  static byte[] beginning(String name) {
    byte[] all = content(worked(), name);
    int end = all.length;
    while (end > 1 && all[end - 1] == 0) {
      end--;
    }
    return java.util.Arrays.copyOf(all, end);
  }

  static void open(String name, byte[] content) {
    MemoryStorage storage = new MemoryStorage();
    try {
      put(storage, name, content);
    } catch (IOException e) {
      throw new AssertionError("The target itself failed.", e);
    }
    open(storage);
  }

  static void open(MemoryStorage storage) {
    QueueEngine engine =
        QueueEngine.manual(
            Journal.open(storage, EngineRun.journalOptions(options()), Runnable::run),
            options(),
            1);
    for (int turns = 0; engine.turn(); turns++) {
      if (turns > 10_000) {
        throw new AssertionError("The engine finds something to do for ever.");
      }
    }
  }

  private static void put(MemoryStorage storage, String name, byte[] content) throws IOException {
    try (StorageFile file = storage.create(name)) {
      file.write(ByteBuffer.wrap(content), 0);
    }
  }

  static byte[] content(MemoryStorage storage, String name) {
    try (StorageFile file = storage.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return bytes.array();
    } catch (IOException e) {
      throw new AssertionError("The target itself failed.", e);
    }
  }

  /** A directory in which something of everything was done. */
  static MemoryStorage worked() {
    MemoryStorage storage = new MemoryStorage();
    SteppedEngine.Clock clock = new SteppedEngine.Clock();
    EngineOptions options = options().withTime(clock.time());
    SteppedEngine stepped = SteppedEngine.open(storage, options, 1);
    QueueEngine engine = stepped.engine();
    QueueName plain = QueueName.of("plain");
    QueueName ordered = QueueName.of("ordered");
    stepped.answered(
        engine.createQueue(
            plain, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(Duration.ofMinutes(1))));
    stepped.answered(engine.createQueue(ordered, QueueOptions.DEFAULTS.withSessions(true)));
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 4; i++) {
        OutgoingMessage.Builder message =
            OutgoingMessage.of(new byte[i == 3 ? 20_000 : i]).messageId("m" + round + i);
        stepped.answered(engine.send(plain, message.header("n", i).build()));
        stepped.answered(
            engine.send(
                ordered,
                message
                    .sessionId(SessionId.of("s" + i))
                    .deduplicationKey("k" + i)
                    .timeToLive(Duration.ofHours(1))
                    .build()));
      }
      List<ReceivedMessage<byte[]>> given =
          stepped.answered(engine.receive(plain, SubQueue.MAIN, 3, Duration.ZERO)).join();
      stepped.answered(engine.complete(plain, given.get(0).lockToken().orElseThrow()));
      stepped.answered(
          engine.deadLetter(
              plain, given.get(1).lockToken().orElseThrow(), "reason", "because", "Wrong"));
      stepped.answered(
          engine.abandon(plain, given.get(2).lockToken().orElseThrow(), Duration.ofMinutes(5)));
      SessionHold hold =
          stepped.answered(engine.acceptSession(ordered, SessionId.of("s1"), Duration.ZERO)).join();
      stepped.answered(engine.setSessionState(hold, new byte[] {1, 2, 3}));
      stepped.answered(engine.releaseSession(hold));
      if (round == 0) {
        stepped.answered(engine.snapshot());
      }
    }
    return storage;
  }
}
