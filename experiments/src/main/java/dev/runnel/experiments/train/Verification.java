package dev.runnel.experiments.train;

import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.Provenance;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run that was trained again.
 *
 * @param sameMachine whether processor, Java and operating system are those of the run; bits are promised there
 * @param sameBits whether weights and every epoch's metrics are the run's
 * @param accuracy on the test part, of the run
 * @param again on the test part, of the second training
 */
public record Verification(boolean sameMachine, boolean sameBits, double accuracy, double again) {

  /**
   * Trains a run that is over once more, in a folder that is removed again.
   *
   * @throws IllegalArgumentException if it is not over, or its data have changed
   */
  public static Verification of(Path run, Trials trials, Progress progress, Stop stop) {
    try (var first = RunFolder.read(run)) {
      if (!first.done()) {
        throw new IllegalArgumentException(run + ": a run that is over expected, it is not; train --resume it first");
      }
      var from = first.provenance();
      String hash = trials.source(first.config().data()).data();
      if (!hash.equals(from.data().sha256())) {
        throw new IllegalArgumentException("%s: data with sha256 %s expected, '%s' has %s; nothing can be compared"
            .formatted(run, from.data().sha256(), from.data().name(), hash));
      }
      Path folder = Files.createTempDirectory("runnel-verify");
      try {
        Path second = folder.resolve("run");
        var outcome = trials.train(first.config(), second, progress, List.of("evaluate", "--verify"), stop);
        boolean machine = from.machine().cpu().equals(Provenance.currentMachine().cpu())
            && from.versions().java().equals(Provenance.currentVersions().java())
            && from.versions().os().equals(Provenance.currentVersions().os());
        boolean bits = Files.mismatch(run.resolve("weights.safetensors"), second.resolve("weights.safetensors")) < 0
            && timeless(run).equals(timeless(second));
        return new Verification(machine, bits, Outcome.of(first.result(), run).testAccuracy(), outcome.testAccuracy());
      } finally {
        remove(folder);
      }
    } catch (IOException e) {
      throw AtomicFile.failed(run, "trained again", e);
    }
  }

  /** Rows without what the clock says. */
  private static List<EpochMetrics> timeless(Path run) {
    try (var folder = RunFolder.read(run)) {
      return folder.metrics().rows().stream().map(row -> new EpochMetrics(row.epoch(), row.step(), row.trainLoss(),
          row.trainAccuracy(), row.validationLoss(), row.validationAccuracy(), row.gradientNorm(), 0, row.further()))
          .toList();
    }
  }

  private static void remove(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Whether the second training confirms the run: to the bit, or elsewhere within a share of test rows. */
  public boolean holds(double tolerance) {
    return sameBits || (!sameMachine && Math.abs(again - accuracy) <= tolerance);
  }

  /** The names that scripts read. */
  public Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("same_machine", sameMachine);
    json.put("same_bits", sameBits);
    json.put("test_accuracy", accuracy);
    json.put("again", again);
    return json;
  }
}
