package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.CallbackThreads;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** Deferred messages, of which Service Bus gives all that were asked for or none. */
@Timeout(60)
class DeferredTests {

  private static final QueueName QUEUE = QueueName.of("q");

  private final CallbackThreads callbacks = new CallbackThreads("deferred-tests");

  @AfterEach
  void close() {
    callbacks.close();
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      Set<Long> there, Set<Long> failing, long... numbers) {
    return Deferred.receive(
        callbacks,
        Failures.of(QUEUE, "receive deferred messages from"),
        LongStream.of(numbers).mapToObj(SequenceNumber::of).toList(),
        asked -> {
          if (asked.stream().anyMatch(failing::contains) && asked.size() == 1) {
            return Flux.error(
                new AmqpException(true, AmqpErrorCondition.CONNECTION_FORCED, "cut", null));
          } else if (!there.containsAll(asked)) {
            return Flux.error(
                new AmqpException(false, AmqpErrorCondition.MESSAGE_NOT_FOUND, "none", null));
          }
          return Flux.fromIterable(asked)
              .map(
                  number ->
                      ReceivedMessage.of(QUEUE, SequenceNumber.of(number), "" + number, new byte[0])
                          .build());
        });
  }

  private static List<Long> numbers(CompletableFuture<List<ReceivedMessage<byte[]>>> receive) {
    return receive.join().stream().map(message -> message.sequenceNumber().value()).toList();
  }

  @Test
  void thoseThatAreThereComeThoughOthersAreNot() {
    assertThat(numbers(receive(Set.of(1L, 3L), Set.of(), 1, 2, 3))).containsExactly(1L, 3L);
  }

  @Test
  void whatIsLockedAlreadyIsHandedOverWhenTheNextCannotBeFetched() {
    assertThat(numbers(receive(Set.of(1L, 2L), Set.of(2L), 1, 2, 7))).containsExactly(1L);
  }

  @Test
  void theFailureOfTheFirstIsTold() {
    assertThatThrownBy(() -> receive(Set.of(1L), Set.of(1L), 1, 7).join())
        .hasCauseInstanceOf(ConnectionFailed.class);
  }
}
