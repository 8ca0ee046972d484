package io.queueruntime.servicebus.emulator.amqp;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.apache.qpid.proton.engine.Transport;
import org.apache.qpid.proton.engine.TransportException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries bytes between one socket and its protocol engine. What a client does not read makes us
 * stop reading what it sends, so neither side's buffers grow without bound.
 *
 * <p>Confined to its loop.
 */
final class SocketPump implements SelectorLoop.Ready {

  /** What happens with the bytes that were read. */
  interface Protocol {

    /** The engine has taken in some bytes. */
    void received();

    /** What came is no AMQP; the connection ends after what can still be written. */
    void violated(String what);

    /** Everything the engine wanted to say has been written. */
    void flushed();

    /** The socket is gone, whoever closed it; called once. */
    void gone();
  }

  private static final Logger log = LoggerFactory.getLogger(SocketPump.class);

  /** Reads of one connection before the others get their turn. */
  private static final int READS_PER_TURN = 4;

  /** How long a client may take to read why its connection ends. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);

  /** Output that waits in the engine before reading stops; its window is one frame of 64 KB. */
  private static final int HIGH_WATER_BYTES = 60 * 1024;

  private final SelectorLoop loop;
  private final SocketChannel channel;
  private final Transport transport;
  private final Protocol protocol;
  private final Runnable flush = this::flush;
  private final SelectionKey key;
  private SelectorLoop.@Nullable Timer lastWords;
  private boolean blocked;
  private boolean held;
  private boolean frozen;
  private boolean ending;
  private boolean gone;

  SocketPump(SelectorLoop loop, SocketChannel channel, Transport transport, Protocol protocol)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.transport = transport;
    this.protocol = protocol;
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    this.key = channel.register(loop.selector(), SelectionKey.OP_READ);
  }

  /** Begins to carry bytes. */
  void start() {
    key.attach(this);
  }

  /** Has everything that the engine wants to say written at the end of this turn. */
  void touch() {
    if (!gone) {
      loop.flushLater(flush);
    }
  }

  /** Stops or resumes reading, for as long as what was read is not worked off. */
  void holdReading(boolean hold) {
    if (held != hold) {
      held = hold;
      interest();
    }
  }

  /** Neither reads nor writes any more, and keeps the socket; undone by {@code false}. */
  void freeze(boolean freeze) {
    frozen = freeze;
    interest();
    touch();
  }

  boolean isGone() {
    return gone;
  }

  /** Closes the socket once the engine's last words are written. */
  void end() {
    if (!ending) {
      ending = true;
      lastWords = loop.after(LAST_WORDS, this::close);
    }
    touch();
  }

  /** Closes the socket at once; the client sees a reset connection. */
  void cut() {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException | UnsupportedOperationException e) {
      log.debug("The socket closes without a reset.", e);
    }
    close();
  }

  /** Closes the socket in order. */
  void close() {
    if (gone) {
      return;
    }
    gone = true;
    if (lastWords != null) {
      lastWords.cancel();
    }
    key.attach(null);
    key.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("Closing a socket failed.", e);
    }
    protocol.gone();
  }

  @Override
  public void ready(SelectionKey ready) {
    if (gone || frozen) {
      return;
    }
    if (ready.isWritable()) {
      blocked = false;
      touch();
    }
    if (ready.isReadable()) {
      read();
    }
  }

  private void read() {
    for (int i = 0; i < READS_PER_TURN && !gone && !held && !frozen && !ending; i++) {
      int room = transport.capacity();
      if (room < 0) {
        end();
        return;
      }
      int count = fill();
      if (count < 0) {
        close();
        return;
      }
      if (count == 0) {
        return;
      }
      try {
        transport.process();
        protocol.received();
      } catch (TransportException violation) {
        violated(violation);
      } catch (RuntimeException | StackOverflowError malformed) {
        // The engine trusts its peer: a frame for what does not exist, or nested without end, shows
        // itself as whatever it was that broke.
        violated(malformed);
      }
      if (count < room) {
        return;
      }
    }
  }

  private void violated(Throwable how) {
    log.debug("A client broke the protocol.", how);
    String text = how.getMessage();
    protocol.violated(
        text == null || !(how instanceof TransportException)
            ? "The frame cannot be understood (" + how.getClass().getSimpleName() + ")."
            : text);
    end();
  }

  private int fill() {
    try {
      ByteBuffer tail = transport.tail();
      return tail.hasRemaining() ? channel.read(tail) : -1;
    } catch (IOException | TransportException reset) {
      return -1;
    }
  }

  private void flush() {
    if (gone || frozen || blocked) {
      return;
    }
    try {
      int pending = transport.pending();
      while (pending > 0) {
        ByteBuffer head = transport.head();
        int count = channel.write(head);
        transport.pop(count);
        if (count < pending) {
          blocked = true;
          interest();
          return;
        }
        pending = transport.pending();
      }
      interest();
      if (pending < 0 || ending) {
        close();
      } else {
        protocol.flushed();
      }
    } catch (IOException | RuntimeException failed) {
      log.debug("Writing to a client failed.", failed);
      close();
    }
  }

  private @Nullable Integer wanted() {
    if (gone || !key.isValid()) {
      return null;
    }
    if (frozen) {
      return 0;
    }
    boolean drowning = blocked && transport.pending() >= HIGH_WATER_BYTES;
    int read = held || drowning || ending ? 0 : SelectionKey.OP_READ;
    return read | (blocked ? SelectionKey.OP_WRITE : 0);
  }

  private void interest() {
    Integer ops = wanted();
    if (ops != null && key.interestOps() != ops) {
      key.interestOps(ops);
    }
  }
}
