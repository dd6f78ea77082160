package dev.runnel.experiments.modules;

import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Module;
import dev.runnel.autodiff.Engine;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.config.BackendConfig;
import dev.runnel.experiments.config.ModelConfig;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.ssm.Solver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** All that is bound, by name. */
public final class Registry {
  private final Map<String, ModelFactory> models;
  private final Map<String, CellFactory> cells;
  private final Map<String, SolverFactory> solvers;
  private final Map<String, EngineFactory> backends;
  private final Map<String, DatasetSource> datasets;

  @Inject
  Registry(
      Map<String, ModelFactory> models,
      Map<String, CellFactory> cells,
      Map<String, SolverFactory> solvers,
      Map<String, EngineFactory> backends,
      Map<String, DatasetSource> datasets) {
    this.models = new TreeMap<>(models);
    this.cells = new TreeMap<>(cells);
    this.solvers = new TreeMap<>(solvers);
    this.backends = new TreeMap<>(backends);
    this.datasets = new TreeMap<>(datasets);
  }

  /** What Runnel ships, and Guice modules that jars on the class path name as services. */
  public static Registry standard() {
    var shipped =
        List.of(
            new CoreModule(), new LrcModule(), new GatedModule(), new LruModule(), new S4Module(), new S5Module(),
            new LinossModule(), new MambaModule(), new LiquidModule(), new TransformerModule());
    var modules = new ArrayList<Module>(shipped);
    ServiceLoader.load(Module.class).forEach(modules::add);
    return of(modules);
  }

  /** What these modules bind. */
  public static Registry of(List<Module> modules) {
    return Guice.createInjector(modules).getInstance(Registry.class);
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
