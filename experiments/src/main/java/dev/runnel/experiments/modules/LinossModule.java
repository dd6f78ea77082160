package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.linoss.Linoss;
import dev.runnel.models.linoss.LinossModel;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** LinOSS: model and cell {@code linoss}. */
public final class LinossModule extends AbstractModule {

  /**
   * What a config may say of {@code linoss}.
   *
   * @param scheme how a step is taken
   * @param dropout share of numbers dropped in training
   */
  public record Options(Linoss.Scheme scheme, double dropout) {}

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("linoss")
        .toInstance(
            new BoundModel(
                "LinOSS: forced harmonic oscillators, implicit or implicit-explicit",
                "Rusch, Rus 2025, arXiv 2410.03943", "T (H^2 + H N)", "linoss", true, LinossModule::model));
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class)
        .addBinding("linoss")
        .toInstance(new BoundCell("oscillators with position and velocity, implicit (Rusch, Rus 2025)", Linoss::new));
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", new Options(Linoss.Scheme.IM, 0.05), options);
    return LinossModel.of(size, new Linoss(size.state(), chosen.scheme()), chosen.dropout(), solver);
  }
}
