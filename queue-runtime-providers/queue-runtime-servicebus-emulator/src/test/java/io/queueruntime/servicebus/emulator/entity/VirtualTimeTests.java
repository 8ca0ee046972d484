package io.queueruntime.servicebus.emulator.entity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class VirtualTimeTests {

  private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

  private final AtomicLong machineNanos = new AtomicLong();
  private final VirtualTime time =
      new VirtualTime(() -> START.plusNanos(machineNanos.get()), machineNanos::get);

  @Test
  void bothClocksOfTheEngineMoveTogether() {
    machineNanos.set(5);

    time.advance(Duration.ofSeconds(90));

    assertThat(time.engineTime().wall().instant()).isEqualTo(START.plusSeconds(90).plusNanos(5));
    assertThat(time.engineTime().ticker().getAsLong()).isEqualTo(90_000_000_005L);
  }

  @Test
  void aClientIsToldTimesByItsOwnClock() {
    Instant lockedUntil = START.plusSeconds(100).plusSeconds(60);
    time.advance(Duration.ofSeconds(100));

    assertThat(time.toWire(lockedUntil)).isEqualTo(START.plusSeconds(60));
  }

  @Test
  void theEndsOfTheCalendarStayWhereTheyAre() {
    time.advance(Duration.ofDays(3));
    Instant last = Instant.parse("9999-12-31T23:59:59.999Z");
    Instant first = Instant.parse("0001-01-01T00:00:00Z");

    assertThat(time.toWire(Instant.MAX)).isEqualTo(last);
    assertThat(time.toWire(last)).isEqualTo(last);
    assertThat(time.toWire(Instant.MIN)).isEqualTo(first);
  }

  @Test
  void timeNeverMovesBackNorTooFar() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> time.advance(Duration.ofNanos(-1)))
        .withMessageContaining("Time moves forward");
    time.advance(Duration.ofDays(70_000));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> time.advance(Duration.ofDays(70_000)))
        .withMessageContaining("at most 73000 days");
    assertThat(time.moved()).isEqualTo(Duration.ofDays(70_000));
  }
}
