package io.queueruntime.template;

/**
 * The 32-bit MurmurHash2 with the seed that Kafka's own partitioner uses, so that other languages
 * can compute the same. Thread-safe.
 */
final class Murmur2 {

  private static final int SEED = 0x9747b28c;
  private static final int M = 0x5bd1e995;
  private static final int R = 24;

  private Murmur2() {}

  static int hash(byte[] data) {
    int length = data.length;
    int h = SEED ^ length;
    int whole = length / 4;
    for (int i = 0; i < whole; i++) {
      int at = i * 4;
      int k =
          (data[at] & 0xff)
              | (data[at + 1] & 0xff) << 8
              | (data[at + 2] & 0xff) << 16
              | (data[at + 3] & 0xff) << 24;
      k *= M;
      k ^= k >>> R;
      k *= M;
      h *= M;
      h ^= k;
    }
    int rest = whole * 4;
    int left = length - rest;
    if (left > 0) {
      for (int i = left - 1; i >= 0; i--) {
        h ^= (data[rest + i] & 0xff) << (8 * i);
      }
      h *= M;
    }
    h ^= h >>> 13;
    h *= M;
    h ^= h >>> 15;
    return h;
  }
}
