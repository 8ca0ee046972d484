package io.queueruntime.servicebus.emulator.config;

/**
 * A configuration file cannot be used; the text says where in it, what was found, what is allowed.
 */
public final class ConfigInvalid extends RuntimeException {

  private static final long serialVersionUID = 1;

  ConfigInvalid(String message) {
    super(message);
  }

  ConfigInvalid(String message, Throwable cause) {
    super(message, cause);
  }
}
