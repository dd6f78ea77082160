package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Sampling;
import dev.runnel.models.Size;
import dev.runnel.models.dense.DenseGru;
import dev.runnel.models.dense.DenseLrc;
import dev.runnel.models.dense.DenseLstm;
import dev.runnel.models.dense.DenseLtc;
import dev.runnel.models.dense.DenseMgu;
import dev.runnel.models.dense.DenseRnn;
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
import dev.runnel.ssm.Contractive;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Solver;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The LrcSSM family: model {@code lrcssm}, cells {@code lrc}, {@code stc} and {@code ltc}. */
public final class LrcModule extends AbstractModule {

  /**
   * What a config may always say of {@code lrcssm}; what else it may, depends on it.
   *
   * @param cell the recurrence: LRC, STC and LTC take {@link Lrc.Options}, {@code complex} takes {@link
   *     ComplexOptions}, dense LRC takes {@link DenseLrc.Options}, dense LTC {@link DenseLtcOptions}, dense GRU {@link
   *     DenseGruOptions}, the others nothing
   * @param contractive what |dx_t/dx_(t-1)| is held to, by {@link Contractive}; 0 for the cell as published
   */
  public record Options(Kind cell, double contractive) {
    /** Checks the values. */
    public Options {
      if (!(contractive >= 0 && contractive < 1)) {
        throw new IllegalArgumentException("contractive: from 0 to less than 1 expected, came " + contractive);
      }
    }

    Cell hold(Cell free) {
      return contractive == 0 ? free : Contractive.of(free, contractive);
    }

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
      RNN,
      /** The original LRC, STC and LTC: a synapse for each pair of states. */
      DENSE_LRC,
      /** LTC with one layer of sigmoids. */
      DENSE_LTC,
      DENSE_GRU,
      DENSE_MGU,
      DENSE_LSTM,
      DENSE_RNN
    }
  }

  /**
   * What a config may say of {@code lrcssm} with {@code cell = complex}.
   *
   * @param parts which parameters are complex
   * @param readout whether what makes states real is trained
   */
  public record ComplexOptions(ComplexLrc.Parts parts, ComplexLrcLayer.Readout readout) {}

  /** What a config may say of {@code lrcssm} with {@code cell = dense-gru}. */
  public record DenseGruOptions(DenseGru.Reset reset) {}

  /**
   * What a config may say of {@code lrcssm} with {@code cell = dense-ltc}.
   *
   * @param unfolds fused steps a step of the sequence
   * @param dt length of a step of the sequence
   */
  public record DenseLtcOptions(int unfolds, double dt) {}

  /** A cell without options. */
  record NoOptions() {}

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("lrcssm")
        .toInstance(
            new BoundModel(
                "LrcSSM as its published code runs it", "Farsang et al. 2025, arXiv 2505.21717", "T (H^2 + H N)", "lrc",
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
    for (var key : List.of("cell", "contractive")) {
      if (rest.containsKey(key)) {
        named.put(key, rest.remove(key));
      }
    }
    var held = Binder.bindOptions("model.options", new Options(Options.Kind.LRC, 0), named);
    int d = size.state();
    return switch (held.cell()) {
      case LRC -> lrc(size, held, Lrc.Neuron.LRC, Lrc.Options.LRC, rest, solver);
      case STC -> lrc(size, held, Lrc.Neuron.STC, Lrc.Options.LRC, rest, solver);
      case LTC -> lrc(size, held, Lrc.Neuron.LTC, Lrc.Options.LTC, rest, solver);
      case COMPLEX -> {
        var published = new ComplexOptions(ComplexLrc.Parts.G_K_A_B, ComplexLrcLayer.Readout.FIXED);
        var chosen = Binder.bindOptions("model.options", published, rest);
        yield new LrcSsm(
            size, new ComplexLrcLayer(new ComplexLrc(d, chosen.parts()), chosen.readout(), solver), Sampling.EVEN);
      }
      case GRU -> plain(size, held.hold(new Gru(d)), rest, solver);
      case MGU -> plain(size, held.hold(new Mgu(d)), rest, solver);
      case LSTM -> plain(size, held.hold(new Lstm(d)), rest, solver);
      case MINGRU -> plain(size, held.hold(new MinGru(d)), rest, solver);
      case RNN -> plain(size, held.hold(new Rnn(d)), rest, solver);
      case DENSE_LRC -> dense(size, held, new DenseLrc(d, chosen(DenseLrc.Options.LRC, rest)), solver);
      case DENSE_LTC -> {
        var usual = new DenseLtc(d);
        var solved = chosen(new DenseLtcOptions(usual.unfolds(), usual.dt()), rest);
        yield dense(size, held, new DenseLtc(d, solved.unfolds(), solved.dt()), solver);
      }
      case DENSE_GRU ->
          dense(
              size, held, new DenseGru(d, chosen(new DenseGruOptions(DenseGru.Reset.AFTER), rest).reset()), solver);
      case DENSE_MGU -> dense(size, held, without(rest, new DenseMgu(d)), solver);
      case DENSE_LSTM -> dense(size, held, without(rest, new DenseLstm(d)), solver);
      case DENSE_RNN -> dense(size, held, without(rest, new DenseRnn(d)), solver);
    };
  }

  private static Model lrc(
      Size size, Options held, Lrc.Neuron neuron, Lrc.Options usual, Map<String, Object> options, Solver solver) {
    var chosen = Binder.bindOptions("model.options", usual, options);
    return new LrcSsm(size, held.hold(new Lrc(size.state(), neuron, chosen)), solver);
  }

  private static Model plain(Size size, Cell cell, Map<String, Object> options, Solver solver) {
    return new LrcSsm(size, without(options, cell), solver);
  }

  private static <C> C without(Map<String, Object> options, C cell) {
    chosen(new NoOptions(), options);
    return cell;
  }

  private static <R extends Record> R chosen(R usual, Map<String, Object> options) {
    return Binder.bindOptions("model.options", usual, options);
  }

  private static Model dense(Size size, Options held, DenseCell cell, Solver solver) {
    if (held.contractive() != 0) {
      throw new IllegalArgumentException(
          "contractive: 0 expected, came %s; %s has a full Jacobian, which nothing here bounds"
              .formatted(held.contractive(), held.cell().name().toLowerCase(Locale.ROOT).replace('_', '-')));
    }
    var scan = DenseScan.of(cell).withSolver(solver);
    return new LrcSsm(size, (p, x, lengths) -> scan.run(p, x, lengths, null).output(), Sampling.EVEN);
  }
}
