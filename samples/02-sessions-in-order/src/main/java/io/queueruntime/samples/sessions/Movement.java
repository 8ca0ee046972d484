package io.queueruntime.samples.sessions;

import java.math.BigDecimal;

/**
 * One line of the CSV, and the payload of one message. Immutable.
 *
 * @param line its place in the file, from 1
 * @param account whose movement it is: the session
 * @param number its place among the account's movements, from 1
 * @param booked when the bank noted it, local time
 * @param amount positive in, negative out
 * @param currency of the amount
 * @param text what the statement says
 */
record Movement(
    int line,
    String account,
    int number,
    String booked,
    BigDecimal amount,
    String currency,
    String text) {

  /** The same movement has the same id whenever it is sent: what duplicate detection goes by. */
  String id() {
    return account + "/" + number;
  }
}
