package io.queueruntime.journal;

import java.nio.ByteBuffer;

/** Takes records as a replay or a scan finds them. The buffer is valid only during the call. */
@FunctionalInterface
public interface RecordVisitor {

  /** A record of that type whose payload stands at that position. */
  void record(byte type, long position, ByteBuffer payload);
}
