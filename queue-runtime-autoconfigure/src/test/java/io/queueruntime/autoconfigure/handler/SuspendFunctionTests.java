package io.queueruntime.autoconfigure.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.listener.Delivery;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.template.QueueTemplate;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kotlin.ResultKt;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.messaging.handler.annotation.Header;
import tools.jackson.databind.json.JsonMapper;

/** Kotlin's suspend functions, in the form Kotlin compiles them to. */
class SuspendFunctionTests {

  /** {@code suspend fun}, as Java sees it. */
  static class Functions {
    private @Nullable Continuation<Object> waiting;

    @SuppressWarnings("unchecked") // a consumer of what the function returns is one of objects
    Object suspends(String payload, Continuation<? super String> continuation) {
      waiting = (Continuation<Object>) continuation;
      return IntrinsicsKt.getCOROUTINE_SUSPENDED();
    }

    Object returnsAtOnce(
        String payload, @Header("n") int n, Continuation<? super String> continuation) {
      return payload + n;
    }

    Object returnsNothing(String payload, Continuation<? super Unit> continuation) {
      return Unit.INSTANCE;
    }

    void resume(Object outcome) {
      Objects.requireNonNull(waiting).resumeWith(outcome);
    }
  }

  private final Functions functions = new Functions();

  private @Nullable Object call(String name) throws Exception {
    Method method =
        Arrays.stream(Functions.class.getDeclaredMethods())
            .filter(each -> each.getName().equals(name))
            .findFirst()
            .orElseThrow();
    HandlerSignature signature = HandlerSignature.of(method, Functions.class);
    assertThat(signature.problems()).isEmpty();
    assertThat(signature.payloadType()).isEqualTo(String.class);
    HandlerMethods methods =
        new HandlerMethods(
            "main",
            () -> mock(QueueTemplate.class),
            MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE),
            PayloadTypes.NONE,
            null,
            ApplicationConversionService.getSharedInstance(),
            new DefaultListableBeanFactory());
    ReceivedMessage<Object> message =
        ReceivedMessage.of(QueueName.of("q"), SequenceNumber.of(1), "m", new byte[0])
            .headers(java.util.Map.of("n", 7))
            .build()
            .withPayload((Object) "hello");
    return methods.one(functions, signature).handle(message, mock(Delivery.class));
  }

  @Test
  void functionThatSuspendsIsAFutureOfItsResult() throws Exception {
    CompletableFuture<?> result = (CompletableFuture<?>) call("suspends");
    assertThat(result).isNotDone();
    functions.resume("done");
    assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo("done");
  }

  @Test
  void functionThatSuspendsAndReturnsNothingHasNoResult() throws Exception {
    CompletableFuture<?> result = (CompletableFuture<?>) call("suspends");
    functions.resume(Unit.INSTANCE);
    assertThat(result.get(60, TimeUnit.SECONDS)).isNull();
  }

  @Test
  void functionThatFailsAfterItSuspendedHasFailed() throws Exception {
    CompletableFuture<?> result = (CompletableFuture<?>) call("suspends");
    functions.resume(ResultKt.createFailure(new IllegalStateException("planned")));
    assertThatThrownBy(() -> result.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("planned");
  }

  @Test
  void functionThatDoesNotSuspendHasItsResultAtOnce() throws Exception {
    assertThat(call("returnsAtOnce")).isEqualTo("hello7");
    assertThat(call("returnsNothing")).isNull();
  }
}
