package io.queueruntime.servicebus;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a link has brought and nobody has yet, in their order, and the numbers of those
 * that were given back: until they have come again, nothing behind them is ready.
 *
 * <p>Confined to the lock of its {@link Intake}.
 */
final class Arrivals {

  private final NavigableMap<SequenceNumber, ReceivedMessage<byte[]>> messages = new TreeMap<>();
  private final TreeSet<SequenceNumber> expected = new TreeSet<>();

  void add(ReceivedMessage<byte[]> message) {
    messages.put(message.sequenceNumber(), message);
    expected.remove(message.sequenceNumber());
  }

  /** It was not taken after all. */
  void putBack(ReceivedMessage<byte[]> message) {
    messages.put(message.sequenceNumber(), message);
  }

  boolean isEmpty() {
    return messages.isEmpty();
  }

  /** How many may be given out: none behind one that is to come again. */
  int ready() {
    return expected.isEmpty() ? messages.size() : messages.headMap(expected.first()).size();
  }

  /** The first ones, {@code count} of those that are ready. */
  List<ReceivedMessage<byte[]>> take(int count) {
    List<ReceivedMessage<byte[]>> some = new ArrayList<>(count);
    while (some.size() < count) {
      some.add(messages.pollFirstEntry().getValue());
    }
    return some;
  }

  /** All, ready or not. */
  List<ReceivedMessage<byte[]>> takeAll() {
    List<ReceivedMessage<byte[]>> all = List.copyOf(messages.values());
    messages.clear();
    return all;
  }

  void expect(SequenceNumber number) {
    expected.add(number);
  }

  /** It does not come again; whether it was expected. */
  boolean expectNot(SequenceNumber number) {
    return expected.remove(number);
  }

  void expectNothing() {
    expected.clear();
  }

  @Nullable SequenceNumber firstExpected() {
    return expected.isEmpty() ? null : expected.first();
  }

  /** Whether something has come that may have to wait. */
  boolean isHeldUp() {
    return !expected.isEmpty() && !messages.isEmpty();
  }
}
