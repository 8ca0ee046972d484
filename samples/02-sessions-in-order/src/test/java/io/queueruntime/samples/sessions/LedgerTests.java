package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTests {

  private static final Movement FIRST = movement(1, "12.50");
  private static final Movement SECOND = movement(2, "-2.25");

  @TempDir Path directory;

  @Test
  void knowsAfterAReopenWhatWasBookedAndSent() {
    try (Ledger ledger = open()) {
      ledger.sent(40);
      assertThat(ledger.book(FIRST, "teller-1", 1)).isTrue();
    }
    try (Ledger ledger = open()) {
      assertThat(ledger.sentLines()).isEqualTo(40);
      assertThat(ledger.book(FIRST, "teller-2", 2)).isFalse();
      assertThat(ledger.book(SECOND, "teller-2", 1)).isTrue();
    }
    assertThat(Ledger.read(path()))
        .filteredOn(entry -> entry.kind() == Kind.BOOKED)
        .extracting(LedgerEntry::balance)
        .containsExactly(new BigDecimal("12.50"), new BigDecimal("10.25"));
    assertThat(Ledger.read(path())).filteredOn(entry -> entry.kind() == Kind.RUN).hasSize(2);
  }

  @Test
  void takesAwayALastLineThatACrashCutOff() throws IOException {
    try (Ledger ledger = open()) {
      ledger.book(FIRST, "teller-1", 1);
      ledger.book(SECOND, "teller-1", 1);
    }
    byte[] whole = Files.readAllBytes(path());
    try (FileChannel file = FileChannel.open(path(), StandardOpenOption.WRITE)) {
      file.truncate(whole.length - 5);
    }
    try (Ledger ledger = open()) {
      assertThat(ledger.bookedCount()).isEqualTo(1);
      assertThat(ledger.book(SECOND, "teller-1", 2)).isTrue();
    }
    assertThat(Ledger.read(path())).filteredOn(entry -> entry.kind() == Kind.BOOKED).hasSize(2);
  }

  @Test
  void refusesAFileThatIsDamagedBeforeItsEnd() throws IOException {
    try (Ledger ledger = open()) {
      ledger.book(FIRST, "teller-1", 1);
      ledger.book(SECOND, "teller-1", 1);
    }
    byte[] bytes = Files.readAllBytes(path());
    bytes[bytes.length / 2] ^= 1;
    Files.write(path(), bytes);

    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void belongsToOneRunAtATime() {
    try (Ledger ledger = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("in use");
    }
  }

  private Path path() {
    return directory.resolve("ledger.csv");
  }

  private Ledger open() {
    return Ledger.open(path());
  }

  private static Movement movement(int number, String amount) {
    return new Movement(
        number, "a", number, "2026-01-01T00:00", new BigDecimal(amount), "EUR", "text");
  }
}
