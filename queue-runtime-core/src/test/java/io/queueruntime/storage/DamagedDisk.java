package io.queueruntime.storage;

import static io.queueruntime.storage.PowerLossStorage.SECTOR;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What happens to bytes at rest: a bit flips, a sector is lost, or what was meant for one place
 * went to another, in the same file or in another one.
 *
 * <p>Stateless.
 */
final class DamagedDisk {

  private DamagedDisk() {}

  /** Damages one of these files and says how; they must have their own sectors. */
  static String damage(Map<String, SimulatedFile> files, SplittableRandom random) {
    List<String> names = new ArrayList<>();
    files.forEach(
        (name, file) -> {
          if (file.size() > 0) {
            names.add(name);
          }
        });
    if (names.isEmpty()) {
      return "nothing to damage";
    }
    String name = names.get(random.nextInt(names.size()));
    SimulatedFile file = files.get(name);
    // Mostly where something is written: the beginning of the file.
    int most = file.sectors();
    int sector = random.nextInt(random.nextInt(4) == 0 ? most : Math.min(most, 24));
    byte[] bytes = file.content(sector).clone();
    String how;
    switch (random.nextInt(6)) {
      case 0 -> {
        bytes = new byte[SECTOR];
        how = "zeros in";
      }
      case 1 -> {
        for (int i = 0; i < SECTOR; i++) {
          bytes[i] = (byte) random.nextInt();
        }
        how = "noise in";
      }
      case 2 -> {
        String other = names.get(random.nextInt(names.size()));
        int from = random.nextInt(Math.min(files.get(other).sectors(), 24));
        bytes = files.get(other).content(from).clone();
        how = "what belongs into sector " + from + " of " + other + " in";
      }
      default -> {
        int limit = (int) Math.min(SECTOR, file.size() - (long) sector * SECTOR);
        int at = random.nextInt(Math.max(1, limit));
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        how = "a flipped bit at byte " + at + " of";
      }
    }
    file.overwrite(sector, bytes);
    return how + " sector " + sector + " of " + name;
  }
}
