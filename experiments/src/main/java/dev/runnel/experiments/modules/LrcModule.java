package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.LrcSsm;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Contractive;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** The LrcSSM family: model {@code lrcssm}, cell {@code lrc}. */
public final class LrcModule extends AbstractModule {

  /**
   * What a config may say of {@code lrcssm}.
   *
   * @param elastance {@code asymmetric} as published, or {@code symmetric}
   * @param dt step of the Euler rule
   * @param contractive what |dx_t/dx_(t-1)| is held to, by {@link Contractive}; 0 for the cell as published
   */
  public record Options(Lrc.Elastance elastance, double dt, double contractive) {
    /** Checks the values. */
    public Options {
      if (!(dt > 0 && dt < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("dt: more than 0 expected, came " + dt);
      }
      if (!(contractive >= 0 && contractive < 1)) {
        throw new IllegalArgumentException(
            "contractive: from 0 to less than 1 expected, came " + contractive);
      }
    }

    Cell cell(int states) {
      var free = new Lrc(states, elastance, dt);
      return contractive == 0 ? free : Contractive.of(free, contractive);
    }
  }

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("lrcssm")
        .toInstance(new LrcSsmFactory());
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class).addBinding("lrc").toInstance(new LrcFactory());
  }

  private record LrcSsmFactory() implements ModelFactory {
    @Override
    public String summary() {
      return "LrcSSM as its published code runs it (Farsang et al. 2025)";
    }

    @Override
    public Model create(Size size, Solver solver, Map<String, Object> options) {
      var chosen =
          Binder.bindOptions("model.options", new Options(Lrc.Elastance.ASYMMETRIC, 1, 0), options);
      return new LrcSsm(size, chosen::cell, solver);
    }
  }

  private record LrcFactory() implements CellFactory {
    @Override
    public String summary() {
      return "liquid-resistance, liquid-capacitance cell with a diagonal Jacobian (Farsang et al. 2025)";
    }

    @Override
    public Cell create(int states) {
      return new Lrc(states);
    }
  }
}
