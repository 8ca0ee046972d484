package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Segment files that are open: those used last stay so, up to a bound.
 *
 * <p>A file that was written and not yet forced is pinned, because a system may report a failed
 * write back only to who had the file open.
 *
 * <p>Confined to the journal's owner.
 */
final class SegmentFiles implements AutoCloseable {

  private static final int OPEN_MAX = 32;

  private final Storage storage;
  private final Map<Integer, StorageFile> open = new LinkedHashMap<>(OPEN_MAX * 2, 0.75f, true);
  private final Map<Integer, StorageFile> pinned = new LinkedHashMap<>();

  SegmentFiles(Storage storage) {
    this.storage = storage;
  }

  StorageFile of(Segment segment) throws IOException {
    Integer number = segment.number();
    StorageFile file = pinned.get(number);
    if (file == null) {
      file = open.get(number);
    }
    if (file == null) {
      file = storage.open(segment.fileName());
      open.put(number, file);
      closeEldest();
    }
    return file;
  }

  /** Keeps a file open until it is {@link #unpin unpinned}. */
  void pin(Segment segment, StorageFile file) {
    open.remove(segment.number());
    pinned.put(segment.number(), file);
  }

  void unpin(Segment segment) throws IOException {
    StorageFile file = pinned.remove(segment.number());
    if (file != null) {
      open.put(segment.number(), file);
      closeEldest();
    }
  }

  void close(Segment segment) throws IOException {
    StorageFile file = pinned.remove(segment.number());
    if (file == null) {
      file = open.remove(segment.number());
    }
    if (file != null) {
      file.close();
    }
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    open.putAll(pinned);
    pinned.clear();
    for (StorageFile file : open.values()) {
      try {
        file.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    open.clear();
    if (failure != null) {
      throw failure;
    }
  }

  private void closeEldest() throws IOException {
    if (open.size() > OPEN_MAX) {
      Iterator<StorageFile> eldest = open.values().iterator();
      StorageFile file = eldest.next();
      eldest.remove();
      file.close();
    }
  }
}
