package dev.runnel.experiments.study;

import com.google.inject.Module;
import com.google.inject.util.Modules;
import dev.runnel.experiments.config.Binder;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.DataConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.modules.Experiment;
import dev.runnel.experiments.store.Sha256;
import dev.runnel.experiments.train.Trials;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Arms x points x seeds over a base.
 *
 * <pre>{@code
 * var view = Study.of("elastance", "gestures")
 *     .arm("asymmetric")
 *     .arm("symmetric", "model.options.elastance=symmetric")
 *     .over(Axes.of("train.optimiser.rate", 1e-3, 3e-3))
 *     .seeds(0, 1, 2)
 *     .run(Path.of("studies/elastance"));
 * }</pre>
 *
 * <p>{@link #run} does what is missing: a trial whose config, data and code have a result in the folder is not run again,
 * and one that was broken off goes on from its checkpoint, to the same bits.
 *
 * @param name what reports call it
 * @param base a trial's config: a file or a shipped name
 * @param settings {@code key=value} each, over the base of all arms
 * @param arms what is compared; none is one arm that is the base
 * @param axes points at which each arm is tried
 * @param seeds of each point
 * @param rules retries and limits
 * @param halving rungs of successive halving, or null
 */
public record Study(String name, String base, List<String> settings, List<Arm> arms, Axes axes, List<Long> seeds,
    Rules rules, @Nullable Halving halving) {
  private static final JsonMapper CANONICAL =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  /** Checks the values; copies the lists. */
  public Study {
    settings = List.copyOf(settings);
    arms = List.copyOf(arms);
    seeds = List.copyOf(seeds);
    if (name.isBlank() || name.chars().anyMatch(c -> c < ' ' || c == '/' || c == '\\') || name.startsWith(".")) {
      throw new IllegalArgumentException("name: a plain name expected, came '%s'".formatted(name.strip()));
    }
    if (seeds.isEmpty() || seeds.stream().distinct().count() < seeds.size()) {
      throw new IllegalArgumentException("seeds: one or more, no two alike, expected, came " + seeds);
    }
    if (arms.stream().map(Arm::name).distinct().count() < arms.size()) {
      throw new IllegalArgumentException("arms: names, no two alike, expected, came "
          + arms.stream().map(Arm::name).toList());
    }
  }

  /**
   * What is compared.
   *
   * @param source its config
   */
  public record Arm(String name, Source source) {}

  /** An arm's config. */
  @FunctionalInterface
  public interface Source {
    /** With these settings over all others. */
    TrialConfig trial(List<String> settings);
  }

  /** Without arms, axes or settings of its own; one seed, 0. */
  public static Study of(String name, String base, String... settings) {
    return new Study(name, base, List.of(settings), List.of(), Axes.NONE, List.of(0L), Rules.STANDARD, null);
  }

  /** With an arm: settings over the study's. */
  public Study arm(String arm, String... set) {
    return and(arm, base, List.of(set));
  }

  /**
   * With an arm that is a module laid over the study's base: what it binds of {@link Experiment}'s goes over all settings.
   */
  public Study arm(String arm, Module module) {
    return and(new Arm(arm, more -> Experiment.trial(
        Modules.override(Experiment.of(base, join(settings, more).toArray(String[]::new))).with(module))));
  }

  /** With an arm over another base. */
  Study and(String arm, String from, List<String> set) {
    return and(new Arm(arm, more -> Configs.trial(from, join(settings, set, more))));
  }

  /** With an arm. */
  public Study and(Arm arm) {
    var more = new ArrayList<>(arms);
    more.add(arm);
    return new Study(name, base, settings, more, axes, seeds, rules, halving);
  }

  /** Over these axes, multiplied with those that are there. */
  public Study over(Axes more) {
    return new Study(name, base, settings, arms, axes.times(more), seeds, rules, halving);
  }

  /** With these seeds. */
  public Study seeds(long... chosen) {
    return new Study(name, base, settings, arms, axes, Arrays.stream(chosen).boxed().toList(), rules, halving);
  }

  /** With retries and limits. */
  public Study with(Rules chosen) {
    return new Study(name, base, settings, arms, axes, seeds, chosen, halving);
  }

  /** With rungs of successive halving. */
  public Study with(Halving chosen) {
    return new Study(name, base, settings, arms, axes, seeds, rules, chosen);
  }

  /**
   * Its trials. Reads the data, for their hash, and makes each model once, to refuse now what would fail later.
   *
   * @param over {@code key=value} settings over all others
   */
  public Plan plan(Trials trials, List<String> over) {
    String code = CodeVersion.current().hash();
    var sources = new HashMap<DataConfig, Trials.Source>();
    var planned = new ArrayList<Plan.Trial>();
    for (Arm arm : arms.isEmpty() ? List.of(new Arm("base", set -> Configs.trial(base, join(settings, set)))) : arms) {
      for (Axes.Point point : axes.points()) {
        for (long seed : seeds) {
          var trial = arm.source.trial(join(point.settings(), List.of("seed=" + seed), over));
          var source = sources.computeIfAbsent(trial.data(), trials::source);
          // What a model refuses is refused before the first trial starts.
          trials.registry().model(trial.model(), source.channels(), source.classes(), 1);
          String key = Sha256.of(CANONICAL.writeValueAsString(identity(trial)) + source.hash() + code);
          planned.add(
              new Plan.Trial(key, arm.name, point.toString(), trial.seed(), source.hash(), Configs.render(trial)));
        }
      }
    }
    return new Plan(name, code, rules, halving, planned);
  }

  /** Runs what is missing, a trial at a time, without a word, on the data that {@link Trials#standard} finds. */
  public StudyView run(Path folder) {
    var trials = Trials.standard();
    return plan(trials, List.of()).run(folder, 1, Workplace.here(trials), StudyProgress.SILENT);
  }

  /** All of a config that its result depends on: neither what it is called, nor how many threads of which device run it. */
  static Map<String, Object> identity(TrialConfig trial) {
    Map<String, Object> values = new TreeMap<>(Binder.unbind(trial));
    values.remove("name");
    values.put("backend", trial.backend().name());
    return values;
  }

  @SafeVarargs
  private static List<String> join(List<String>... parts) {
    return Arrays.stream(parts).flatMap(List::stream).toList();
  }
}
