package io.queueruntime.histories;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A port of the loopback interface that hands connections on to another one, and can cut all of
 * them at once, in the middle of whatever they carry. Thread-safe.
 */
final class CuttingProxy implements AutoCloseable {

  private static final int BUFFER = 64 * 1024;

  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "cutting-proxy");
            thread.setDaemon(true);
            return thread;
          });
  private volatile int target;

  private CuttingProxy(ServerSocket server) {
    this.server = server;
  }

  /** Listens; what connects is turned away until it is said where to. */
  static CuttingProxy open() throws IOException {
    CuttingProxy proxy =
        new CuttingProxy(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()));
    proxy.threads.execute(proxy::accept);
    return proxy;
  }

  int port() {
    return server.getLocalPort();
  }

  /** Hands connections on to that port from now on. */
  void to(int port) {
    target = port;
  }

  /** Ends all connections as a failing network would, with a reset. */
  void cut() {
    open.forEach(CuttingProxy::reset);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        open.add(client);
        threads.execute(() -> connect(client));
      } catch (IOException e) {
        // the server is closed, or one client was gone at once
      }
    }
  }

  private void connect(Socket client) {
    try {
      Socket broker = new Socket(InetAddress.getLoopbackAddress(), target);
      open.add(broker);
      client.setTcpNoDelay(true);
      broker.setTcpNoDelay(true);
      threads.execute(() -> copy(broker, client));
      copy(client, broker);
    } catch (IOException e) {
      reset(client);
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // either side is gone, and so is the other one then
    } finally {
      reset(from);
      reset(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // closed already
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
    threads.shutdownNow();
  }
}
