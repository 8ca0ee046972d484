package io.queueruntime.kafka;

import io.queueruntime.provider.front.Delivery;
import io.queueruntime.provider.front.Letter;
import java.util.concurrent.CompletableFuture;

/** A record of a partition that this process has. Thread-safe. */
final class RecordDelivery implements Delivery {

  private final Membership member;
  private final Assignment through;
  private final Incoming message;
  private final ProviderParts parts;

  RecordDelivery(Membership member, Assignment through, Incoming message, ProviderParts parts) {
    this.member = member;
    this.through = through;
    this.message = message;
    this.parts = parts;
  }

  @Override
  public Incoming message() {
    return message;
  }

  @Override
  public Assignment through() {
    return through;
  }

  @Override
  public CompletableFuture<Boolean> acknowledge() {
    return member.finish(through, message.record().offset());
  }

  /** Not called: a group takes a partition back as a whole. */
  @Override
  public void giveBack(boolean failed) {
    throw new IllegalStateException("A single record is not given back.");
  }

  @Override
  public CompletableFuture<Boolean> deadLetter(Letter letter) {
    Definition queue = parts.definitions().of(message.queue());
    return parts
        .clients()
        .send(Outgoing.dead(queue, message, letter, parts.numbers().next()))
        .thenCompose(done -> acknowledge());
  }
}
