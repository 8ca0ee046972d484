package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.provider.Capability;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sending many at once. Used by one thread. */
public abstract class BatchContract extends ProviderContract {

  @Test
  @Promise("SND-5")
  void aBatchArrivesInItsOrder() {
    QueueName queue = queue();

    send(queue, "before");
    await(
        provider
            .sender(queue)
            .sendAll(List.of(message("a").build(), message("b").build(), message("c").build())));
    send(queue, "after");

    consumeAll(receiver(queue), "before", "a", "b", "c", "after");
  }

  @Test
  @Promise("SND-5")
  void receiptsStandInTheOrderOfTheirMessages() {
    QueueName queue = queue();

    List<SendReceipt> receipts =
        await(
            provider
                .sender(queue)
                .sendAll(
                    List.of(
                        message("a").messageId("a").build(),
                        message("b").messageId("b").build(),
                        message("c").messageId("c").build())));

    assertThat(receipts).extracting(SendReceipt::messageId).containsExactly("a", "b", "c");
    assertThat(receipts).extracting(SendReceipt::outcome).containsOnly(SendOutcome.ENQUEUED);
    assertThat(takeAll(receiver(queue), 3))
        .extracting(ReceivedMessage::messageId)
        .containsExactly("a", "b", "c");
  }

  @Test
  @Promise("SND-5")
  void anEmptyBatchSendsNothing() {
    QueueName queue = queue();

    assertThat(await(provider.sender(queue).sendAll(List.of()))).isEmpty();

    nothingIn(receiver(queue));
  }

  @Test
  @Promise("SND-5")
  void aBatchBeyondTheBrokersLimitArrivesWhole() {
    QueueName queue = queue();
    List<OutgoingMessage> batch =
        IntStream.range(0, 300).mapToObj(i -> message("m" + i).build()).toList();

    List<SendReceipt> receipts = await(provider.sender(queue).sendAll(batch));

    assertThat(receipts).hasSize(300);
    assertThat(texts(takeAll(receiver(queue), 300)))
        .containsExactlyElementsOf(
            batch.stream().map(m -> new String(m.body(), StandardCharsets.UTF_8)).toList());
  }

  @Test
  @Promise("SND-6")
  void aBatchWithAMessageThatIsTooLargeSendsNothing() {
    QueueName queue = queue(options -> options.withMaxMessageSize(5_000L));

    failure(
        MessageTooLarge.class,
        provider
            .sender(queue)
            .sendAll(
                List.of(
                    message("a").build(),
                    OutgoingMessage.of(new byte[6_000]).build(),
                    message("c").build())));

    nothingIn(receiver(queue));
  }

  @Test
  @Promise("SND-6")
  void aBatchWithAMessageForASessionSendsNothingToAPlainQueue() {
    QueueName queue = queue();

    failure(
        ValidationFailed.class,
        provider.sender(queue).sendAll(List.of(message("a").build(), message("s-1", "b").build())));

    nothingIn(receiver(queue));
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("SND-13")
  void aBatchWithAMessageWithoutSessionSendsNothingToASessionQueue() {
    QueueName queue = sessionQueue();

    failure(
        ValidationFailed.class,
        provider.sender(queue).sendAll(List.of(message("s-1", "a").build(), message("b").build())));

    nothingIn(accept(queue, "s-1"));
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("SND-5")
  void aBatchMayMixSessions() {
    QueueName queue = sessionQueue();

    await(
        provider
            .sender(queue)
            .sendAll(
                List.of(
                    message("s-1", "a").build(),
                    message("s-2", "x").build(),
                    message("s-1", "b").build(),
                    message("s-2", "y").build())));

    consumeAll(accept(queue, "s-1"), "a", "b");
    consumeAll(accept(queue, "s-2"), "x", "y");
  }
}
