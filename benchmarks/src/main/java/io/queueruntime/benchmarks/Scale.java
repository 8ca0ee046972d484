package io.queueruntime.benchmarks;

import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Measures what changes as the embedded provider's queues grow: rates, heap, disk, the time to open
 * and what others at the engine see of it; prints each with its goal and whether it is met.
 */
public final class Scale {

  private interface Curve {
    void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception;
  }

  private static final Map<String, Curve> CURVES = new LinkedHashMap<>();

  static {
    CURVES.put("allocation", Allocation::measure);
    CURVES.put("backlog", Backlogs::measure);
    CURVES.put("sessions", ManySessions::measure);
    CURVES.put("scheduled", AllAtOnce::measure);
    CURVES.put("churn", Churn::measure);
    CURVES.put("snapshots", WithSnapshots::measure);
    CURVES.put("heap", HeapSlope::measure);
  }

  private int met;
  private int judged;

  private Scale() {}

  public static void main(String[] arguments) throws Exception {
    ScaleSettings settings = ScaleSettings.parse(arguments);
    if (!CURVES.keySet().containsAll(settings.curves())) {
      throw new IllegalArgumentException("Known curves are:\n" + ScaleSettings.USAGE);
    }
    Files.createDirectories(settings.directory());
    System.out.printf(
        "%s%ndurability %s%n%n| what | found | goal | |%n|---|---|---|---|%n",
        Machine.facts(settings.directory()), settings.durability());
    Scale scale = new Scale();
    for (Map.Entry<String, Curve> curve : CURVES.entrySet()) {
      if (settings.curves().contains(curve.getKey())) {
        curve.getValue().measure(settings, scale::print);
      }
    }
    System.out.printf("%n%d of %d goals met%n", scale.met, scale.judged);
    System.exit(0);
  }

  private void print(Finding finding) {
    Boolean reached = finding.met();
    if (reached != null) {
      judged++;
      met += reached ? 1 : 0;
    }
    System.out.println(finding.line());
  }
}
