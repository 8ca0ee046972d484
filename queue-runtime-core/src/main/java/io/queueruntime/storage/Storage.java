package io.queueruntime.storage;

import java.io.IOException;
import java.util.List;

/**
 * One flat directory of files: all the disk the journal ever sees.
 *
 * <p>A write is durable after {@link StorageFile#force}; a created, renamed or deleted name is
 * durable after {@link #forceDirectory}. Before that a power cut may keep it, lose it, or keep a
 * part of it, in any order. Names are plain file names made by the journal, never taken from users.
 *
 * <p>Implementations are thread-safe as long as two threads do not work on the same file.
 */
public interface Storage extends AutoCloseable {

  /** Names of all files, sorted. */
  List<String> list() throws IOException;

  /** Opens an existing file for reading and writing. */
  StorageFile open(String name) throws IOException;

  /** Creates an empty file, readable and writable by the owner only; fails when there is one. */
  StorageFile create(String name) throws IOException;

  /** Gives a file another name, replacing what had that name, at once. */
  void rename(String from, String to) throws IOException;

  void delete(String name) throws IOException;

  /** Makes creations, renames and deletions durable. */
  void forceDirectory() throws IOException;

  /** What this is, for error texts: a path, or a word. */
  String describe();

  /** Gives up the ownership of the directory. */
  @Override
  void close();
}
