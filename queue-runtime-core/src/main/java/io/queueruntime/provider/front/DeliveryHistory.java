package io.queueruntime.provider.front;

import io.queueruntime.message.SequenceNumber;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was counted of messages that went back to the broker, so that it is right again when they
 * come back: the broker counts some returns that are none, and knows no failures in place. Bounded:
 * what was given back longest ago is forgotten first.
 *
 * <p>Thread-safe.
 */
public final class DeliveryHistory {

  private static final int MAX = 20_000;

  private static final String SEPARATOR = "#";

  private final Map<String, DeliveryHistory.Entry> entries =
      new LinkedHashMap<String, DeliveryHistory.Entry>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DeliveryHistory.Entry> eldest) {
          return size() > MAX;
        }
      };

  /**
   * One message.
   *
   * @param deliveries how many there were
   * @param counted what the broker will say when nobody else has had it meanwhile
   */
  public record Entry(int deliveries, int counted, @Nullable Instant firstFailure) {

    /** How many deliveries there were, now that the broker says so many. */
    public int deliveries(int countedNow) {
      return deliveries + Math.max(0, countedNow - counted);
    }
  }

  public synchronized void note(String queue, SequenceNumber message, Entry entry) {
    entries.remove(key(queue, message));
    entries.put(key(queue, message), entry);
  }

  public synchronized @Nullable Entry take(String queue, SequenceNumber message) {
    return entries.isEmpty() ? null : entries.remove(key(queue, message));
  }

  public synchronized @Nullable Entry look(String queue, SequenceNumber message) {
    return entries.get(key(queue, message));
  }

  /** A queue of the broker was deleted: the next one of its name begins anew. */
  public synchronized void forget(String queue) {
    entries.keySet().removeIf(key -> key.startsWith(queue + SEPARATOR));
  }

  private static String key(String queue, SequenceNumber message) {
    return queue + SEPARATOR + message;
  }
}
