package io.queueruntime.listener;

import io.queueruntime.provider.Settlement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What becomes of each message of a batch, in the batch's order.
 *
 * <p>Immutable.
 */
public record BatchResult(List<Settlement> settlements) {

  public BatchResult {
    settlements = List.copyOf(settlements);
  }

  /** All of {@code size} messages are completed. */
  public static BatchResult allCompleted(int size) {
    return new BatchResult(Collections.nCopies(size, Settlement.complete()));
  }

  /**
   * The first {@code completed} of {@code size} messages are completed, the rest ends as {@code
   * others} says.
   */
  public static BatchResult completedUpTo(int completed, int size, Settlement others) {
    List<Settlement> settlements =
        new ArrayList<>(Collections.nCopies(completed, Settlement.complete()));
    settlements.addAll(Collections.nCopies(size - completed, others));
    return new BatchResult(settlements);
  }
}
