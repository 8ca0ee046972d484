package io.queueruntime.servicebus.emulator.amqp;

import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.engine.TransportException;
import org.apache.qpid.proton.engine.impl.FrameHandler;
import org.apache.qpid.proton.framing.TransportFrame;

/**
 * Looks at every frame before the protocol engine does, and refuses those that are well formed and
 * would still make the engine loop for ever: a disposition over the whole range of delivery ids, or
 * frames so small that no message fits into any number of them.
 *
 * <p>Before a session begins or ends it has everything answered that came until then: the engine
 * forgets the client's channel with an end, and would answer a session's begin that came just
 * before it with a channel that nobody has, which a client takes for the end of its connection.
 *
 * <p>Confined to the loop of its connection.
 */
final class FrameGuard implements FrameHandler {

  /** Far more deliveries than one connection may have unsettled. */
  static final long MAX_DISPOSITION_RANGE = 65_536;

  /** The smallest frame every peer must be able to take, by the AMQP 1.0 standard. */
  private static final long MIN_MAX_FRAME_SIZE = 512;

  private final FrameHandler engine;
  private final Runnable answer;

  /**
   * @param answer has everything answered that the engine has been told
   */
  FrameGuard(FrameHandler engine, Runnable answer) {
    this.engine = engine;
    this.answer = answer;
  }

  @Override
  public boolean handleFrame(TransportFrame frame) {
    check(frame.getBody());
    if (frame.getBody() instanceof Begin || frame.getBody() instanceof End) {
      answer.run();
    }
    return engine.handleFrame(frame);
  }

  private static void check(FrameBody body) {
    if (body instanceof Disposition disposition) {
      long first = disposition.getFirst().longValue();
      long last = disposition.getLast() == null ? first : disposition.getLast().longValue();
      if (last - first >= MAX_DISPOSITION_RANGE || last == 0xFFFF_FFFFL) {
        throw new TransportException(
            "a disposition covers the deliveries %d to %d; at most %d are taken at once",
            first, last, MAX_DISPOSITION_RANGE);
      }
    } else if (body instanceof Open open
        && open.getMaxFrameSize() != null
        && open.getMaxFrameSize().longValue() < MIN_MAX_FRAME_SIZE) {
      throw new TransportException(
          "max-frame-size is at least %d, found %s", MIN_MAX_FRAME_SIZE, open.getMaxFrameSize());
    }
  }

  @Override
  public void closed(TransportException error) {
    engine.closed(error);
  }

  @Override
  public boolean isHandlingFrames() {
    return engine.isHandlingFrames();
  }
}
