package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.experiments.config.OptimiserConfig;
import dev.runnel.experiments.train.Callback;
import dev.runnel.experiments.train.Course;
import dev.runnel.experiments.train.Observe;
import dev.runnel.experiments.train.Sgd;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Optimisers {@code adam}, {@code adamw} and {@code sgd}, schedules {@code constant} and {@code cosine}, the metrics of
 * {@link Measure}, and the callback {@code observe}.
 */
public final class TrainingModule extends AbstractModule {
  private static final Adam ADAM = new Adam(0.9, 0.999, 1e-8);

  private record Rule(String summary, Function<OptimiserConfig, Optimiser.Rule> make) implements OptimiserFactory {
    @Override
    public Optimiser.Rule create(OptimiserConfig config) {
      return make.apply(config);
    }
  }

  private record Told(String summary, Supplier<Callback> make) implements CallbackFactory {
    @Override
    public Callback create() {
      return make.get();
    }
  }

  private record Along(String summary, boolean falls) implements ScheduleFactory {
    @Override
    public Optimiser.Schedule create(OptimiserConfig.Schedule config, int warmup, int steps) {
      return new Course(warmup, falls ? steps : 0, config.least());
    }
  }

  @Override
  protected void configure() {
    var optimisers = MapBinder.newMapBinder(binder(), String.class, OptimiserFactory.class);
    optimisers.addBinding("adam").toInstance(new Rule("Adam (Kingma and Ba 2015), without decay", c -> ADAM));
    optimisers.addBinding("adamw")
        .toInstance(new Rule("Adam with decoupled weight decay (Loshchilov and Hutter 2019)", c -> ADAM));
    optimisers.addBinding("sgd")
        .toInstance(new Rule("gradient descent with momentum (Polyak 1964)", c -> new Sgd(c.momentum())));
    var schedules = MapBinder.newMapBinder(binder(), String.class, ScheduleFactory.class);
    schedules.addBinding("constant").toInstance(new Along("the rate stays after its warm-up", false));
    schedules.addBinding("cosine")
        .toInstance(new Along("half a cosine down after its warm-up (Loshchilov and Hutter 2017)", true));
    var metrics = MapBinder.newMapBinder(binder(), String.class, Metric.class);
    for (var measure : Measure.values()) {
      metrics.addBinding(measure.named()).toInstance(measure);
    }
    MapBinder.newMapBinder(binder(), String.class, CallbackFactory.class).addBinding("observe")
        .toInstance(new Told("scans.arrow: each epoch's Jacobians and solver passes on validation rows", Observe::new));
  }
}
