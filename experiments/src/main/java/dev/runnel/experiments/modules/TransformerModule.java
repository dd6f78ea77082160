package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.attention.MultiHead;
import dev.runnel.models.attention.MultiHead.Positions;
import dev.runnel.models.attention.Transformer;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** A Transformer encoder to compare with: model {@code transformer}. */
public final class TransformerModule extends AbstractModule {

  /**
   * What a config may say of {@code transformer}.
   *
   * @param heads must divide H
   * @param block queries at a time, which memory grows with
   * @param causal whether a step reads no later one
   * @param positions rotary, or none for sinusoids added by the encoder
   * @param dropout share of numbers dropped in training
   */
  public record Options(int heads, int block, boolean causal, Positions positions, double dropout) {
    /** Checks the values. */
    public Options {
      if (heads < 1) {
        throw new IllegalArgumentException("heads: 1 or more expected, came " + heads);
      }
      if (block < 1) {
        throw new IllegalArgumentException("block: 1 or more expected, came " + block);
      }
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("dropout: in [0, 1) expected, came " + dropout);
      }
    }
  }

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class).addBinding("transformer").toInstance(
        new BoundModel(
            "Transformer encoder, attention in blocks of queries", "Vaswani et al. 2017, arXiv 1706.03762",
            "T (H^2 + T H)", ModelFactory.NO_CELL, false, TransformerModule::model));
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    BoundModel.withoutScan("transformer", solver);
    var chosen =
        Binder.bindOptions("model.options", new Options(4, 64, false, Positions.ROTARY, 0.1), options);
    var attention = new MultiHead(chosen.heads(), chosen.block(), chosen.causal(), chosen.positions());
    return Transformer.of(size, attention, chosen.dropout());
  }
}
