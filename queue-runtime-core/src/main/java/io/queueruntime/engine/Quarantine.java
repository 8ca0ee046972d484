package io.queueruntime.engine;

import io.queueruntime.engine.StoredMessage.Home;
import io.queueruntime.message.DeadLetterDetails;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts messages aside, by name, whose records cannot be read, so that those behind them go on: when
 * it still fails some seconds after the first time, whether the disk cannot read it or reads
 * something else. A message of the queue becomes a dead letter, which needs no reading; a dead
 * letter stays one and is not handed out again before the next start.
 *
 * <p>Confined to the engine thread.
 */
final class Quarantine {

  /** How long one record may be unreadable before that counts. */
  static final long PATIENCE_MILLIS = 5_000;

  /** Messages whose reading failed lately; the oldest is forgotten, and begins anew. */
  private static final int MAX_SUSPECTS = 10_000;

  private static final int MAX_WORDS = 400;

  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

  private final EngineContext context;

  /** When reading them failed first, by the ticker. */
  private final Map<StoredMessage, Long> suspects =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<StoredMessage, Long> eldest) {
          return size() > MAX_SUSPECTS;
        }
      };

  Quarantine(EngineContext context) {
    this.context = context;
  }

  /** Its record was read after all. */
  void wasRead(StoredMessage message) {
    if (!suspects.isEmpty()) {
      suspects.remove(message);
    }
  }

  /**
   * Puts a message that nobody holds aside because its record cannot be read; false when that may
   * pass, or when the disk has no room to write it down.
   */
  boolean takes(StoredMessage message, RuntimeException unreadable) {
    if (!isForGood(message) || !context.log.hasRoom(Returns.SETTLING_BYTES, 1)) {
      return false;
    }
    suspects.remove(message);
    log.error(
        "{} {} of queue '{}' is put aside, because its record cannot be read; see to the disk, and restore the data directory from a backup if it matters.",
        message.home() == Home.DEAD ? "Dead letter" : "Message",
        message.sequence,
        message.queue().name,
        unreadable);
    if (message.home() == Home.DEAD) {
      message.lane.take(message);
    } else {
      Lane lane = message.lane;
      context.bury(
          message,
          LetterDetails.of(
              message,
              DeadLetterDetails.UNREADABLE_RECORD,
              words(unreadable),
              null,
              context.wall()));
      context.stir(lane);
    }
    return true;
  }

  private boolean isForGood(StoredMessage message) {
    long now = context.tickNow();
    Long first = suspects.putIfAbsent(message, now);
    return first != null && now - first >= PATIENCE_MILLIS;
  }

  private static String words(RuntimeException unreadable) {
    String words = String.valueOf(unreadable.getMessage());
    return words.length() <= MAX_WORDS ? words : words.substring(0, MAX_WORDS);
  }
}
