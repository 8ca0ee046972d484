package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProviderTimeTests {

  @Test
  void anAlarmThatFailsKeepsNoOtherFromRinging() throws InterruptedException {
    try (ProviderTime time = new ProviderTime()) {
      CountDownLatch rung = new CountDownLatch(1);
      time.after(
          Duration.ZERO,
          () -> {
            throw new OutOfMemoryError("planned: no thread can be created");
          });
      time.after(Duration.ofMillis(1), rung::countDown);

      assertThat(rung.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }
}
