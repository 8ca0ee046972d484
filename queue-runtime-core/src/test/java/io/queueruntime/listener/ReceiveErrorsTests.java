package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReceiveErrorsTests {

  private final RunState state = new RunState();
  private final ReceiveErrors errors =
      new ReceiveErrors("orders", ListenedQueue.of(QueueName.of("orders"), QueueOptions.DEFAULTS));

  static Stream<QueueRuntimeException> access() {
    return Stream.of(
        new AuthenticationFailed("orders", "planned", null),
        new PermissionDenied("orders", "planned", null));
  }

  @ParameterizedTest
  @MethodSource("access")
  void aLoopThatNeverReceivedEndsForWantOfAccess(QueueRuntimeException failure) {
    assertThatThrownBy(() -> errors.failed(failure, state)).isSameAs(failure);
  }

  @ParameterizedTest
  @MethodSource("access")
  void aLoopThatHasReceivedWaitsForItsAccessToComeBack(QueueRuntimeException failure) {
    errors.succeeded();

    assertThatCode(() -> errors.failed(failure, state)).doesNotThrowAnyException();
    assertThatCode(() -> errors.failed(failure, state)).doesNotThrowAnyException();
  }

  @Test
  void aQueueThatIsGoneEndsALoopThatHasReceived() {
    QueueNotFound gone = new QueueNotFound("orders", "planned");
    errors.succeeded();

    assertThatThrownBy(() -> errors.failed(gone, state)).isSameAs(gone);
  }
}
