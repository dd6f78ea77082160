package dev.runnel.experiments.report;

import dev.runnel.experiments.config.Binder;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.run.Provenance;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.study.State;
import dev.runnel.experiments.study.StudyView;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a study is, how far it is, and where its numbers come from. */
final class Facts {
  private Facts() {}

  /** Names and what they are. */
  static Map<String, String> of(StudyView study) {
    var facts = new LinkedHashMap<String, String>();
    var trials = study.trials();
    if (!trials.isEmpty()) {
      facts.put("trials", "%d: %s".formatted(trials.size(), Arrays.stream(State.values())
          .filter(state -> study.count(state) > 0).map(state -> study.count(state) + " " + state)
          .collect(Collectors.joining(", "))));
      facts.put("seeds", distinct(trials, trial -> Long.toString(trial.seed())));
      facts.put("learnt", distinct(trials, trial -> learnt(trial.config())));
      facts.put("trained", distinct(trials, trial -> trained(trial.config())));
    }
    if (!study.plan().code().isEmpty()) {
      facts.put("code", study.plan().code());
    }
    var from = new ArrayList<Provenance>();
    for (var trial : trials) {
      if (Files.isRegularFile(trial.run().resolve("run.json"))) {
        try (var folder = RunFolder.read(trial.run())) {
          from.add(folder.provenance());
        } catch (RuntimeException e) {
          facts.put("damaged", OneLine.of(e));
        }
      }
    }
    if (!from.isEmpty()) {
      facts.put("commit", distinct(from, p -> p.git() == null ? "none"
          : p.git().commit() + (p.git().dirty() ? ", with changes" : "")));
      facts.put("machine", distinct(from, p -> "%s, %d cores; %s; Java %s; Runnel %s".formatted(p.machine().cpu(),
          p.machine().cores(), p.versions().os(), p.versions().java(), p.versions().runnel())));
      facts.put("data", distinct(from, p -> "%s, sha256 %s".formatted(p.data().name(), p.data().sha256())));
      var begun = from.stream().map(Provenance::started).sorted().toList();
      facts.put("begun", begun.getFirst().equals(begun.getLast()) ? begun.getFirst()
          : "from %s to %s".formatted(begun.getFirst(), begun.getLast()));
    }
    return facts;
  }

  /** Lines on what did not end well, or not yet. */
  static List<String> warnings(StudyView study) {
    var lines = new ArrayList<String>();
    long open = study.count(State.WAITING) + study.count(State.RUNNING) + study.count(State.PAUSED)
        + study.count(State.LOST);
    if (open > 0) {
      lines.add("Not finished: %d of %d trials have no result yet.".formatted(open, study.trials().size()));
    }
    for (var trial : study.trials()) {
      if (trial.state() == State.FAILED || trial.state() == State.LOST || trial.state() == State.NONFINITE) {
        lines.add("%s seed %d%s %s: %s".formatted(trial.arm(), trial.seed(),
            trial.point().isEmpty() ? "" : " at " + trial.point(), trial.state(),
            Objects.requireNonNullElse(trial.why(), "its process ended without a word")));
      }
    }
    return lines;
  }

  /** Settings in which arms differ, a column each, with each arm's value; none where all are alike. */
  static List<List<String>> arms(StudyView study) {
    var configs = new LinkedHashMap<String, Map<String, String>>();
    for (var trial : study.trials()) {
      configs.computeIfAbsent(trial.arm(), _ -> flat(Binder.unbind(trial.config())));
    }
    var keys = configs.values().stream().flatMap(config -> config.keySet().stream()).distinct().sorted()
        .filter(key -> !key.equals("name") && !key.equals("seed"))
        .filter(key -> configs.values().stream().map(config -> config.getOrDefault(key, "-")).distinct().count() > 1)
        .toList();
    if (keys.isEmpty()) {
      return List.of();
    }
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<>(List.of("arm"));
    head.addAll(keys);
    rows.add(head);
    configs.forEach((arm, config) -> {
      var row = new ArrayList<>(List.of(arm));
      keys.forEach(key -> row.add(config.getOrDefault(key, "-")));
      rows.add(row);
    });
    return rows;
  }

  private static Map<String, String> flat(Map<?, ?> values) {
    var flat = new TreeMap<String, String>();
    values.forEach((key, value) -> {
      if (value instanceof Map<?, ?> inner) {
        flat(inner).forEach((name, text) -> flat.put(key + "." + name, text));
      } else {
        flat.put(String.valueOf(key), String.valueOf(value));
      }
    });
    return flat;
  }

  private static String learnt(TrialConfig config) {
    return "%s, %s split".formatted(config.data().name(), config.data().split());
  }

  private static String trained(TrialConfig config) {
    var train = config.train();
    return "%d epochs%s, batches of %d, %s at %s, %s".formatted(train.epochs(),
        train.patience() > 0 ? " at most (patience " + train.patience() + ")" : "", train.batch(),
        train.optimiser().name(), train.optimiser().rate(), train.dtype());
  }

  /** Different values, the first ones where there are many. */
  private static <T> String distinct(List<T> all, Function<T, String> value) {
    var values = all.stream().map(value).distinct().toList();
    int most = 12;
    return values.stream().limit(most).collect(Collectors.joining("; "))
        + (values.size() > most ? "; and %d more".formatted(values.size() - most) : "");
  }
}
