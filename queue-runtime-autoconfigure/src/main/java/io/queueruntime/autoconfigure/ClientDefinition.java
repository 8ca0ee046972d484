package io.queueruntime.autoconfigure;

/**
 * A client that the configuration asks for, and who opens it. Immutable.
 *
 * @param settings its name, and where its provider's settings stand
 * @param factory opens it
 */
record ClientDefinition(ProviderSettings settings, QueueProviderFactory factory) {

  /** Name of the client whose settings stand directly below {@code queue-runtime}. */
  static final String MAIN = "main";

  String name() {
    return settings.client();
  }
}
