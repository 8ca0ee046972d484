package io.queueruntime.samples.sessions;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be varied from the command line, e.g. {@code -Dsample.work=200ms}. Immutable.
 *
 * @param directory where the queue and the ledger are
 * @param seed decides which deliveries fail
 * @param failureRate share of deliveries that fail, from 0 to below 1
 * @param consumers how many listeners compete for the accounts
 * @param work how long one booking takes; longer makes the run slower and easier to kill in the
 *     middle
 * @param instance name of this process where several share the work; blank: it works alone
 * @param sends whether this process puts the file into the queue
 */
@ConfigurationProperties("sample")
record RunOptions(
    @DefaultValue("./queue-data") Path directory,
    @DefaultValue("1") long seed,
    @DefaultValue("0.1") double failureRate,
    @DefaultValue("2") int consumers,
    @DefaultValue("25ms") Duration work,
    @DefaultValue("") String instance,
    @DefaultValue("true") boolean sends) {

  RunOptions {
    if (consumers < 1 || consumers > 64) {
      throw new IllegalArgumentException(
          "sample.consumers is from 1 to 64, found " + consumers + ".");
    }
    if (work.isNegative()) {
      throw new IllegalArgumentException("sample.work is not negative, found " + work + ".");
    }
  }

  boolean worksAlone() {
    return instance.isEmpty();
  }

  /** Name of the n-th consumer of this process. */
  String consumer(int n) {
    return (worksAlone() ? "" : instance + "-") + "teller-" + n;
  }

  /** The instance that has a consumer of that name; the consumer where it works alone. */
  static String instanceOf(String consumer) {
    int end = consumer.indexOf("-teller-");
    return end < 0 ? consumer : consumer.substring(0, end);
  }

  Path ledger() {
    return directory.resolve("ledger.csv");
  }

  Path queues() {
    return directory.resolve("queues");
  }
}
