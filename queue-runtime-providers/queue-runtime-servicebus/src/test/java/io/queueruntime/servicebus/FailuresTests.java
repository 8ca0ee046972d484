package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.identity.CredentialUnavailableException;
import com.azure.messaging.servicebus.ServiceBusErrorSource;
import com.azure.messaging.servicebus.ServiceBusException;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.AuthenticationFailed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.PermissionDenied;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.SessionNotFound;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

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
        row(AmqpErrorCondition.MESSAGE_NOT_FOUND, MessageNotFound.class, LASTS),
        row(AmqpErrorCondition.SESSION_NOT_FOUND, SessionNotFound.class, LASTS),
        row(AmqpErrorCondition.ENTITY_ALREADY_EXISTS, ProviderFailed.class, LASTS),
        row(AmqpErrorCondition.INTERNAL_ERROR, ProviderFailed.class, PASSES),
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
  void aQueueMayHaveTheNameOfARight() {
    AmqpException signature =
        new AmqpException(
            false,
            AmqpErrorCondition.UNAUTHORIZED_ACCESS,
            "Put token failed. The token has an invalid signature. Resource: 'insurance-claims', 'Send'.",
            null);

    assertThat(translated(signature)).isInstanceOf(AuthenticationFailed.class);
  }

  @Test
  void whoGivesNoTokenIsNotRefusedWhenTheServiceThatGivesThemWasNotReached() {
    assertThat(translated(new CredentialUnavailableException("no credential")))
        .isInstanceOf(AuthenticationFailed.class);
    assertThat(translated(new ClientAuthenticationException("wrong secret", null)))
        .isInstanceOf(AuthenticationFailed.class);
    assertThat(
            translated(
                new CredentialUnavailableException("no token", new SocketTimeoutException("imds"))))
        .isInstanceOf(ConnectionFailed.class);
    assertThat(
            translated(
                new ClientAuthenticationException("no token", null, new TimeoutException("imds"))))
        .isInstanceOf(OperationTimedOut.class);
  }

  static Stream<Arguments> statuses() {
    return Stream.of(
        Arguments.of(400, ValidationFailed.class, LASTS),
        Arguments.of(401, AuthenticationFailed.class, LASTS),
        Arguments.of(403, PermissionDenied.class, LASTS),
        Arguments.of(404, QueueNotFound.class, LASTS),
        Arguments.of(408, OperationTimedOut.class, PASSES),
        Arguments.of(409, ProviderFailed.class, LASTS),
        Arguments.of(413, MessageTooLarge.class, LASTS),
        Arguments.of(429, Throttled.class, PASSES),
        Arguments.of(500, ProviderFailed.class, PASSES),
        Arguments.of(502, ProviderFailed.class, PASSES),
        Arguments.of(503, Throttled.class, PASSES),
        Arguments.of(504, OperationTimedOut.class, PASSES),
        Arguments.of(410, LockLost.class, LASTS),
        Arguments.of(418, ProviderFailed.class, LASTS),
        Arguments.of(501, ValidationFailed.class, LASTS),
        Arguments.of(507, ProviderFailed.class, PASSES));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void aStatusOfTheManagementApiHasOneMeaning(int status, Class<?> meaning, boolean isTransient) {
    HttpResponseException error =
        new HttpResponseException("the broker's own words", new Answered(status, Map.of()));

    QueueRuntimeException told = translated(error);

    assertThat(told).isExactlyInstanceOf(meaning).hasCause(error);
    assertThat(told.isTransient()).isEqualTo(isTransient);
  }

  @Test
  void aFullNamespaceIsNotAMissingRight() {
    HttpResponseException error =
        new HttpResponseException(
            "SubCode=40300. The maximum number of queues was reached.",
            new Answered(403, Map.of()));

    assertThat(new Failures(null, "create queue 'orders'").of(error))
        .isInstanceOf(QuotaExceeded.class);
    assertThat(translated(error)).isInstanceOf(QueueFull.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SubCode=40901. Another conflicting operation is in progress.",
        "Resource Conflict Occurred. Another conflicting operation may be in progress."
      })
  void whoeverMeetsAnotherOperationOnHisQueueMayTryAgain(String text) {
    HttpResponseException error = new HttpResponseException(text, new Answered(409, Map.of()));

    assertThat(FailureKind.of(error)).isEqualTo(FailureKind.CONFLICT);
    assertThat(translated(error).isTransient()).isTrue();
  }

  @Test
  void aThrottledCallerWaitsAsLongAsHeIsTold() {
    assertThat(throttled(Map.of("Retry-After", "7"))).contains(Duration.ofSeconds(7));
    assertThat(throttled(Map.of())).contains(Duration.ofSeconds(30));
    assertThat(throttled(Map.of("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")))
        .contains(Duration.ofSeconds(30));
    assertThat(throttled(Map.of("Retry-After", "-3"))).contains(Duration.ZERO);
  }

  private static Optional<Duration> throttled(Map<String, String> headers) {
    return translated(new HttpResponseException("slow down", new Answered(429, headers)))
        .retryAfter();
  }

  /** An answer of the management API. */
  private static final class Answered extends HttpResponse {
    private final int status;
    private final HttpHeaders headers;

    Answered(int status, Map<String, String> headers) {
      super(new HttpRequest(HttpMethod.GET, "https://localhost/orders"));
      this.status = status;
      this.headers = new HttpHeaders();
      headers.forEach((name, value) -> this.headers.set(HttpHeaderName.fromString(name), value));
    }

    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    @Deprecated
    public String getHeaderValue(String name) {
      return headers.getValue(HttpHeaderName.fromString(name));
    }

    @Override
    public HttpHeaders getHeaders() {
      return headers;
    }

    @Override
    public Flux<ByteBuffer> getBody() {
      return Flux.empty();
    }

    @Override
    public Mono<byte[]> getBodyAsByteArray() {
      return Mono.just(new byte[0]);
    }

    @Override
    public Mono<String> getBodyAsString() {
      return Mono.just("");
    }

    @Override
    public Mono<String> getBodyAsString(Charset charset) {
      return Mono.just("");
    }
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
