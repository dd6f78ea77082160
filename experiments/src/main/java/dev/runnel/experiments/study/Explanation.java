package dev.runnel.experiments.study;

import dev.runnel.experiments.config.TrialConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Why a trial of a study was run, and not taken from those that are there. */
public final class Explanation {
  /** Files named at most; the rest is counted. */
  private static final int MOST_FILES = 8;

  private Explanation() {}

  /**
   * A line a reason: each field of the config, the data or the files of code in which a trial differs from the one before
   * it in the same folder with the same arm, point and seed; and what its journal says.
   *
   * @param study its folder
   * @param key the trial's, or the beginning of it that no other has
   */
  public static List<String> of(Path study, String key) {
    var wanted = find(study, key);
    var trial = wanted.trial();
    var lines = new ArrayList<String>();
    lines.add("%s: arm '%s'%s, seed %d, begun %s".formatted(trial.key(), trial.arm(),
        trial.point().isEmpty() ? "" : " at " + trial.point(), trial.seed(), wanted.time()));
    var reasons = reasons(study, wanted);
    lines.addAll(reasons.isEmpty() ? List.of("  no earlier trial of this arm, point and seed is there") : reasons);
    new TrialFolder(study, trial.key()).journal().events().forEach(event -> lines.add("%s %s by %s%s".formatted(
        event.time(), event.state(), event.process(), event.why() == null ? "" : ": " + event.why())));
    return lines;
  }

  /** In what a trial differs from the newest before it with the same arm, point and seed; nothing where there is none. */
  static List<String> reasons(Path study, Archived now) {
    var trial = now.trial();
    return Archived.all(study).stream()
        .filter(other -> other.time().compareTo(now.time()) < 0 && !other.trial().key().equals(trial.key())
            && other.trial().arm().equals(trial.arm()) && other.trial().point().equals(trial.point())
            && other.trial().seed() == trial.seed())
        .max(Comparator.comparing(Archived::time))
        .map(before -> differences(study, before, now))
        .orElse(List.of());
  }

  private static Archived find(Path study, String key) {
    var found = Archived.all(study).stream().filter(a -> a.trial().key().startsWith(key)).toList();
    if (key.isEmpty() || found.size() != 1) {
      throw new IllegalArgumentException("%s: one trial '%s' expected, %d came; give all of its key, a folder's name in %s"
          .formatted(study, key, found.size(), study.resolve("trials")));
    }
    return found.getFirst();
  }

  private static List<String> differences(Path study, Archived before, Archived now) {
    var lines = new ArrayList<String>();
    changes(fields(before.trial().bound()), fields(now.trial().bound()))
        .forEach((key, change) -> lines.add("  config %s: %s".formatted(key, change)));
    if (!before.trial().data().equals(now.trial().data())) {
      lines.add("  data of %s: %s -> %s".formatted(
          now.trial().bound().data().name(), before.trial().data(), now.trial().data()));
    }
    var files = before.code().equals(now.code()) ? Map.<String, String>of()
        : changes(CodeVersion.read(study, before.code()).files(), CodeVersion.read(study, now.code()).files());
    files.keySet().stream().limit(MOST_FILES).forEach(file -> lines.add("  code " + file + ": " + files.get(file)));
    if (files.size() > MOST_FILES) {
      lines.add("  code: %d files more".formatted(files.size() - MOST_FILES));
    }
    return lines;
  }

  private static Map<String, String> changes(Map<String, String> before, Map<String, String> now) {
    var changes = new TreeMap<String, String>();
    var keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    for (String key : keys) {
      String old = before.getOrDefault(key, "none");
      String young = now.getOrDefault(key, "none");
      if (!old.equals(young)) {
        changes.put(key, old + " -> " + young);
      }
    }
    return changes;
  }

  /** A config's values by dotted key, but for those that a result doesn't depend on. */
  private static Map<String, String> fields(TrialConfig config) {
    var fields = new TreeMap<String, String>();
    flatten("", Study.identity(config), fields);
    return fields;
  }

  private static void flatten(String path, Map<?, ?> values, Map<String, String> fields) {
    values.forEach((key, value) -> {
      String at = path.isEmpty() ? String.valueOf(key) : path + "." + key;
      if (value instanceof Map<?, ?> nested) {
        flatten(at, nested, fields);
      } else {
        fields.put(at, String.valueOf(value));
      }
    });
  }
}
