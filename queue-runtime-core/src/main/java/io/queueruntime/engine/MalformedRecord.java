package io.queueruntime.engine;

/**
 * A record whose checksum is right has contents that make no sense: written by something else, or
 * by a bug.
 */
final class MalformedRecord extends RuntimeException {

  private static final long serialVersionUID = 1L;

  MalformedRecord(String what) {
    super(what);
  }
}
