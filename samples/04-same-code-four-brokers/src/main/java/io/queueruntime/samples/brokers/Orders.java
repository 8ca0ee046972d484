package io.queueruntime.samples.brokers;

import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.DeadLetterException;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.stereotype.Component;

/**
 * Takes orders, those of each customer one after the other, and asks for each to be shipped. One
 * order of each customer fails at first, one for good. Thread-safe.
 */
@Component
class Orders {

  static final int CUSTOMERS = 5;
  static final int EACH = 8;

  /** Fails on its first delivery. */
  static final int UNLUCKY = 3;

  /** Is of no use to anybody. */
  static final int UNUSABLE = 6;

  private final Map<String, List<Integer>> taken = new ConcurrentHashMap<>();
  private final CountDownLatch ends = new CountDownLatch(CUSTOMERS * EACH);

  @QueueListener(queues = "orders", backoff = @Backoff(delay = "50ms"))
  void take(Order order, @Header(QueueHeaders.DELIVERY_COUNT) int delivery) {
    if (order.number() == UNUSABLE) {
      ends.countDown();
      throw new DeadLetterException("Unusable", "Nobody sells what order 6 asks for.");
    }
    if (order.number() == UNLUCKY && delivery == 1) {
      throw new IllegalStateException("The line went dead; the next try will do.");
    }
    taken.computeIfAbsent(order.customer(), customer -> new ArrayList<>()).add(order.number());
    ends.countDown();
  }

  /** Waits until every order was taken or given up. */
  void awaitAll() throws InterruptedException {
    ends.await();
  }

  /** The numbers of the orders that were taken, in that order, by customer. */
  SortedMap<String, List<Integer>> taken() {
    return new ConcurrentSkipListMap<>(taken);
  }
}
