package io.queueruntime.histories;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.history.HistoryWriter;
import io.queueruntime.listener.BackoffPolicy;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ListenedQueue;
import io.queueruntime.listener.ListenerEndpoint;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.listener.ListenerServices;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.QueueName;
import io.queueruntime.provider.QueueProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * A process of a run, that sends or listens until it is told to leave, or is killed. Ends with the
 * process that started it.
 */
final class Member {

  private Member() {}

  /**
   * Takes part.
   *
   * @param arguments provider, its address, the file of the history, the own name, the number of
   *     the part, messages to send (0: it listens), and the seed
   */
  public static void main(String[] arguments) throws Exception {
    Mix mix = new Mix(Integer.parseInt(arguments[4]));
    int messages = Integer.parseInt(arguments[5]);
    try (HistoryWriter history = HistoryWriter.appendingTo(Path.of(arguments[2]))) {
      RecordedProvider provider =
          new RecordedProvider(
              Broker.connect(arguments[0], arguments[1]),
              new Recording(arguments[3], history::write));
      if (messages > 0) {
        send(new Traffic(provider, mix, arguments[3], Long.parseLong(arguments[6])), messages);
      } else {
        listen(provider, mix);
      }
      provider.close();
    }
    System.exit(0);
  }

  private static void send(Traffic traffic, int messages) throws Exception {
    Thread sending =
        new Thread(
            () -> {
              traffic.send(messages);
              System.out.println("SENT");
              traffic.awaitIdle();
              System.out.println("IDLE");
            },
            "sending");
    sending.setDaemon(true);
    sending.start();
    awaitLeave();
  }

  private static void listen(QueueProvider provider, Mix mix) throws IOException {
    List<QueueListenerContainer> containers = new ArrayList<>();
    for (QueueName queue : List.of(mix.plain(), mix.sessions())) {
      boolean sessions = queue.equals(mix.sessions());
      ListenedQueue listened =
          new ListenedQueue(queue, Mix.options(sessions), List.of(), Duration.ofSeconds(2));
      containers.add(
          new QueueListenerContainer(
              ListenerEndpoint.of(
                  queue.value(),
                  List.of(listened),
                  (message, delivery) -> {
                    Mix.handle(message);
                    return null;
                  },
                  ListenerOptions.builder()
                      .concurrency(Concurrency.of(sessions ? 8 : 4))
                      .backoff(
                          new BackoffPolicy(Duration.ofMillis(50), 2, Duration.ofMillis(200), 0.2))
                      .drainTimeout(Duration.ofSeconds(5))
                      .build()),
              ListenerServices.builder(
                      provider,
                      MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE))
                  .build()));
    }
    containers.forEach(QueueListenerContainer::start);
    System.out.println("LISTENING");
    awaitLeave();
    containers.forEach(QueueListenerContainer::stop);
  }

  /** Returns when told so; ends the process when the one that started it has ended. */
  private static void awaitLeave() throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String command = commands.readLine();
    if (command == null) {
      Runtime.getRuntime().halt(1);
    }
  }
}
