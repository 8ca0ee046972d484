package io.queueruntime.samples.deadletters;

import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.QueueListener;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.stereotype.Component;

/** Ships orders, with a bug until it is repaired. Thread-safe. */
@Component
class Shipping {

  private static final Set<String> WAREHOUSES = Set.of("north", "south");

  private final SortedSet<String> shipped = new ConcurrentSkipListSet<>();
  private volatile boolean repaired;

  @QueueListener(queues = "orders", maxRetries = "2", backoff = @Backoff(delay = "100ms"))
  void ship(Order order, @Header("warehouse") String warehouse) {
    if (!WAREHOUSES.contains(warehouse)) {
      throw new IllegalArgumentException("There is no warehouse '" + warehouse + "'.");
    }
    int price = repaired && order.pieces() == 0 ? 0 : order.cents() / order.pieces();
    shipped.add(order.id());
    System.out.printf("  shipped %s from %s, %d cents a piece%n", order.id(), warehouse, price);
  }

  /** As if a corrected version had been deployed. */
  void repair() {
    repaired = true;
  }

  SortedSet<String> shipped() {
    return shipped;
  }
}
