package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.simd.SimdBackend;
import dev.runnel.autodiff.tornado.Accelerator;
import dev.runnel.autodiff.tornado.AcceleratorBackend;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.generate.Generators;
import dev.runnel.datasets.motion.Gestures;
import dev.runnel.ssm.Solver;
import java.util.function.IntFunction;

/** Backends, solvers, and datasets that need no files. */
public final class CoreModule extends AbstractModule {
  /** Stretches that the named solver makes: a result's bits don't depend on the threads. */
  private static final int SEGMENTS = 16;

  /** Of ELK's filter: small enough to damp where |J| > 1, large enough for a pass to leave a thousandth of an error. */
  private static final double NOISE = 1e3;

  @Override
  protected void configure() {
    var engines = MapBinder.newMapBinder(binder(), String.class, EngineFactory.class);
    engine(engines, "reference", "the oracle: interprets the tape in double, slowly", threads -> new Oracle());
    engine(
        engines,
        "simd",
        "generated Vector API kernels and OpenBLAS on the CPU",
        threads -> new PlannedEngine(new SimdBackend(threads)));
    engines.addBinding("tornado").toInstance(new Tornado());
    var solvers = MapBinder.newMapBinder(binder(), String.class, SolverFactory.class);
    solver(solvers, "sequential", "step by step, one fused loop that walks time", workers -> Solver.sequential());
    solver(solvers, "newton", "Newton's method on the whole trajectory, O(log T) deep", workers -> Solver.newton());
    solver(
        solvers,
        "elk",
        "newton with ELK's damping, noise %.0e".formatted(NOISE),
        workers -> Solver.elk(NOISE));
    solver(
        solvers,
        "segmented",
        "%d stretches stepped at once, their first states by Newton's method".formatted(SEGMENTS),
        workers -> Solver.segmented(SEGMENTS));
    solver(solvers, "auto", "sequential or segmented, by shape and configured threads", Solver::auto);
    var datasets = MapBinder.newMapBinder(binder(), String.class, DatasetSource.class);
    datasets.addBinding("gestures").toInstance(Gestures.standard());
    Generators.standard().forEach((name, source) -> datasets.addBinding(name).toInstance(source));
  }

  private static void solver(
      MapBinder<String, SolverFactory> solvers, String name, String summary, IntFunction<Solver> make) {
    solvers.addBinding(name).toInstance(new Named(summary, make));
  }

  private record Named(String summary, IntFunction<Solver> make) implements SolverFactory {
    @Override
    public Solver create(int workers) {
      return make.apply(workers);
    }
  }

  private static void engine(
      MapBinder<String, EngineFactory> engines, String name, String summary, IntFunction<Engine> make) {
    engines.addBinding(name).toInstance(new Made(summary, make));
  }

  private record Made(String summary, IntFunction<Engine> make) implements EngineFactory {
    @Override
    public Engine create(int threads, String device, String dump) {
      return make.apply(threads);
    }
  }

  private record Tornado() implements EngineFactory {
    @Override
    public String summary() {
      return "generated TornadoVM kernels on a GPU, in a build with TornadoVM";
    }

    @Override
    public Engine create(int threads, String device, String dump) {
      return new PlannedEngine(new AcceleratorBackend(Accelerator.provider().open(device, dump)));
    }
  }
}
