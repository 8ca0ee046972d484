package io.queueruntime.servicebus.emulator.program;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A connection that receives from one queue, written out frame by frame: cheap enough for a
 * thousand of them. No SASL, no heartbeats, frames of up to 64 KB.
 */
final class RawReceiver implements AutoCloseable {

  private static final int ATTACH = 0x12;
  private static final int TRANSFER = 0x14;
  private static final int DETACH = 0x16;
  private static final int CLOSE = 0x18;

  private final Socket socket;
  private final DataInputStream in;

  /** Connects, attaches with one credit, and waits for the answer to the attach. */
  RawReceiver(int port, String queue) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 512));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {'A', 'M', 'Q', 'P', 0, 1, 0, 0});
    out.writeBytes(frame(0x10, list(string("c-" + queue))));
    byte[] window = {0x52, (byte) 0xff};
    byte[] zero = {0x43};
    byte[] nothing = {0x40};
    out.writeBytes(frame(0x11, list(nothing, zero, window, window)));
    byte[] source = described(0x28, list(string(queue)));
    byte[] target = described(0x29, list());
    byte[] receiver = {0x41};
    byte[] unsettled = {0x50, 0};
    byte[] second = {0x50, 1};
    out.writeBytes(
        frame(
            ATTACH, list(string("l-" + queue), zero, receiver, unsettled, second, source, target)));
    out.writeBytes(frame(0x13, list(zero, window, zero, window, zero, zero, new byte[] {0x52, 1})));
    socket.getOutputStream().write(out.toByteArray());
    byte[] header = in.readNBytes(8);
    if (header.length < 8 || header[0] != 'A') {
      throw new IOException("The answer is not AMQP.");
    }
    await(ATTACH);
  }

  /** Waits for a message; its frame as text. */
  String receive() throws IOException {
    return new String(await(TRANSFER), StandardCharsets.ISO_8859_1);
  }

  private byte[] await(int performative) throws IOException {
    while (true) {
      byte[] frame = new byte[in.readInt() - 4];
      in.readFully(frame);
      int body = 4 * frame[0] - 4;
      if (frame.length <= body) {
        continue;
      }
      int found = frame[body + 2];
      if (found == performative) {
        return frame;
      }
      if (found == DETACH || found == CLOSE) {
        throw new IOException(
            "Ended by the server: " + new String(frame, StandardCharsets.ISO_8859_1));
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static byte[] frame(int performative, byte[] fields) {
    byte[] body = described(performative, fields);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = body.length + 8;
    out.writeBytes(new byte[] {0, 0, (byte) (size >> 8), (byte) size, 2, 0, 0, 0});
    out.writeBytes(body);
    return out.toByteArray();
  }

  private static byte[] described(int descriptor, byte[] fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0x53, (byte) descriptor});
    out.writeBytes(fields);
    return out.toByteArray();
  }

  private static byte[] list(byte[]... fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = 1;
    for (byte[] field : fields) {
      size += field.length;
    }
    out.writeBytes(new byte[] {(byte) 0xc0, (byte) size, (byte) fields.length});
    for (byte[] field : fields) {
      out.writeBytes(field);
    }
    return out.toByteArray();
  }

  private static byte[] string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0xa1, (byte) bytes.length});
    out.writeBytes(bytes);
    return out.toByteArray();
  }
}
