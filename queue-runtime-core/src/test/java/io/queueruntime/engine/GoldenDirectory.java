package io.queueruntime.engine;

import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.StorageFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * A data directory as some release wrote it, kept as one archive of at most 64 KiB, and what it
 * shows when it is opened at a certain time. Those of {@code golden/v1} were written with format
 * version 1; whatever reads that version must go on to read them. New ones are written with {@link
 * #main} and never replace old ones.
 *
 * @param name what it is called
 * @param files its files by name
 * @param wall the wall clock to open it at
 * @param tick the ticker to open it at
 * @param shows what it shows then
 */
record GoldenDirectory(
    String name, TreeMap<String, byte[]> files, long wall, long tick, String shows) {

  private static final Path FOLDER = Path.of("src/test/resources/golden/v1");
  private static final String SHOWS = "shows.txt";
  private static final int MOST_BYTES = 64 * 1024;

  /** All that were ever kept. */
  static List<GoldenDirectory> all() {
    try (Stream<Path> archives = Files.list(FOLDER)) {
      return archives.sorted().map(GoldenDirectory::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A disk with these files. */
  static MemoryStorage disk(TreeMap<String, byte[]> files) {
    MemoryStorage disk = new MemoryStorage();
    files.forEach(
        (name, bytes) -> {
          try (StorageFile file = disk.create(name)) {
            file.write(ByteBuffer.wrap(bytes), 0);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return disk;
  }

  /** Opens these files at the time of this directory and looks at all of it. */
  String open(TreeMap<String, byte[]> changed) {
    SteppedEngine.Clock clock = new SteppedEngine.Clock();
    clock.wall = wall;
    clock.tick = tick;
    SteppedEngine engine =
        SteppedEngine.open(disk(changed), SteppedEngine.options(clock, 64 * 1024, 1000), 1);
    engine.run();
    return Seen.of(engine).text();
  }

  private static GoldenDirectory read(Path archive) {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (ZipInputStream in =
        new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(archive)))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        files.put(entry.getName(), in.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String[] told = new String(files.remove(SHOWS), StandardCharsets.UTF_8).split("\n", 3);
    return new GoldenDirectory(
        archive.getFileName().toString(),
        files,
        Long.parseLong(told[0]),
        Long.parseLong(told[1]),
        told[2]);
  }

  private void write(Path folder) throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(archive)) {
      TreeMap<String, byte[]> all = new TreeMap<>(files);
      all.put(SHOWS, (wall + "\n" + tick + "\n" + shows).getBytes(StandardCharsets.UTF_8));
      for (var file : all.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTime(0);
        out.putNextEntry(entry);
        out.write(file.getValue());
      }
    }
    if (archive.size() > MOST_BYTES) {
      throw new IOException(name + " takes " + archive.size() + " bytes");
    }
    Files.createDirectories(folder);
    Files.write(folder.resolve(name), archive.toByteArray());
  }

  /** What a random run leaves on its disk when its process ends without a word. */
  private static GoldenDirectory of(long seed, int steps) {
    MemoryStorage disk = new MemoryStorage();
    SteppedEngine.Clock clock = ModelRun.run(seed, steps, () -> disk);
    TreeMap<String, byte[]> files = new TreeMap<>();
    try {
      for (String name : disk.list()) {
        try (StorageFile file = disk.open(name)) {
          ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
          file.read(bytes, 0);
          files.put(name, bytes.array());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    GoldenDirectory directory =
        new GoldenDirectory("run-%04d.zip".formatted(seed), files, clock.wall, clock.tick, "");
    String shows = directory.open(files);
    return new GoldenDirectory(directory.name, files, clock.wall, clock.tick, shows);
  }

  /** Arguments: the folder to write to, how many, the first seed, steps of each. */
  public static void main(String[] args) throws IOException {
    List<String> written = new ArrayList<>();
    long first = Long.parseLong(args[2]);
    for (long seed = first; seed < first + Integer.parseInt(args[1]); seed++) {
      GoldenDirectory directory = of(seed, Integer.parseInt(args[3]));
      directory.write(Path.of(args[0]));
      written.add(directory.name + " " + directory.files.keySet());
    }
    written.forEach(System.out::println);
  }
}
