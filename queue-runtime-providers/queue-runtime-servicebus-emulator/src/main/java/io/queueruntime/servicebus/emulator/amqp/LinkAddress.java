package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.SubQueue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a link leads: an entity's messages, its management, or the node that takes tokens. Suffixes
 * are recognized in any case; clients differ.
 *
 * <p>Immutable.
 *
 * @param node what is addressed
 * @param entity the queue's name as the client wrote it; empty for the token node
 * @param subQueue the queue itself or its dead letters
 */
record LinkAddress(Node node, String entity, SubQueue subQueue) {

  /** Kinds of nodes. */
  enum Node {
    /** Takes tokens. */
    CBS,
    /** Answers requests about one entity. */
    MANAGEMENT,
    /** Messages of one entity. */
    ENTITY
  }

  private static final String MANAGEMENT = "/$management";
  private static final String DEAD_LETTER = "/$deadletterqueue";
  private static final String TRANSFER = "/$transfer";

  /** Reads an address with or without a scheme and a host before it. */
  static LinkAddress parse(@Nullable String address) {
    String path = path(address == null ? "" : address);
    if (path.equalsIgnoreCase("$cbs")) {
      return new LinkAddress(Node.CBS, "", SubQueue.MAIN);
    }
    Node node = Node.ENTITY;
    if (endsWith(path, MANAGEMENT)) {
      node = Node.MANAGEMENT;
      path = cut(path, MANAGEMENT);
    }
    SubQueue subQueue = SubQueue.MAIN;
    if (endsWith(path, DEAD_LETTER)) {
      subQueue = SubQueue.DEAD_LETTER;
      path = cut(path, DEAD_LETTER);
      if (endsWith(path, TRANSFER)) {
        // What could not be forwarded is kept among the other dead letters.
        path = cut(path, TRANSFER);
      }
    }
    return new LinkAddress(node, path, subQueue);
  }

  private static String path(String address) {
    int scheme = address.indexOf("://");
    String path = address;
    if (scheme >= 0) {
      int slash = address.indexOf('/', scheme + 3);
      path = slash < 0 ? "" : address.substring(slash);
    }
    return path.startsWith("/") ? path.substring(1) : path;
  }

  private static boolean endsWith(String path, String suffix) {
    return path.toLowerCase(Locale.ROOT).endsWith(suffix);
  }

  private static String cut(String path, String suffix) {
    return path.substring(0, path.length() - suffix.length());
  }
}
