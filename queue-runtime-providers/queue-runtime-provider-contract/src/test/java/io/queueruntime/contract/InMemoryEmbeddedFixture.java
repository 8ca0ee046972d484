package io.queueruntime.contract;

import io.queueruntime.embedded.EmbeddedOptions;

/** The embedded provider without a disk. Used by one thread. */
final class InMemoryEmbeddedFixture extends EmbeddedFixture {

  InMemoryEmbeddedFixture() {
    super(EmbeddedOptions.inMemory());
  }
}
