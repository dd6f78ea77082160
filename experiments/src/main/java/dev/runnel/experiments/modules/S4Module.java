package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Direction;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s4.S4;
import dev.runnel.models.s4.S4d;
import dev.runnel.models.s4.S4dModel;
import dev.runnel.models.s4.Spectrum;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** S4 and S4D: models {@code s4} and {@code s4d}, cell {@code s4d} with 64 states a channel. */
public final class S4Module extends AbstractModule {
  private static final int STATES = 64;

  /**
   * What a config may say of {@code s4d}.
   *
   * @param spectrum what A begins with
   * @param spectra how many A there are, which divides H; 0 for one a channel
   * @param discretisation from continuous time to steps
   * @param dtMin step sizes begin log-uniform between this
   * @param dtMax and this
   * @param direction forward, or both ways
   * @param dropout share of features dropped in training
   */
  public record Options(
      Spectrum spectrum, int spectra, Discretisation discretisation, double dtMin, double dtMax, Direction direction,
      double dropout) {}

  /**
   * What a config may say of {@code s4}.
   *
   * @param spectra how many A, B and P there are, which divides H; 0 for one a channel
   * @param dtMin step sizes begin log-uniform between this
   * @param dtMax and this
   * @param direction forward, or both ways
   * @param dropout share of features dropped in training
   */
  public record LowRankOptions(int spectra, double dtMin, double dtMax, Direction direction, double dropout) {}

  @Override
  protected void configure() {
    var models = MapBinder.newMapBinder(binder(), String.class, ModelFactory.class);
    models.addBinding("s4").toInstance(
        new BoundModel(
            "S4: diagonal plus low rank, by its kernel; a recurrence on streams", "Gu et al. 2022, arXiv 2111.00396",
            "T (H^2 + H N + H log T)", ModelFactory.NO_CELL, true, S4Module::lowRank));
    models
        .addBinding("s4d")
        .toInstance(
            new BoundModel(
                "S4D: a diagonal state space a channel, N states each", "Gu et al. 2022, arXiv 2206.11893",
                "T (H^2 + H N)", "s4d", true, S4Module::model));
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class)
        .addBinding("s4d")
        .toInstance(
            new BoundCell("S4D's recurrence on complex states, 64 a channel (Gu et al. 2022)",
                channels -> new S4d(channels, STATES)));
  }

  private static Model lowRank(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", new LowRankOptions(0, 0.001, 0.1, Direction.FORWARD, 0.1), options);
    BoundModel.withoutScan("s4", solver);
    var spectra = chosen.spectra() == 0 ? size.hidden() : chosen.spectra();
    var cell = new S4(size.hidden(), size.state(), spectra, chosen.dtMin(), chosen.dtMax());
    return S4dModel.of(size, new S4dModel.S4Layer(cell, chosen.direction()), chosen.dropout());
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    var usual = new Options(Spectrum.LEGS, 0, Discretisation.ZOH, 0.001, 0.1, Direction.FORWARD, 0.1);
    var chosen = Binder.bindOptions("model.options", usual, options);
    var cell =
        new S4d(
            size.hidden(), size.state(), chosen.spectra() == 0 ? size.hidden() : chosen.spectra(), chosen.spectrum(),
            chosen.discretisation(), chosen.dtMin(), chosen.dtMax());
    return S4dModel.of(size, cell, chosen.direction(), chosen.dropout(), solver);
  }
}
