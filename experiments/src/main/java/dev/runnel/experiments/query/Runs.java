package dev.runnel.experiments.query;

import dev.runnel.experiments.config.Binder;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.run.Scans;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.study.StudyView;
import dev.runnel.experiments.study.TrialView;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads runs' folders into tables. */
final class Runs {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> RESULT = List.of("test_accuracy", "test_loss", "validation_accuracy", "best_epoch",
      "epochs", "steps", "seconds", "ms_per_step", "parameters", "planned_bytes");

  private final Table runs = new Table("runs",
      "run VARCHAR", "study VARCHAR", "arm VARCHAR", "point VARCHAR", "planned BOOLEAN", "state VARCHAR", "why VARCHAR",
      "name VARCHAR", "seed BIGINT", "model VARCHAR", "data VARCHAR", "split VARCHAR", "hidden INTEGER",
      "state_size INTEGER", "layers INTEGER", "solver VARCHAR", "optimiser VARCHAR", "rate DOUBLE", "batch INTEGER",
      "most_epochs INTEGER", "config JSON", "test_accuracy DOUBLE", "test_loss DOUBLE", "validation_accuracy DOUBLE",
      "best_epoch INTEGER", "epochs INTEGER", "steps BIGINT", "seconds DOUBLE", "ms_per_step DOUBLE",
      "parameters BIGINT", "planned_bytes BIGINT", "result JSON", "commit VARCHAR", "started TIMESTAMP", "cpu VARCHAR", "cores INTEGER",
      "java VARCHAR", "runnel VARCHAR", "data_sha256 VARCHAR");
  private final Table metrics = new Table("metrics",
      "run VARCHAR", "epoch INTEGER", "step BIGINT", "train_loss DOUBLE", "train_accuracy DOUBLE",
      "validation_loss DOUBLE", "validation_accuracy DOUBLE", "gradient_norm DOUBLE", "seconds DOUBLE");
  private final Table scans = new Table("scans",
      "run VARCHAR", "epoch INTEGER", "scan INTEGER", "largest DOUBLE", "above1 DOUBLE", "iterations DOUBLE",
      "bound DOUBLE", "finished DOUBLE");

  private final Map<Path, Map<Path, List<TrialView>>> studies = new HashMap<>();
  private final Consumer<String> say;

  private Runs(Consumer<String> say) {
    this.say = say;
  }

  /** Tables of all runs below folders; one line is said of each that can't be read, and of no other file. */
  static List<Table> tables(List<Path> folders, Consumer<String> say) {
    var all = new Runs(say);
    var found = new TreeMap<Path, Path>(); // by real path: folders may lie in one another
    folders.forEach(folder -> all.find(folder, found));
    found.values().forEach(all::read);
    return List.of(all.runs, all.metrics, all.scans);
  }

