package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.lru.Lru;
import dev.runnel.models.lru.LruModel;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** The linear recurrent unit: model and cell {@code lru}. */
public final class LruModule extends AbstractModule {

  /**
   * What a config may say of {@code lru}.
   *
   * @param rMin eigenvalues begin on the ring from this radius
   * @param rMax to this one
   * @param maxPhase and with phases up to this
   * @param dropout share of features dropped in training
   */
  public record Options(double rMin, double rMax, double maxPhase, double dropout) {}

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("lru")
        .toInstance(
            new BoundModel(
                "linear recurrent unit: complex diagonal recurrence, batch norm, gated linear unit",
                "Orvieto et al. 2023, arXiv 2303.06349", "T (H^2 + H N)", "lru", true, LruModule::model));
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class)
        .addBinding("lru")
        .toInstance(new BoundCell("linear recurrent unit on complex states (Orvieto et al. 2023)", Lru::new));
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", new Options(0, 1, 6.28, 0.1), options);
    var cell = new Lru(size.state(), chosen.rMin(), chosen.rMax(), chosen.maxPhase());
    return LruModel.of(size, cell, chosen.dropout(), solver);
  }
}
