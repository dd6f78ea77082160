package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.LayerNorm;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.liquid.Guard;
import dev.runnel.models.liquid.Liquid;
import dev.runnel.models.liquid.LiquidS4;
import dev.runnel.models.liquid.LiquidPublished;
import dev.runnel.models.liquid.LiquidSeries;
import dev.runnel.models.liquid.Start;
import dev.runnel.ssm.Solver;
import java.util.Locale;
import java.util.Map;

/** Liquid-S4: model {@code liquid-s4}, cell {@code liquid} with 16 states a channel. */
public final class LiquidModule extends AbstractModule {
  private static final int STATES = 16;

  /**
   * What a config may say of {@code liquid-s4}.
   *
   * @param form which terms of products of inputs
   * @param degree of the last term, where not all are meant
   * @param guard against states that grow
   * @param start frequencies that states begin with
   * @param dtMin step sizes begin log-uniform between this
   * @param dtMax and this
   * @param norm of each block
   * @param order where it stands
   * @param dropout share of features dropped in training
   */
  public record Options(
      Form form,
      int degree,
      Guard guard,
      Start start,
      double dtMin,
      double dtMax,
      Norm norm,
      Residual.Order order,
      double dropout) {
    /** Which terms. */
    public enum Form {
      EXACT,
      TRUNCATED,
      PB,
      /** Exact, with S4's low-rank part; asks for {@code guard = none}, since nothing bounds it. */
      LOW_RANK,
      /** What the published code computes: not causal, and with a part that is not trained. */
      PUBLISHED_PB,
      /** The same on shifted products. */
      PUBLISHED_PB_SHIFTED,
      PUBLISHED_KB;

      boolean isScan() {
        return switch (this) {
          case EXACT, TRUNCATED, PB -> true;
          case LOW_RANK, PUBLISHED_PB, PUBLISHED_PB_SHIFTED, PUBLISHED_KB -> false;
        };
      }
    }

    /** The norms there are. */
    public enum Norm {
      BATCH,
      LAYER
    }

    /** Checks the values. */
    public Options {
      if (degree < 1 || degree > 16) {
        throw new IllegalArgumentException("degree: from 1 to 16 expected, came " + degree);
      }
      if (!(dtMin > 0)) {
        throw new IllegalArgumentException("dtMin: more than 0 expected, came " + dtMin);
      }
      if (!(dtMax >= dtMin && dtMax < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("dtMax: at least dtMin expected, came " + dtMax);
      }
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("dropout: in [0, 1) expected, came " + dropout);
      }
    }

    static Options usual() {
      return new Options(
          Form.EXACT, 3, Guard.CLAMP, Start.LIN, 0.001, 0.1, Norm.BATCH, Residual.Order.PRE, 0.1);
    }
  }

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("liquid-s4")
        .toInstance(
            new BoundModel(
                "Liquid-S4: diagonal S4 whose decay reads the input, exact and causal",
                "Hasani, Lechner et al. 2022, arXiv 2209.12951", "T (H^2 + H N)", "liquid", true, LiquidModule::model));
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class)
        .addBinding("liquid")
        .toInstance(
            new BoundCell(
                "Liquid-S4's recurrence on complex states, 16 a channel (Hasani, Lechner et al. 2022)",
                d -> new Liquid(d, STATES)));
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", Options.usual(), options);
    var cell =
        new Liquid(size.hidden(), size.state(), chosen.start(), chosen.dtMin(), chosen.dtMax(), chosen.guard());
    if (chosen.form() == Options.Form.LOW_RANK && chosen.guard() != Guard.NONE) {
      throw new IllegalArgumentException(
          "model.options.guard: none expected with form = low-rank, %s came; nothing bounds its growth"
              .formatted(chosen.guard().name().toLowerCase(Locale.ROOT)));
    }
    if (!chosen.form().isScan()) {
      BoundModel.withoutScan("liquid-s4 of this form", solver);
    }
    var recurrence =
        switch (chosen.form()) {
          case LOW_RANK -> new LiquidS4.LowRankLayer(cell);
          case PUBLISHED_PB -> new LiquidPublished(cell, LiquidPublished.Terms.PB, chosen.degree());
          case PUBLISHED_PB_SHIFTED -> new LiquidPublished(cell, LiquidPublished.Terms.PB_SHIFTED, chosen.degree());
          case PUBLISHED_KB -> new LiquidPublished(cell, LiquidPublished.Terms.KB, chosen.degree());
          case EXACT -> LiquidS4.exact(cell, solver);
          case TRUNCATED -> new LiquidSeries(cell, LiquidSeries.Terms.TRUNCATED, chosen.degree(), solver);
          case PB -> new LiquidSeries(cell, LiquidSeries.Terms.PB, chosen.degree(), solver);
        };
    var norm = chosen.norm() == Options.Norm.BATCH ? new BatchNorm() : new LayerNorm();
    return LiquidS4.classifier(size, recurrence, norm, chosen.order(), chosen.dropout());
  }
}
