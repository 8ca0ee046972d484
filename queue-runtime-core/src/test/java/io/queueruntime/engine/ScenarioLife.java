package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.DamagedRecords;
import io.queueruntime.storage.DiskFaults;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * One life of an engine on a simulated disk, and the books on what it owes: a message that was
 * acknowledged is there once, wherever it went, until somebody takes it out; one that was taken out
 * stays away; nothing is there that was not sent.
 *
 * <p>Confined to its test.
 */
final class ScenarioLife {

  /** What is known of a message. */
  private enum Place {
    /** Asked for and not answered: there or not, as one. */
    MAYBE,
    THERE,
    /** Something was asked for that takes it away. */
    LEAVING,
    GONE
  }

  private static final int NAME = 24;

  private final PowerLossStorage disk;
  private final DamagedRecords records;
  private final ManualEngine manual;
  private final Map<String, Place> books = new TreeMap<>();
  private boolean through;
  private int fillers;

  ScenarioLife(PowerLossStorage disk, UnaryOperator<EngineOptions> options) {
    this.disk = disk;
    this.records = new DamagedRecords(disk);
    this.manual = new ManualEngine(records, options);
  }

  /** What the disk does wrong while it has power. */
  DiskFaults faults() {
    return disk.faults();
  }

  /** Bytes on the disk. */
  long size() {
    return disk.size();
  }

  /** Records that cannot be read. */
  DamagedRecords records() {
    return records;
  }

  /** Everything is on the disk and covered by a snapshot, and the process is killed. */
  void forget() {
    done(engine().snapshot());
    manual.reopen(records);
    manual.run();
  }

  QueueEngine engine() {
    return manual.engine();
  }

  ManualEngine manual() {
    return manual;
  }

  // Calls

  <T> T done(CompletableFuture<T> future) {
    return manual.done(future);
  }

  /** Must be refused, and must change nothing; a disk that fails ends the life as usual. */
  void refused(CompletableFuture<?> future, Class<? extends QueueRuntimeException> how) {
    try {
      done(future);
    } catch (QueueRuntimeException refused) {
      if (how.isInstance(refused)) {
        return;
      }
      if (refused instanceof StorageFailed failed) {
        throw failed;
      }
      throw new AssertionError("refused in another way than " + how, refused);
    }
    throw new AssertionError("not refused: " + how);
  }

  /** Something that may be refused for now, and takes nothing away. */
  void tried(CompletableFuture<?> future) {
    try {
      done(future);
    } catch (QueueRuntimeException refused) {
      // as it may be
    }
  }

  /** Sends until the disk has no room. */
  void fill(QueueName queue) {
    try {
      for (int i = 0; i < 100; i++) {
        send(queue, "filler" + ++fillers, 3_000, message -> message);
      }
    } catch (QuotaExceeded full) {
      notThere("filler" + fillers);
    }
  }

  QueueName create(String name, UnaryOperator<QueueOptions> options) {
    QueueName queue = QueueName.of(name);
    done(engine().createQueue(queue, options.apply(QueueOptions.DEFAULTS)));
    return queue;
  }

  void send(QueueName queue, String name) {
    send(queue, name, name.length(), message -> message);
  }

  void send(QueueName queue, String name, int size, UnaryOperator<OutgoingMessage.Builder> more) {
    books.put(name, Place.MAYBE);
    done(engine().send(queue, message(name, size, more)));
    if (engine().failure().isEmpty()) {
      // Else it was told to go on in memory, and nobody promises that.
      books.put(name, Place.THERE);
    }
  }

  /** Whose body begins with its name. */
  static OutgoingMessage message(
      String name, int size, UnaryOperator<OutgoingMessage.Builder> more) {
    byte[] start = name.getBytes(StandardCharsets.UTF_8);
    return more.apply(OutgoingMessage.of(Arrays.copyOf(start, Math.max(size, start.length))))
        .build();
  }

  List<ReceivedMessage<byte[]>> receive(QueueName queue, int max) {
    return done(engine().receive(queue, SubQueue.MAIN, max, Duration.ZERO));
  }

  void complete(ReceivedMessage<byte[]> message) {
    leaving(name(message));
    done(engine().complete(message.queue(), message.lockToken().orElseThrow()));
    gone(name(message));
  }

  void deadLetter(ReceivedMessage<byte[]> message) {
    done(
        engine()
            .deadLetter(
                message.queue(), message.lockToken().orElseThrow(), "reason", "because", "E"));
  }

  /** From now on it may be there. */
  void maybe(String name) {
    books.put(name, Place.MAYBE);
  }

  void there(String name) {
    books.put(name, Place.THERE);
  }

  /** It was refused. */
  void notThere(String name) {
    books.put(name, Place.GONE);
  }

  /** From now on it may be gone. */
  void leaving(String name) {
    books.put(name, Place.LEAVING);
  }

  void gone(String name) {
    books.put(name, Place.GONE);
  }

  static String name(ReceivedMessage<byte[]> message) {
    byte[] body = message.body();
    int end = 0;
    while (end < body.length && end < NAME && body[end] != 0) {
      end++;
    }
    return new String(body, 0, end, StandardCharsets.UTF_8);
  }

  // Afterwards

  /** Nothing went wrong. */
  void gotThrough() {
    through = true;
  }

  boolean isThrough() {
    return through;
  }

  /** Opens another engine on what the disk holds, and holds what it shows against the books. */
  void check(Storage found, String when) {
    manual.reopen(found);
    Map<String, Integer> seen = new TreeMap<>();
    for (QueueName queue : done(engine().listQueues())) {
      for (SubQueue sub : SubQueue.values()) {
        SequenceNumber from = SequenceNumber.START;
        for (List<ReceivedMessage<byte[]>> some = peek(queue, sub, from);
            !some.isEmpty();
            some = peek(queue, sub, from)) {
          some.forEach(message -> seen.merge(name(message), 1, Integer::sum));
          from = some.get(some.size() - 1).sequenceNumber().next();
        }
      }
    }
    seen.forEach(
        (name, times) -> {
          Place place = books.get(name);
          PowerLossRun.check(place != null, when + ": '" + name + "' was never sent");
          PowerLossRun.check(place != Place.GONE, when + ": '" + name + "' came back");
          PowerLossRun.check(times == 1, when + ": '" + name + "' is there " + times + " times");
        });
    books.forEach(
        (name, place) ->
            PowerLossRun.check(
                place != Place.THERE || seen.containsKey(name), when + ": '" + name + "' is lost"));
  }

  private List<ReceivedMessage<byte[]>> peek(QueueName queue, SubQueue sub, SequenceNumber from) {
    return done(engine().peek(queue, sub, null, from, 1000));
  }
}
