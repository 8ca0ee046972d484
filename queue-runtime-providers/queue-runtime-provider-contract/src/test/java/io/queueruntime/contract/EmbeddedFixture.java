package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.Server;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The embedded provider with clocks that are moved by hand. Used by one thread. */
abstract class EmbeddedFixture implements ProviderFixture {

  static final long MAX_MESSAGE_SIZE = 256 * 1024;
  private static final long MAX_SESSION_STATE_SIZE = 256 * 1024;

  final ManualClock clock = new ManualClock();
  private final EmbeddedOptions options;
  @Nullable EmbeddedQueueProvider provider;

  EmbeddedFixture(EmbeddedOptions options) {
    this.options =
        options
            .withTime(clock, clock::ticks)
            .withSegmentSize(1024 * 1024)
            .withMaxMessageSize(MAX_MESSAGE_SIZE)
            .withSendTimeout(Duration.ofSeconds(30));
  }

  EmbeddedOptions options() {
    return options;
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.all(
        Server.of("embedded engine"),
        new Limits(MAX_MESSAGE_SIZE, Integer.MAX_VALUE, MAX_SESSION_STATE_SIZE, null));
  }

  @Override
  public QueueProvider open() {
    return open(options());
  }

  final QueueProvider open(EmbeddedOptions at) {
    provider = new EmbeddedQueueProvider(at);
    return provider;
  }

  @Override
  public void advance(Duration duration) {
    catchUp(); // what was asked for before is to begin before
    clock.advance(duration);
    catchUp();
  }

  private void catchUp() {
    try {
      provider.catchUp().join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof Closed)) { // a closed provider has nothing to catch up with
        throw e;
      }
    }
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public Duration sendTimeout() {
    return options.sendTimeout();
  }

  @Override
  public void close() {
    if (provider != null) {
      provider.close();
    }
  }
}
