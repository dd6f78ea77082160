package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Direction;
import dev.runnel.models.Model;
import dev.runnel.models.Sampling;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s5.Conjugates;
import dev.runnel.models.s5.S5;
import dev.runnel.models.s5.S5Model;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** S5: model and cell {@code s5}. */
public final class S5Module extends AbstractModule {

  /**
   * What a config may say of {@code s5}.
   *
   * @param blocks parts that the N states begin as, each of an even number
   * @param conjugates whether the second state of a conjugate pair is stored
   * @param discretisation from continuous time to steps
   * @param sampling whether the last channel holds each step's interval
   * @param dtMin step sizes begin log-uniform between this
   * @param dtMax and this
   * @param direction forward, or both ways
   * @param glu gate after the recurrence
   * @param dropout share of features dropped in training
   */
  public record Options(
      int blocks, Conjugates conjugates, Discretisation discretisation, Sampling sampling, double dtMin, double dtMax,
      Direction direction, Glu.Form glu, double dropout) {}

  @Override
  protected void configure() {
    MapBinder.newMapBinder(binder(), String.class, ModelFactory.class)
        .addBinding("s5")
        .toInstance(
            new BoundModel(
                "S5: one diagonal state space of many inputs and outputs", "Smith et al. 2023, arXiv 2208.04933",
                "T (H^2 + H N)", "s5", true, S5Module::model));
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class)
        .addBinding("s5")
        .toInstance(
            new BoundCell("S5's recurrence on complex states, conjugates not stored (Smith et al. 2023)",
                states -> new S5(2 * states)));
  }

  private static Model model(Size size, Solver solver, Map<String, Object> options) {
    var usual =
        new Options(
            1, Conjugates.IMPLIED, Discretisation.ZOH, Sampling.EVEN, 0.001, 0.1, Direction.FORWARD, Glu.Form.HALF,
            0.1);
    var chosen = Binder.bindOptions("model.options", usual, options);
    var cell =
        new S5(
            size.state(), chosen.blocks(), chosen.conjugates(), chosen.discretisation(), chosen.sampling(),
            chosen.dtMin(), chosen.dtMax());
    return S5Model.of(size, cell, chosen.direction(), chosen.glu(), chosen.dropout(), solver);
  }
}
