package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.QueueOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What a user reads whose directory of queues cannot be used. */
class DirectoryStartupFailureTests extends StartupReports {

  @Test
  void aDataDirectoryThatIsInUse() {
    try (EmbeddedQueueProvider owner =
        new EmbeddedQueueProvider(EmbeddedOptions.in(directory.resolve("data")))) {
      assertThat(start.report(inDirectory()))
          .startsWith(
              """
              Description:

              The queues of this application cannot start:

              [QR-118] Client "main" cannot open queue-runtime.embedded.directory (application.yml:1:35) "DIR/data":\
              """)
          .endsWith(
              """
              Action:

              [QR-118] Stop the other application (with DevTools or cached test contexts it may be this one), or set queue-runtime.embedded.directory to a directory of its own. Several instances at once need a broker.""");
    }
  }

  private static void assertCannotOpen(String report, String code, String found, String action) {
    assertThat(report)
        .startsWith(
            one(
                    code,
                    "Client \"main\" cannot open queue-runtime.embedded.directory (application.yml:1:35) \"DIR/data\": ",
                    "")
                .split("\n\nAction")[0]
                .strip())
        .contains(found)
        .endsWith("Action:\n\n[" + code + "] " + action)
        .doesNotContain("Exception");
  }

  @Test
  void aDataDirectoryThatIsAFile() throws Exception {
    Files.writeString(directory.resolve("data"), "not a directory");

    assertThat(start.report(inDirectory()))
        .contains(
            "[QR-119] Client \"main\" cannot open queue-runtime.embedded.directory (application.yml:1:35) \"DIR/data\": ")
        .endsWith(
            "[QR-119] Make the directory one that user \"%s\" may write to, or set queue-runtime.embedded.directory to another one."
                .formatted(System.getProperty("user.name")));
  }

  private Path firstSegment() throws IOException {
    createdBefore(QueueOptions.DEFAULTS);
    try (Stream<Path> files = Files.list(directory.resolve("data"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".qj"))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  private static void overwrite(Path file, int offset, byte... bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  /**
   * As a later release would write it: the same header with another version, under its checksum.
   */
  private static void setVersion(Path segment, int version) throws IOException {
    ByteBuffer header;
    try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.READ)) {
      header = ByteBuffer.allocate(32);
      channel.read(header, 0);
    }
    header.putInt(8, version);
    CRC32C crc = new CRC32C();
    crc.update(header.array(), 0, 28);
    header.putInt(28, (int) crc.getValue());
    overwrite(segment, 0, header.array());
  }

  @Test
  void aDamagedJournal() throws Exception {
    overwrite(firstSegment(), 0, (byte) 'X');

    assertCannotOpen(
        start.report(inDirectory()),
        "QR-120",
        "journal-0000000001.qj",
        "Copy the directory away before anything else, then put back a backup of it; or set queue-runtime.embedded.directory to an empty directory to go on without its messages.");
  }

  @Test
  void aJournalOfANewerVersion() throws Exception {
    setVersion(firstSegment(), 99);

    assertCannotOpen(
        start.report(inDirectory()),
        "QR-121",
        "has format version 99; this release reads up to 1",
        "Upgrade queue-runtime, or set queue-runtime.embedded.directory to another directory.");
  }

  @Test
  void twoClientsInOneDirectory() {
    String data = directory.resolve("data").toString();

    assertReport(
        """
        queue-runtime:
          primary: a
          clients:
            a.embedded.directory: %1$s
            b.embedded.directory: %1$s/../data
        """
            .formatted(data),
        "QR-144",
        "Clients \"a\" and \"b\" both keep their queues in \"DIR/data\", which only one of them can own.",
        "Set queue-runtime.clients.b.embedded.directory, e.g. to DIR/data-b.");
  }
}
