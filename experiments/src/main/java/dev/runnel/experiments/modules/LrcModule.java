package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Sampling;
import dev.runnel.models.Size;
import dev.runnel.models.gated.Gru;
import dev.runnel.models.gated.Lstm;
import dev.runnel.models.gated.Mgu;
import dev.runnel.models.gated.MinGru;
import dev.runnel.models.gated.Rnn;
import dev.runnel.models.lrc.ComplexLrc;
import dev.runnel.models.lrc.ComplexLrcLayer;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.LrcSsm;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Solver;
import java.util.HashMap;
import java.util.Map;

/** The LrcSSM family: model {@code lrcssm}, cells {@code lrc}, {@code stc} and {@code ltc}. */
public final class LrcModule extends AbstractModule {

  /**
   * What a config may always say of {@code lrcssm}; what else it may, depends on it.
   *
   * @param cell the recurrence: LRC, STC and LTC take {@link Lrc.Options}, {@code complex} takes {@link
   *     ComplexOptions}, the others nothing
   */
  public record Options(Kind cell) {
    /** The recurrences there are. */
    public enum Kind {
      LRC,
      STC,
      LTC,
      /** LRC with complex states. */
      COMPLEX,
      GRU,
      MGU,
      LSTM,
      MINGRU,
      RNN
    }
  }

  /**
   * What a config may say of {@code lrcssm} with {@code cell = complex}.
   *
   * @param parts which parameters are complex
   * @param readout whether what makes states real is trained
   */
  public record ComplexOptions(ComplexLrc.Parts parts, ComplexLrcLayer.Readout readout) {}

  /** A cell without options. */
  record NoOptions() {}

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("lrcssm")
        .toInstance(
            new BoundModel(
                "LrcSSM as its published code runs it", "Farsang et al. 2025, arXiv 2505.21717", "T (H^2 + H N)",
                true, LrcModule::model));
    var cells = MapBinder.newMapBinder(binder(), String.class, CellFactory.class);
    cells.addBinding("lrc").toInstance(
        new BoundCell(
            "liquid-resistance, liquid-capacitance cell with a diagonal Jacobian (Farsang et al. 2025)", Lrc::new));
    cells.addBinding("stc").toInstance(
        new BoundCell("saturated liquid time constant: LRC without elastance (Farsang et al. 2025)",
            d -> new Lrc(d, Lrc.Neuron.STC, Lrc.Options.LRC)));
    cells.addBinding("ltc").toInstance(
        new BoundCell("liquid time constant, diagonal, semi-implicit (Hasani et al. 2021; Farsang et al. 2025)",
            d -> new Lrc(d, Lrc.Neuron.LTC, Lrc.Options.LTC)));
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    var rest = new HashMap<>(options);
    var named = new HashMap<String, Object>();
    if (rest.containsKey("cell")) {
      named.put("cell", rest.remove("cell"));
    }
    int d = size.state();
    return switch (Binder.bindOptions("model.options", new Options(Options.Kind.LRC), named).cell()) {
      case LRC -> lrc(size, Lrc.Neuron.LRC, Lrc.Options.LRC, rest, solver);
      case STC -> lrc(size, Lrc.Neuron.STC, Lrc.Options.LRC, rest, solver);
      case LTC -> lrc(size, Lrc.Neuron.LTC, Lrc.Options.LTC, rest, solver);
      case COMPLEX -> {
        var published = new ComplexOptions(ComplexLrc.Parts.G_K_A_B, ComplexLrcLayer.Readout.FIXED);
        var chosen = Binder.bindOptions("model.options", published, rest);
        yield new LrcSsm(
            size, new ComplexLrcLayer(new ComplexLrc(d, chosen.parts()), chosen.readout(), solver), Sampling.EVEN);
      }
      case GRU -> plain(size, new Gru(d), rest, solver);
      case MGU -> plain(size, new Mgu(d), rest, solver);
      case LSTM -> plain(size, new Lstm(d), rest, solver);
      case MINGRU -> plain(size, new MinGru(d), rest, solver);
      case RNN -> plain(size, new Rnn(d), rest, solver);
    };
  }

  private static Model lrc(
      Size size, Lrc.Neuron neuron, Lrc.Options usual, Map<String, Object> options, Solver solver) {
    var chosen = Binder.bindOptions("model.options", usual, options);
    return new LrcSsm(size, new Lrc(size.state(), neuron, chosen), solver);
  }

  private static Model plain(Size size, Cell cell, Map<String, Object> options, Solver solver) {
    Binder.bindOptions("model.options", new NoOptions(), options);
    return new LrcSsm(size, cell, solver);
  }
}
