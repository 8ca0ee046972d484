package io.queueruntime.rabbitmq.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * The ports of one node, which were free a moment ago. Immutable.
 *
 * @param amqp where clients connect
 * @param distribution where other nodes would
 * @param portMapper where Erlang's port mapper says which that is
 */
record Ports(int amqp, int distribution, int portMapper) {

  static Ports free() throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return new Ports(
          sockets.get(0).getLocalPort(),
          sockets.get(1).getLocalPort(),
          sockets.get(2).getLocalPort());
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
