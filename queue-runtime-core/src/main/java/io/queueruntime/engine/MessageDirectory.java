package io.queueruntime.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Messages by sequence number, in order: pages of 64 in a window that slides along as the lowest
 * ones leave.
 *
 * <p>Finding and adding are O(1); memory is one reference per message plus at most a page for each
 * message that was left alone in its page.
 *
 * <p>Confined to the engine thread.
 */
final class MessageDirectory {

  private static final int PAGE_BITS = 6;
  private static final int PAGE_SIZE = 1 << PAGE_BITS;

  private static final class Page {
    final @Nullable StoredMessage[] slots = new @Nullable StoredMessage[PAGE_SIZE];
    int used;
  }

  private @Nullable Page[] pages = new @Nullable Page[4];

  /** Page number of the first element of {@link #pages}. */
  private long firstPage;

  /** Elements of {@link #pages} in use, from the first on. */
  private int span;

  /** Index of the first page that is there; {@link #span} never ends before it. */
  private int emptyFront;

  private int size;

  /** The page that was emptied last: a queue that is received from needs one as often as it. */
  private @Nullable Page spare;

  int size() {
    return size;
  }

  /** Pages from the first to the last, empty ones included. */
  int window() {
    return span;
  }

  @Nullable StoredMessage get(long sequence) {
    long index = (sequence >> PAGE_BITS) - firstPage;
    if (index < 0 || index >= span) {
      return null;
    }
    Page page = pages[(int) index];
    return page == null ? null : page.slots[(int) sequence & PAGE_SIZE - 1];
  }

  void put(StoredMessage message) {
    Page page = pageFor(message.sequence >> PAGE_BITS);
    int slot = (int) message.sequence & PAGE_SIZE - 1;
    if (page.slots[slot] == null) {
      page.used++;
      size++;
    }
    page.slots[slot] = message;
  }

  void remove(long sequence) {
    long index = (sequence >> PAGE_BITS) - firstPage;
    if (index < 0 || index >= span) {
      return;
    }
    Page page = pages[(int) index];
    int slot = (int) sequence & PAGE_SIZE - 1;
    if (page == null || page.slots[slot] == null) {
      return;
    }
    page.slots[slot] = null;
    size--;
    if (--page.used == 0) {
      pages[(int) index] = null;
      spare = page;
      if (index == emptyFront) {
        dropEmptyFront();
      }
    }
  }

  /** The message with the lowest sequence number not below that one. */
  @Nullable StoredMessage ceiling(long sequence) {
    long from = Math.max(sequence, firstPage + emptyFront << PAGE_BITS);
    long index = (from >> PAGE_BITS) - firstPage;
    int slot = (int) from & PAGE_SIZE - 1;
    for (; index < span; index++, slot = 0) {
      Page page = pages[(int) index];
      if (page == null) {
        continue;
      }
      for (; slot < PAGE_SIZE; slot++) {
        StoredMessage found = page.slots[slot];
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private Page pageFor(long number) {
    if (span == 0) {
      firstPage = number;
    }
    if (number < firstPage) {
      growFront((int) (firstPage - number));
    }
    int index = Math.toIntExact(number - firstPage);
    if (index >= pages.length) {
      pages = Arrays.copyOf(pages, Math.max(index + 1, pages.length * 2));
    }
    span = Math.max(span, index + 1);
    emptyFront = Math.min(emptyFront, index);
    Page page = pages[index];
    if (page == null) {
      page = spare == null ? new Page() : spare;
      spare = null;
      pages[index] = page;
    }
    return page;
  }

  /** Only recovery and replays into an older place need room in front. */
  private void growFront(int by) {
    @Nullable Page[] grown = new @Nullable Page[Math.max(span + by, pages.length)];
    System.arraycopy(pages, 0, grown, by, span);
    pages = grown;
    firstPage -= by;
    span += by;
  }

  private void dropEmptyFront() {
    int empty = emptyFront;
    while (empty < span && pages[empty] == null) {
      empty++;
    }
    emptyFront = empty;
    // Moving the window costs its length, so it waits until half of it is empty.
    if (empty == span) {
      span = 0;
      emptyFront = 0;
      pages = new @Nullable Page[4];
    } else if (empty >= 16 && empty * 2 >= span) {
      @Nullable Page[] rest = new @Nullable Page[Math.max(4, span - empty)];
      System.arraycopy(pages, empty, rest, 0, span - empty);
      pages = rest;
      firstPage += empty;
      span -= empty;
      emptyFront = 0;
    }
  }
}
