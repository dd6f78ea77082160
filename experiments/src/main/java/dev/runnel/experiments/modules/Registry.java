package dev.runnel.experiments.modules;

import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Module;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.config.BackendConfig;
import dev.runnel.experiments.config.ModelConfig;
import dev.runnel.experiments.config.OptimiserConfig;
import dev.runnel.experiments.config.TrainConfig;
import dev.runnel.experiments.train.Callback;
import dev.runnel.models.Model;
import dev.runnel.models.ParameterGroup;
import dev.runnel.models.Size;
import dev.runnel.ssm.Solver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** All that is bound, by name. */
public final class Registry {
  private final Map<String, ModelFactory> models;
  private final Map<String, CellFactory> cells;
  private final Map<String, SolverFactory> solvers;
  private final Map<String, EngineFactory> backends;
  private final Map<String, DatasetSource> datasets;
  private final Map<String, OptimiserFactory> optimisers;
  private final Map<String, ScheduleFactory> schedules;
  private final Map<String, Metric> metrics;
  private final Map<String, CallbackFactory> callbacks;

  @Inject
  Registry(
      Map<String, ModelFactory> models,
      Map<String, CellFactory> cells,
      Map<String, SolverFactory> solvers,
      Map<String, EngineFactory> backends,
      Map<String, DatasetSource> datasets,
      Map<String, OptimiserFactory> optimisers,
      Map<String, ScheduleFactory> schedules,
      Map<String, Metric> metrics,
      Map<String, CallbackFactory> callbacks) {
    this.models = new TreeMap<>(models);
    this.cells = new TreeMap<>(cells);
    this.solvers = new TreeMap<>(solvers);
    this.backends = new TreeMap<>(backends);
    this.datasets = new TreeMap<>(datasets);
    this.optimisers = new TreeMap<>(optimisers);
    this.schedules = new TreeMap<>(schedules);
    this.metrics = new TreeMap<>(metrics);
    this.callbacks = new TreeMap<>(callbacks);
  }

  /** What Runnel ships, and Guice modules that jars on the class path name as services. */
  public static Registry standard() {
    var shipped =
        List.of(
            new CoreModule(), new TrainingModule(), new LrcModule(), new GatedModule(), new LruModule(), new S4Module(),
            new S5Module(), new LinossModule(), new MambaModule(), new LiquidModule(), new TransformerModule());
    var modules = new ArrayList<Module>(shipped);
    ServiceLoader.load(Module.class).forEach(modules::add);
    return of(modules);
  }

  /**
   * What these modules bind.
   *
   * @throws IllegalArgumentException in one line, for what is missing or bound twice
   */
  public static Registry of(List<Module> modules) {
    return Bindings.checked(modules, () -> Guice.createInjector(modules).getInstance(Registry.class));
  }

  public Map<String, ModelFactory> models() {
    return models;
  }

  public Map<String, CellFactory> cells() {
    return cells;
  }

  public Map<String, SolverFactory> solvers() {
    return solvers;
  }

  public Map<String, EngineFactory> backends() {
    return backends;
  }

  public Map<String, DatasetSource> datasets() {
    return datasets;
  }

  public Map<String, OptimiserFactory> optimisers() {
    return optimisers;
  }

  public Map<String, ScheduleFactory> schedules() {
    return schedules;
  }

  public Map<String, Metric> metrics() {
    return metrics;
  }

  public Map<String, CallbackFactory> callbacks() {
    return callbacks;
  }

  /**
   * The configured optimiser: the first group of the config that matches a path holds, else the model's.
   *
   * @param steps that training will take at most
   */
  public Optimiser optimiser(OptimiserConfig config, List<ParameterGroup> ofModel, long steps) {
    var rule = find("train.optimiser.name", optimisers, config.name()).create(config);
    double decay = config.weightDecay();
    var optimiser = Optimiser.of(rule, config.rate()).withDecay(decay).withSchedule(schedule(config.schedule(), steps));
    if (config.clip() > 0) {
      optimiser = optimiser.withClip(config.clip());
    }
    for (var group : config.modelGroups() ? ofModel : List.<ParameterGroup>of()) {
      optimiser = optimiser.withGroup(group.pattern(), group.rate(config.rate()), group.decay() * decay);
    }
    for (var group : config.groups().reversed()) {
      double rate = group.rate() == null ? config.rate() : group.rate();
      optimiser = optimiser.withGroup(group.pattern(), rate, group.weightDecay() == null ? decay : group.weightDecay());
    }
    return optimiser;
  }

  private Optimiser.Schedule schedule(OptimiserConfig.Schedule config, long steps) {
    int all = (int) Math.min(Integer.MAX_VALUE, Math.max(1, steps));
    int warmup = (int) (config.warmup() * all);
    return find("train.optimiser.schedule.name", schedules, config.name())
        .create(config, warmup, Math.max(all, warmup + 1));
  }

  /** The configured metrics by name, that which selects among them, and accuracy and loss. */
  public SequencedMap<String, Metric> metrics(TrainConfig config) {
    var chosen = new LinkedHashMap<String, Metric>();
    for (var always : List.of(Measure.ACCURACY, Measure.LOSS)) {
      chosen.put(always.named(), always);
    }
    config.metrics().forEach(name -> chosen.put(name, find("train.metrics", metrics, name)));
    chosen.put(config.select(), find("train.select", metrics, config.select()));
    return chosen;
  }

  /** The configured callbacks, made anew. */
  public List<Callback> callbacks(TrainConfig config) {
    return config.callbacks().stream().map(name -> find("train.callbacks", callbacks, name).create()).toList();
  }

  /** The configured model for data of so many channels and classes, on so many workers. */
  public Model model(ModelConfig config, int channels, int classes, int workers) {
    return find("model", models, config.name())
        .create(
            new Size(channels, classes, config.hidden(), config.state(), config.layers()),
            solver(config, workers),
            config.options());
  }

  /** The configured model's solver. */
  public Solver solver(ModelConfig config, int workers) {
    return find("model.solver", solvers, config.solver()).create(workers);
  }

  /** The configured engine. */
  public Engine engine(BackendConfig config) {
    return find("backend", backends, config.name()).create(config.workers(), config.device(), config.dump());
  }

  /**
   * What has a name.
   *
   * @throws IllegalArgumentException with the nearest name
   */
  public static <T> T find(String what, Map<String, T> bound, String name) {
    var found = bound.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "%s: one of %s expected, '%s' came%s".formatted(what, bound.keySet(), name, Nearest.hint(name, bound.keySet())));
    }
    return found;
  }
}
