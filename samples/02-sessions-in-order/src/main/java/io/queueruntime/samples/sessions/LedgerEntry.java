package io.queueruntime.samples.sessions;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One line of the ledger: what happened, to which movement, and its checksum. Immutable.
 *
 * @param kind what happened
 * @param account whose; empty where no account is concerned
 * @param number the movement's number, the run's, or how many lines were sent
 * @param consumer who did it, or what was killed; empty where nobody is concerned
 * @param delivery the how-manieth delivery of the message it was, from 1; 0 where none is concerned
 * @param balance the account's balance after a booking, otherwise zero
 */
record LedgerEntry(
    Kind kind, String account, int number, String consumer, int delivery, BigDecimal balance) {

  enum Kind {
    /** A run of the sample began. */
    RUN,
    /** The file was sent up to this line, and all of it is acknowledged. */
    SENT,
    /** A consumer was given the movement. */
    DELIVERED,
    /** An accident happened to its handler; the delivery failed. */
    FAILED,
    /** The movement was added to the balance. */
    BOOKED,
    /** The queue said that the completion is durable. */
    COMPLETED,
    /** Everything was booked and the proof held. */
    PROVEN,
    /** An instance was killed: it did nothing after that. The consumer is its name. */
    KILLED
  }

  static LedgerEntry of(Kind kind, int number) {
    return new LedgerEntry(kind, "", number, "", 0, BigDecimal.ZERO);
  }

  static LedgerEntry killed(String instance) {
    return new LedgerEntry(Kind.KILLED, "", 0, instance, 0, BigDecimal.ZERO);
  }

  /** The process that made it, where several share the work; else the consumer. */
  String instance() {
    return RunOptions.instanceOf(consumer);
  }

  String toLine() {
    String text =
        kind
            + ","
            + account
            + ","
            + number
            + ","
            + consumer
            + ","
            + delivery
            + ","
            + balance.toPlainString();
    return text + "," + checksum(text);
  }

  /** The entry in that line; empty when the line is not whole. */
  static Optional<LedgerEntry> fromLine(String line) {
    int end = line.lastIndexOf(',');
    if (end < 0 || !line.substring(end + 1).equals(checksum(line.substring(0, end)))) {
      return Optional.empty();
    }
    String[] fields = line.substring(0, end).split(",", -1);
    return Optional.of(
        new LedgerEntry(
            Kind.valueOf(fields[0]),
            fields[1],
            Integer.parseInt(fields[2]),
            fields[3],
            Integer.parseInt(fields[4]),
            new BigDecimal(fields[5])));
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(crc.getValue());
  }
}
