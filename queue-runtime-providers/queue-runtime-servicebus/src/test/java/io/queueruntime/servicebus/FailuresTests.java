package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.messaging.servicebus.ServiceBusErrorSource;
import com.azure.messaging.servicebus.ServiceBusException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final boolean PASSES = true;
  private static final boolean LASTS = false;

  static Stream<Arguments> conditions() {
    return Stream.of(
        row(AmqpErrorCondition.NOT_FOUND, QueueNotFound.class, LASTS),
        row(AmqpErrorCondition.MESSAGE_LOCK_LOST, LockLost.class, LASTS),
        row(AmqpErrorCondition.SESSION_LOCK_LOST, SessionLockLost.class, LASTS),
        row(AmqpErrorCondition.SESSION_CANNOT_BE_LOCKED, SessionLocked.class, PASSES),
        row(AmqpErrorCondition.LINK_PAYLOAD_SIZE_EXCEEDED, MessageTooLarge.class, LASTS),
        row(AmqpErrorCondition.RESOURCE_LIMIT_EXCEEDED, QueueFull.class, PASSES),
        row(AmqpErrorCondition.SERVER_BUSY_ERROR, Throttled.class, PASSES),
        row(AmqpErrorCondition.TIMEOUT_ERROR, OperationTimedOut.class, PASSES),
        row(AmqpErrorCondition.PROTON_IO, ConnectionFailed.class, PASSES),
        row(AmqpErrorCondition.CONNECTION_FORCED, ConnectionFailed.class, PASSES),
        row(AmqpErrorCondition.LINK_DETACH_FORCED, ConnectionFailed.class, PASSES),
        row(AmqpErrorCondition.UNAUTHORIZED_ACCESS, AuthenticationFailed.class, LASTS),
        row(AmqpErrorCondition.NOT_ALLOWED, ValidationFailed.class, LASTS),
        row(AmqpErrorCondition.ENTITY_DISABLED_ERROR, ProviderFailed.class, LASTS),
        row(AmqpErrorCondition.ARGUMENT_ERROR, ProviderFailed.class, LASTS));
  }

  private static Arguments row(
      AmqpErrorCondition condition, Class<?> meaning, boolean isTransient) {
    return Arguments.of(condition, meaning, isTransient);
  }

  private static QueueRuntimeException translated(Throwable error) {
    return Failures.of(QUEUE, "send to").of(error);
  }

  private static AmqpException amqp(@Nullable AmqpErrorCondition condition, boolean passes) {
    return new AmqpException(passes, condition, "the broker's own words", null);
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void aConditionHasOneMeaningWhicheverLayerTellsIt(
      AmqpErrorCondition condition, Class<?> meaning, boolean isTransient) {
    AmqpException bare = amqp(condition, isTransient);
    for (Throwable error :
        new Throwable[] {
          bare,
          new ServiceBusException(bare, ServiceBusErrorSource.UNKNOWN),
          new CompletionException(new RuntimeException(bare))
        }) {
      QueueRuntimeException told = translated(error);
      assertThat(told).isInstanceOf(meaning);
      assertThat(told.isTransient()).isEqualTo(isTransient);
      assertThat(told.queue()).contains("orders");
      assertThat(told).hasMessageStartingWith("Cannot send to queue 'orders': ");
      assertThat(told).hasRootCause(bare);
    }
  }

  @Test
  void whoSomebodyIsAndWhatHeMayDoAreToldApart() {
    AmqpException claim =
        new AmqpException(
            false,
            AmqpErrorCondition.UNAUTHORIZED_ACCESS,
            "Unauthorized access. 'Send' claim(s) are required to perform this operation.",
            null);

    assertThat(translated(claim)).isInstanceOf(PermissionDenied.class);
  }

  @Test
  void aBusyServerSaysHowLongToWait() {
    assertThat(translated(amqp(AmqpErrorCondition.SERVER_BUSY_ERROR, true)).retryAfter())
        .isPresent();
  }

  @Test
  void whatHasNoNameIsPassingWhenTheClientSaysSo() {
    assertThat(translated(amqp(null, true)).isTransient()).isTrue();
    assertThat(translated(amqp(null, false)).isTransient()).isFalse();
    assertThat(translated(new IllegalArgumentException("x")).isTransient()).isFalse();
  }

  @Test
  void errorsOfTheMachineHaveNamesToo() {
    assertThat(translated(new TimeoutException("x"))).isInstanceOf(OperationTimedOut.class);
    assertThat(translated(new IOException("x"))).isInstanceOf(ConnectionFailed.class);
  }

  @Test
  void whatIsTranslatedAlreadyStaysAsItIs() {
    QueueNotFound known = new QueueNotFound("orders", "there is none");

    assertThat(translated(new CompletionException(known))).isSameAs(known);
  }
}
