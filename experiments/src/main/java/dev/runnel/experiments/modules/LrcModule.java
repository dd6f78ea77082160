package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.LrcSsm;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** The LrcSSM family: model {@code lrcssm}, cell {@code lrc}. */
public final class LrcModule extends AbstractModule {

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
      return "LrcSSM as its published code runs it";
    }

    @Override
    public String paper() {
      return "Farsang et al. 2025, arXiv 2505.21717";
    }

    @Override
    public String complexity() {
      return "T (H^2 + H N)";
    }

    @Override
    public boolean isStreaming() {
      return true;
    }

    @Override
    public Model create(Size size, Solver solver, Map<String, Object> options) {
      var chosen = Binder.bindOptions("model.options", Lrc.Options.LRC, options);
      return new LrcSsm(size, d -> new Lrc(d, chosen), solver);
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
