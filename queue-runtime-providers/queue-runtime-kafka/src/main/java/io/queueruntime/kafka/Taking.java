package io.queueruntime.kafka;

import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.front.Front;
import io.queueruntime.provider.front.Holding;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Takes messages out of a queue that no receiver has, up to where its partitions reach now; fails
 * while other processes have some of them. Thread-safe; blocks.
 */
final class Taking {

  /** Most messages that are here for that. */
  private static final int HERE_MAX = 10_000;

  private Taking() {}

  /** Those that are wanted, to be acknowledged by the caller. */
  static List<Holding> from(Front front, Predicate<SequenceNumber> wanted) {
    GroupFeed feed = (GroupFeed) front.feeds().get(0);
    front.lookOut();
    feed.want(HERE_MAX);
    feed.catchUp();
    return new ArrayList<>(front.takeOut(wanted));
  }

  /** Removes those that are wanted for good; returns how many. */
  static long remove(Front front, Predicate<SequenceNumber> wanted) {
    List<CompletableFuture<Boolean>> removed =
        from(front, wanted).stream().map(one -> one.delivery().acknowledge()).toList();
    return removed.stream().filter(CompletableFuture::join).count();
  }
}
