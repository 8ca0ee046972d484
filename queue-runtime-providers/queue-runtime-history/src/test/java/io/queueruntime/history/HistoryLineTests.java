package io.queueruntime.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryLineTests {

  private static final HistoryEvent EVENT =
      HistoryEvent.of(42, "1.sender 7", 3, Operation.SEND, Phase.OK)
          .with(Field.QUEUE, "orders")
          .with(Field.MESSAGE, "ä = 100% \n\u0000 🐢")
          .with(Field.SEQUENCE, 9)
          .with(Field.SESSION, "")
          .build();

  @Test
  void whatIsWrittenIsReadBack() {
    HistoryEvent read = HistoryLine.parse(HistoryLine.format(EVENT));
    assertThat(read.time()).isEqualTo(42);
    assertThat(read.process()).isEqualTo("1.sender 7");
    assertThat(read.call()).isEqualTo(3);
    assertThat(read.operation()).isEqualTo(Operation.SEND);
    assertThat(read.phase()).isEqualTo(Phase.OK);
    assertThat(read.fields()).isEqualTo(EVENT.fields());
  }

  @Test
  void lineHasNoLineFeedAndOnlyAscii() {
    assertThat(HistoryLine.format(EVENT)).matches("[ -~]+");
  }

  @Test
  void fileIsReadToItsEndWithoutATornLastLine(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("history");
    try (HistoryWriter writer = HistoryWriter.appendingTo(file)) {
      writer.write(EVENT);
    }
    try (HistoryWriter writer = HistoryWriter.appendingTo(file)) {
      writer.write(EVENT);
    }
    Files.writeString(file, "44 1 2 SEND INVO", StandardOpenOption.APPEND);
    assertThat(HistoryReader.read(file))
        .hasSize(2)
        .allSatisfy(event -> assertThat(event.fields()).isEqualTo(EVENT.fields()));
  }

  @Test
  void everyCutOfAFileLeavesWholeEvents() throws IOException {
    byte[] bytes = (HistoryLine.format(EVENT) + "\n").repeat(3).getBytes(StandardCharsets.US_ASCII);
    for (int length = 0; length <= bytes.length; length++) {
      List<HistoryEvent> events = new ArrayList<>();
      HistoryReader.read(new ByteArrayInputStream(bytes, 0, length), events::add);
      assertThat(events).hasSize(length / (bytes.length / 3));
    }
  }

  @Test
  void damagedLineInTheMiddleIsAnErrorThatSaysWhere() {
    byte[] bytes = (HistoryLine.format(EVENT) + "\nnonsense\n").getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> HistoryReader.read(new ByteArrayInputStream(bytes), event -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Line 2");
  }

  @Test
  void endlessLineIsAnErrorAndNotAHeapFullOfIt() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    assertThatThrownBy(() -> HistoryReader.read(endless, event -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("longer than");
  }

  @Test
  void whatIsNoEventIsRefused() {
    for (String line :
        List.of(
            "",
            "1",
            "1 p 1 SEND",
            "x p 1 SEND OK",
            "1 p 1 NOTHING OK",
            "1 p 1 SEND OK queue",
            "1 p 1 SEND OK what=1",
            "1 p 1 SEND OK queue=a queue=b",
            "1 p 1 SEND OK queue=%00",
            "1 p 1 SEND OK queue=%zzzz")) {
      assertThatThrownBy(() -> HistoryLine.parse(line))
          .as(line)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void answerWithoutAQuestionIsNoHistory() {
    List<HistoryEvent> history = List.of(EVENT);
    assertThatThrownBy(() -> new HistoryChecker(Script.RULES, Relaxations.NONE).check(history))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without a question");
  }
}
