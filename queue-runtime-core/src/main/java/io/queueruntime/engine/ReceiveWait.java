package io.queueruntime.engine;

import io.queueruntime.message.ReceivedMessage;
import java.util.List;

/** A receiver that waits for messages of one lane. Confined to the engine thread. */
final class ReceiveWait extends Waiting<List<ReceivedMessage<byte[]>>> {

  final Lane lane;
  final int maxMessages;

  ReceiveWait(Reply<List<ReceivedMessage<byte[]>>> reply, Lane lane, int maxMessages) {
    super(reply);
    this.lane = lane;
    this.maxMessages = maxMessages;
  }

  @Override
  void timeOut() {
    reply.value(List.of());
  }

  @Override
  void closed() {
    reply.value(List.of());
  }
}
