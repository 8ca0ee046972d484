package io.queueruntime.engine;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts the processes that are killed.
 *
 * <p>Most of a short life is its start, so the classes can be packed and archived once: then the
 * virtual machine maps them instead of reading them, and three lives take the time of two.
 * Immutable.
 */
final class CrashProcesses {

  private static final List<String> OPTIONS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx128m");

  private final List<String> options;
  private final String classPath;

  private CrashProcesses(List<String> options, String classPath) {
    this.options = options;
    this.classPath = classPath;
  }

  /**
   * Processes of the classes of this one.
   *
   * @param classPathStart what their class path begins with; empty: nothing but ours
   */
  static CrashProcesses of(String classPathStart) {
    List<String> entries = new ArrayList<>(entries());
    if (!classPathStart.isEmpty()) {
      entries.add(0, classPathStart);
    }
    return new CrashProcesses(OPTIONS, String.join(File.pathSeparator, entries));
  }

  /** The same, whose classes are packed and archived in that directory first. */
  static CrashProcesses archived(Path directory) throws IOException, InterruptedException {
    Path packed = directory.resolve("classes.jar");
    List<String> entries = entries();
    pack(entries.stream().map(Path::of).filter(Files::isDirectory).toList(), packed);
    String classPath =
        Stream.concat(
                Stream.of(packed.toString()),
                entries.stream().filter(entry -> !Files.isDirectory(Path.of(entry))))
            .collect(Collectors.joining(File.pathSeparator));
    Path archive = directory.resolve("classes.jsa");
    List<String> options = new ArrayList<>(OPTIONS);
    options.add("-XX:ArchiveClassesAtExit=" + archive);
    Path data = directory.resolve("first");
    Process first =
        new CrashProcesses(options, classPath)
            .start(
                data,
                directory.resolve("first-history"),
                directory.resolve("first-errors"),
                CrashLoad.ENDS_BY_ITSELF,
                1);
    first.getInputStream().transferTo(OutputStream.nullOutputStream());
    if (!first.waitFor(2, TimeUnit.MINUTES) || !Files.exists(archive)) {
      throw new IOException(
          "no archive of classes: " + Files.readString(directory.resolve("first-errors")));
    }
    options.set(options.size() - 1, "-XX:SharedArchiveFile=" + archive);
    return new CrashProcesses(options, classPath);
  }

  /** Starts one life. */
  Process start(Path data, Path history, Path errors, int life, long seed) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, CrashLoad.class.getName()));
    command.addAll(
        List.of(data.toString(), history.toString(), Integer.toString(life), Long.toString(seed)));
    return new ProcessBuilder(command).redirectError(errors.toFile()).start();
  }

  private static List<String> entries() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("logback"))
        .toList();
  }

  /** Classes only, of the first directory that has one by that name: an archive takes no others. */
  private static void pack(List<Path> directories, Path jar) throws IOException {
    Set<String> packed = new HashSet<>();
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Path directory : directories) {
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
            String name = directory.relativize(file).toString().replace(File.separatorChar, '/');
            if (packed.add(name)) {
              out.putNextEntry(new JarEntry(name));
              Files.copy(file, out);
            }
          }
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
