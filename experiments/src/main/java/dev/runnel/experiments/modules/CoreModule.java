package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.simd.SimdBackend;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.generate.Generators;
import dev.runnel.datasets.motion.Gestures;
import dev.runnel.ssm.Solver;
import java.util.function.IntFunction;

/** Backends, solvers, and datasets that need no files. */
public final class CoreModule extends AbstractModule {

  @Override
  protected void configure() {
    var engines = MapBinder.newMapBinder(binder(), String.class, EngineFactory.class);
    engine(engines, "reference", "the oracle: interprets the tape in double, slowly", threads -> new Oracle());
    engine(
        engines,
        "simd",
        "generated Vector API kernels and OpenBLAS on the CPU",
        threads -> new PlannedEngine(new SimdBackend(threads)));
    MapBinder.newMapBinder(binder(), String.class, SolverFactory.class)
        .addBinding("sequential")
        .toInstance(new Named("step by step, one fused loop that walks time"));
    var datasets = MapBinder.newMapBinder(binder(), String.class, DatasetSource.class);
    datasets.addBinding("gestures").toInstance(Gestures.standard());
    Generators.standard().forEach((name, source) -> datasets.addBinding(name).toInstance(source));
  }

  private record Named(String summary) implements SolverFactory {
    @Override
    public Solver create() {
      return Solver.sequential();
    }
  }

  private static void engine(
      MapBinder<String, EngineFactory> engines, String name, String summary, IntFunction<Engine> make) {
    engines.addBinding(name).toInstance(new Made(summary, make));
  }

  private record Made(String summary, IntFunction<Engine> make) implements EngineFactory {
    @Override
    public Engine create(int threads) {
      return make.apply(threads);
    }
  }
}
