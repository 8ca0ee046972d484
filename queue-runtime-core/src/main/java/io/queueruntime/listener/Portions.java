package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts what was received into the portions a handler is called with: up to the batch size, but a
 * message that has been delivered before goes alone. A batch that failed comes again one by one, so
 * that the message to blame is found and the others are not dead-lettered with it.
 *
 * <p>Immutable.
 */
record Portions(int batchSize) {

  List<List<ReceivedMessage<byte[]>>> of(List<ReceivedMessage<byte[]>> received) {
    List<List<ReceivedMessage<byte[]>>> portions = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < received.size(); i++) {
      boolean alone = received.get(i).deliveryCount() > 1;
      if (i > start && (alone || i - start == batchSize)) {
        portions.add(received.subList(start, i));
        start = i;
      }
      if (alone) {
        portions.add(received.subList(i, i + 1));
        start = i + 1;
      }
    }
    if (start < received.size()) {
      portions.add(received.subList(start, received.size()));
    }
    return portions;
  }
}
