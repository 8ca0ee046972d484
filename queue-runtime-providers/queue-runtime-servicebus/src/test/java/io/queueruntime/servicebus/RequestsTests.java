package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class RequestsTests {

  private static Requests within(Duration longest) {
    return new Requests(
        () -> {
          throw new IllegalStateException("not asked for");
        },
        longest);
  }

  @Test
  void whatTheSdkNeverAnswersEndsAsTimedOut() {
    Mono<Void> bounded = within(Duration.ofMillis(1)).bounded(Mono.never());

    assertThatThrownBy(() -> bounded.block(Duration.ofSeconds(60)))
        .hasCauseInstanceOf(TimeoutException.class)
        .satisfies(error -> assertThat(FailureKind.of(error)).isEqualTo(FailureKind.TIMED_OUT));
  }

  @Test
  void whatIsAnsweredInTimeIsPassedOn() {
    assertThat(within(Duration.ofHours(1)).bounded(Mono.just("done")).block()).isEqualTo("done");
  }

  @Test
  void aSettlementMayTakeTwoTries() {
    ServiceBusRetry retry = new ServiceBusRetry(0, Duration.ofSeconds(1), Duration.ofSeconds(30));

    assertThat(
            Requests.of(
                    () -> {
                      throw new IllegalStateException("not asked for");
                    },
                    retry)
                .longest())
        .isEqualTo(Duration.ofSeconds(65));
  }
}
