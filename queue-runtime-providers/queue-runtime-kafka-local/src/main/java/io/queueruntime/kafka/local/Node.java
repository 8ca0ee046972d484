package io.queueruntime.kafka.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * The process of a {@link LocalKafka}: one broker that is its own controller. It ends when its
 * standard input does, and so with the process that started it, however that ends.
 */
final class Node {

  private Node() {}

  /**
   * Runs a broker.
   *
   * @param arguments its properties' file, the file to make once it takes connections, and the one
   *     to write into why it does not
   */
  public static void main(String[] arguments) throws IOException {
    try {
      start(Path.of(arguments[0]));
      Files.writeString(Path.of(arguments[1]), "started");
    } catch (IOException | RuntimeException e) {
      Files.writeString(Path.of(arguments[2]), e.toString());
      Runtime.getRuntime().halt(1); // some of its threads may run already
    }
    while (System.in.read() >= 0) {
      // nothing is said to it
    }
    // data and log are thrown away or taken up as after a crash: there is nothing to close well
    Runtime.getRuntime().halt(0);
  }

  private static void start(Path configuration) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(configuration)) {
      properties.load(reader);
    }
    // the data of an earlier broker have its cluster's id, and no other one would be taken
    if (!Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
      format(configuration);
    }
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    server.startup();
  }

  private static void format(Path configuration) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    int code =
        StorageTool.execute(
            new String[] {
              "format",
              "--ignore-formatted",
              "--cluster-id",
              Uuid.randomUuid().toString(),
              "--config",
              configuration.toString()
            },
            stream);
    if (code != 0) {
      throw new IllegalStateException(
          "Kafka's storage cannot be formatted: " + said.toString(StandardCharsets.UTF_8));
    }
  }
}
