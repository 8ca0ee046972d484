package io.queueruntime.servicebus;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.messaging.servicebus.ServiceBusMessageBatch;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import com.azure.messaging.servicebus.models.CreateMessageBatchOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Ends sends whose link has ended without their being told.
 *
 * <p>The SDK's link fails all that it holds when it ends. A send has looked whether the link is
 * open a moment before it is held; when the link ends in between, nobody fails it, and it waits for
 * its whole time-out. So a send that has no answer for a while makes us look: making a batch is
 * answered within the call as long as the SDK has an open link, and later, or with an error, when
 * it has to open one. Whoever finds that, every link that was there before is gone, and so are the
 * sends that began on one. A link that is open, be it that its broker says nothing, ends nothing
 * here.
 *
 * <p>A send that is ended so may have been carried out, like every other one around a cut.
 *
 * <p>Thread-safe.
 */
final class LinkWatch {

  /** Time between two looks; a send is looked at once it has had no answer for half of it. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final CreateMessageBatchOptions TINY =
      new CreateMessageBatchOptions().setMaximumSizeInBytes(1);

  private final ServiceBusSenderAsyncClient client;
  private final ProviderTime time;
  private final Executor looking;

  /** How often there was no open link when one was asked for. */
  private final AtomicInteger opened = new AtomicInteger();

  private final Set<Send> underWay = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean armed = new AtomicBoolean();

  /**
   * @param looking makes the looks
   */
  LinkWatch(ServiceBusSenderAsyncClient client, ProviderTime time, Executor looking) {
    this.client = client;
    this.time = time;
    this.looking = looking;
  }

  /** A batch of the client; its link is open then. */
  Mono<ServiceBusMessageBatch> batch(CreateMessageBatchOptions options) {
    return Mono.defer(() -> Mono.fromFuture(asked(options)));
  }

  private CompletableFuture<ServiceBusMessageBatch> asked(CreateMessageBatchOptions options) {
    CompletableFuture<ServiceBusMessageBatch> batch = client.createMessageBatch(options).toFuture();
    if (!batch.isDone() || batch.isCompletedExceptionally()) {
      opened.incrementAndGet();
    }
    return batch;
  }

  /** The send, to be begun when the client's link is open; fails also when that link is gone. */
  Mono<Void> send(Mono<Void> send) {
    return Mono.create(
        sink -> {
          Send begun = new Send(sink, opened.get(), time.nanos());
          underWay.add(begun);
          begun.call =
              send.subscribe(
                  nothing -> {},
                  error -> {
                    if (underWay.remove(begun)) {
                      sink.error(error);
                    }
                  },
                  () -> {
                    if (underWay.remove(begun)) {
                      sink.success();
                    }
                  });
          arm();
        });
  }

  /** A send under way. */
  private static final class Send {
    private final MonoSink<Void> sink;
    private final int opened;
    private final long since;
    private volatile @Nullable Disposable call;

    Send(MonoSink<Void> sink, int opened, long since) {
      this.sink = sink;
      this.opened = opened;
      this.since = since;
    }
  }

  /** One alarm for whatever is under way: an alarm for each send would cost as much as its rest. */
  private void arm() {
    if (!armed.get() && !underWay.isEmpty() && armed.compareAndSet(false, true)) {
      time.after(PATIENCE, () -> looking.execute(this::look));
    }
  }

  private void look() {
    armed.set(false);
    long now = time.nanos();
    boolean late = underWay.stream().anyMatch(send -> now - send.since >= PATIENCE.toNanos() / 2);
    if (late) {
      var unused = asked(TINY);
      int found = opened.get();
      for (Send send : List.copyOf(underWay)) {
        if (send.opened != found && underWay.remove(send)) {
          lost(send);
        }
      }
    }
    arm();
  }

  private static void lost(Send send) {
    Disposable call = send.call;
    if (call != null) {
      call.dispose();
    }
    send.sink.error(
        new AmqpException(
            true,
            AmqpErrorCondition.OPERATION_CANCELLED,
            "The link or connection ended while the send was under way; whether it was carried out is unknown.",
            null));
  }
}