  private void find(Path folder, Map<Path, Path> found) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(folder + ": a folder with runs expected, came none");
    }
    try {
      Files.walkFileTree(folder, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult preVisitDirectory(Path place, BasicFileAttributes attributes) throws IOException {
          if (!Files.isRegularFile(place.resolve("config.conf"))) {
            return FileVisitResult.CONTINUE;
          }
          found.putIfAbsent(place.toRealPath(), place);
          return FileVisitResult.SKIP_SUBTREE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path place, IOException e) {
          say.accept(OneLine.of(AtomicFile.failed(place, "read", e)));
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (IOException e) {
      throw AtomicFile.failed(folder, "listed", e);
    }
  }

  private void read(Path run) {
    try (var read = RunFolder.read(run)) {
      var row = row(run, read);
      var epochs = epochs(run, read);
      var looks = looks(run);
      for (var belongs : belonging(run, read)) {
        var each = new LinkedHashMap<String, @Nullable Object>(row);
        each.putAll(belongs);
        runs.add(each);
      }
      epochs.forEach(metrics::add);
      looks.forEach(scans::add);
    } catch (RuntimeException e) {
      say.accept(OneLine.of(e));
    }
  }

  /** Study, arm and point, once for each trial of the plan that the run is of; trials that are the same share one. */
  private List<Map<String, @Nullable Object>> belonging(Path run, RunFolder read) {
    var alone = TrialView.ofRun(run);
    if (alone == null) {
      var row = new LinkedHashMap<String, @Nullable Object>();
      row.put("state", read.done() ? "DONE" : "UNFINISHED");
      return List.of(row);
    }
    Path real = run.toAbsolutePath().normalize();
    Path study = real.resolve("../../..").normalize();
    var planned = studies.computeIfAbsent(study, this::planned).getOrDefault(real, List.of());
    if (planned.isEmpty()) {
      return List.of(belongs(alone.study(), alone.view(), false));
    }
    return planned.stream().map(trial -> belongs(alone.study(), trial, true)).toList();
  }

  private static Map<String, @Nullable Object> belongs(String study, TrialView trial, boolean planned) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("study", study);
    row.put("arm", trial.arm());
    row.put("point", trial.point());
    row.put("planned", planned);
    row.put("state", trial.state().toString());
    row.put("why", trial.why());
    return row;
  }

  private Map<Path, List<TrialView>> planned(Path study) {
    var trials = new HashMap<Path, List<TrialView>>();
    try {
      for (var trial : StudyView.read(study).trials()) {
        trials.computeIfAbsent(trial.run().toAbsolutePath().normalize(), _ -> new ArrayList<>()).add(trial);
      }
    } catch (RuntimeException e) {
      say.accept(OneLine.of(e));
    }
    return trials;
  }

  private static Map<String, @Nullable Object> row(Path run, RunFolder read) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    var config = read.config();
    row.put("run", run.toString());
    row.put("name", config.name());
    row.put("seed", config.seed());
    row.put("model", config.model().name());
    row.put("data", config.data().name());
    row.put("split", config.data().split());
    row.put("hidden", config.model().hidden());
    row.put("state_size", config.model().state());
    row.put("layers", config.model().layers());
    row.put("solver", config.model().solver());
    row.put("optimiser", config.train().optimiser().name());
    row.put("rate", config.train().optimiser().rate());
    row.put("batch", config.train().batch());
    row.put("most_epochs", config.train().epochs());
    row.put("config", JSON.writeValueAsString(Binder.unbind(config)));
    if (read.done()) {
      JsonNode result = read.result();
      for (var entry : result.properties()) {
        if (RESULT.contains(entry.getKey()) || entry.getKey().startsWith("test_")) {
          row.put(entry.getKey(), entry.getValue().isNumber() ? entry.getValue().numberValue() : null);
        }
      }
      row.put("result", result.toString());
    }
    var from = read.provenance();
    row.put("commit", from.git() == null ? null : from.git().commit());
    row.put("started", from.started().replace("Z", ""));
    row.put("cpu", from.machine().cpu());
    row.put("cores", from.machine().cores());
    row.put("java", from.versions().java());
    row.put("runnel", from.versions().runnel());
    row.put("data_sha256", from.data().sha256());
    return row;
  }

  private static List<Map<String, @Nullable Object>> epochs(Path run, RunFolder read) {
    var rows = new ArrayList<Map<String, @Nullable Object>>();
    for (var epoch : read.metrics().rows()) {
      var row = new LinkedHashMap<String, @Nullable Object>();
      row.put("run", run.toString());
      row.put("epoch", epoch.epoch());
      row.put("step", epoch.step());
      row.put("train_loss", epoch.trainLoss());
      row.put("train_accuracy", epoch.trainAccuracy());
      row.put("validation_loss", epoch.validationLoss());
      row.put("validation_accuracy", epoch.validationAccuracy());
      row.put("gradient_norm", epoch.gradientNorm());
      row.put("seconds", epoch.seconds());
      epoch.further().forEach((name, value) -> row.put("validation_" + name, value));
      rows.add(row);
    }
    return rows;
  }

  private static List<Map<String, @Nullable Object>> looks(Path run) {
    var rows = new ArrayList<Map<String, @Nullable Object>>();
    for (var look : Scans.of(run).rows()) {
      var row = new LinkedHashMap<String, @Nullable Object>();
      row.put("run", run.toString());
      row.put("epoch", look.epoch());
      row.put("scan", look.scan());
      row.put("largest", look.largest());
      row.put("above1", look.above1());
      row.put("iterations", look.iterations());
      row.put("bound", look.bound());
      row.put("finished", look.finished());
      rows.add(row);
    }
    return rows;
  }
}
