package io.queueruntime.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlarmsTests {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10); // a ticker may wrap around
  private final Alarms alarms = new Alarms("alarms", now::get);
  private final BlockingQueue<String> rung = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    alarms.close();
  }

  private void set(long nanos, String name) {
    alarms.after(Duration.ofNanos(nanos), () -> rung.add(name));
  }

  private void move(long nanos) {
    now.addAndGet(nanos);
    alarms.jumped();
  }

  private List<String> next(int count) throws InterruptedException {
    String[] names = new String[count];
    for (int i = 0; i < count; i++) {
      names[i] = rung.poll(60, TimeUnit.SECONDS);
    }
    return List.of(names);
  }

  @Test
  void theyRingInTheOrderOfTheirTimesAndThenInThatInWhichTheyWereSet() throws Exception {
    set(200, "third");
    set(100, "first");
    set(100, "second");

    move(200);

    assertThat(next(3)).containsExactly("first", "second", "third");
  }

  @Test
  void noneRingsBeforeItsTime() throws Exception {
    set(100, "early");
    set(101, "late");

    move(100);
    set(0, "at once");

    assertThat(next(2)).containsExactly("early", "at once");
    assertThat(rung).isEmpty();
  }

  @Test
  void oneThatIsCancelledDoesNotRing() throws Exception {
    alarms.after(Duration.ofNanos(100), () -> rung.add("cancelled")).cancel();
    set(100, "kept");

    move(100);

    assertThat(next(1)).containsExactly("kept");
  }

  @Test
  void oneThatFailsKeepsNoOtherFromRinging() throws Exception {
    alarms.after(
        Duration.ZERO,
        () -> {
          throw new OutOfMemoryError("planned: no thread can be created");
        });
    set(0, "the next");

    assertThat(next(1)).containsExactly("the next");
  }

  @Test
  void aDelayBeyondWhatTheTickerCountsIsCutAndNotAnError() throws Exception {
    alarms.after(Duration.ofSeconds(Long.MAX_VALUE), () -> rung.add("in a century"));
    set(0, "now");

    assertThat(next(1)).containsExactly("now");
    assertThat(rung).isEmpty();
  }
}
