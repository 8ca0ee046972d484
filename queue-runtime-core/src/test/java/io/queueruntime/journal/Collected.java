package io.queueruntime.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a recovery or a scan gave, as text. Confined to its test. */
final class Collected implements RecoveryVisitor {

  final List<String> chunks = new ArrayList<>();
  final List<String> records = new ArrayList<>();
  final List<Long> positions = new ArrayList<>();

  @Override
  public void snapshotChunk(ByteBuffer chunk) {
    chunks.add(text(chunk));
  }

  @Override
  public void record(byte type, long position, ByteBuffer payload) {
    records.add(text(payload));
    positions.add(position);
  }

  static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
