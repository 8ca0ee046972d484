package io.queueruntime.servicebus.emulator;

/**
 * The address an emulator listens on, and how clients write it. Immutable.
 *
 * @param written a name or an address, IPv6 without brackets
 */
record ListenHost(String written) {

  private static final String LOOPBACK = "127.0.0.1";

  /** Takes an IPv6 address with or without brackets. */
  static ListenHost of(String host) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return new ListenHost(bracketed ? host.substring(1, host.length() - 1) : host);
  }

  /**
   * The host of an endpoint that reaches it: IPv6 addresses are bracketed, as in every URI, for
   * their colons are not those before a port.
   *
   * @param loopback what to write for this machine, which every address and the usual loopback one
   *     are reached by
   */
  String forClients(String loopback) {
    if (written.equals(LOOPBACK) || isEveryAddress()) {
      return loopback;
    }
    return written.indexOf(':') < 0 ? written : "[" + written + "]";
  }

  private boolean isEveryAddress() {
    return written.equals("0.0.0.0") || written.matches("[0:]*:[0:]*");
  }
}
