package io.queueruntime.fake;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueSender;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Sends to a fake queue. */
record FakeSender(FakeProvider provider, QueueName queue) implements QueueSender {

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    return provider.change(
        queue,
        (found, after) -> {
          provider.check(FakeProvider.Operation.SEND);
          return CompletableFuture.completedFuture(found.send(message));
        });
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    return provider.change(
        queue,
        (found, after) -> {
          provider.check(FakeProvider.Operation.SEND);
          return CompletableFuture.completedFuture(messages.stream().map(found::send).toList());
        });
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return provider.change(
        queue,
        (found, after) -> {
          FakeQueue.Entry entry = found.messages.get(sequenceNumber.value());
          if (entry == null || !entry.notBefore.isAfter(provider.now)) {
            return CompletableFuture.completedFuture(false);
          }
          found.messages.remove(sequenceNumber.value());
          return CompletableFuture.completedFuture(true);
        });
  }
}
