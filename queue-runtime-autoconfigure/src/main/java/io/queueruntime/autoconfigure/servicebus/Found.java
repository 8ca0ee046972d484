package io.queueruntime.autoconfigure.servicebus;

/**
 * A setting's text and the place where it stands. Immutable.
 *
 * @param text may be a secret
 * @param where to be shown: a property with its file and line, or a bean
 */
record Found(String text, String where) {

  /** Without the text, which may be a secret. */
  @Override
  public String toString() {
    return where;
  }
}
