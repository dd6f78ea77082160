package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.experiments.config.Binder;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.mamba.Mamba;
import dev.runnel.models.mamba.Mamba2Block;
import dev.runnel.models.mamba.MambaBlock;
import dev.runnel.models.mamba.S6;
import dev.runnel.models.mamba.Ssd;
import dev.runnel.ssm.Solver;
import java.math.BigInteger;
import java.util.Map;

/** Selective state-space models: {@code mamba}, {@code mamba2}, {@code s6}; cells {@code s6} and {@code ssd} with 16 states a
 * channel. */
public final class MambaModule extends AbstractModule {
  private static final int STATES = 16;
  private static final String COMPLEXITY = "T (H^2 + H N)";

  /**
   * What a config may say of {@code mamba}.
   *
   * @param expand channels of the scan for each of a block
   * @param conv steps that the convolution sees
   * @param rank of the step sizes' map; 0 for a sixteenth of H, rounded up
   */
  public record MambaOptions(int expand, int conv, int rank) {
    /** Checks the values. */
    public MambaOptions {
      atLeast("expand", 1, expand);
      atLeast("conv", 1, conv);
      atLeast("rank", 0, rank);
    }
  }

  /**
   * What a config may say of {@code mamba2}.
   *
   * @param expand channels of the scan for each of a block
   * @param conv steps that the convolution sees
   * @param headWidth channels a head; 0 for 64, or the largest divisor of 64 that divides all
   */
  public record Mamba2Options(int expand, int conv, int headWidth) {
    /** Checks the values. */
    public Mamba2Options {
      atLeast("expand", 1, expand);
      atLeast("conv", 1, conv);
      atLeast("headWidth", 0, headWidth);
    }
  }

  /**
   * What a config may say of {@code s6}.
   *
   * @param dropout share of numbers dropped in training
   */
  public record S6Options(double dropout) {
    /** Checks the values. */
    public S6Options {
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("dropout: in [0, 1) expected, came " + dropout);
      }
    }
  }

  private static void atLeast(String key, int least, int value) {
    if (value < least) {
      throw new IllegalArgumentException("%s: at least %d expected, came %d".formatted(key, least, value));
    }
  }

  @Override
  protected void configure() {
    var models = MapBinder.newMapBinder(binder(), String.class, ModelFactory.class);
    models.addBinding("mamba").toInstance(
        new BoundModel(
            "Mamba: selective scan, short convolution and gate in each block", "Gu, Dao 2023, arXiv 2312.00752",
            COMPLEXITY, "s6", true, MambaModule::mamba));
    models.addBinding("mamba2").toInstance(
        new BoundModel(
            "Mamba-2: one decay a head, by the same scan", "Dao, Gu 2024, arXiv 2405.21060", COMPLEXITY, "ssd",
            true, MambaModule::mamba2));
    models.addBinding("s6").toInstance(
        new BoundModel(
            "S6 alone: the selective scan of Mamba in batch-normed blocks with a gated linear unit",
            "Gu, Dao 2023, arXiv 2312.00752; blocks of Walker et al. 2024", COMPLEXITY, "s6", true, MambaModule::s6));
    var cells = MapBinder.newMapBinder(binder(), String.class, CellFactory.class);
    cells.addBinding("s6").toInstance(
        new BoundCell("selective scan of Mamba, 16 states a channel (Gu, Dao 2023)", d -> new S6(d, STATES)));
    cells.addBinding("ssd").toInstance(
        new BoundCell(
            "selective scan of Mamba-2, one head, 16 states a channel (Dao, Gu 2024)", d -> new Ssd(1, d, STATES),
            d -> d + 2 * STATES + 1));
  }

  private static Model mamba(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", new MambaOptions(2, 4, 0), options);
    return Mamba.classifier(
        size, new MambaBlock(size.state(), chosen.expand(), chosen.conv(), chosen.rank(), solver));
  }

  private static Model mamba2(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", new Mamba2Options(2, 4, 0), options);
    int channels = Math.multiplyExact(chosen.expand(), size.hidden());
    int width =
        chosen.headWidth() > 0
            ? chosen.headWidth()
            : BigInteger.valueOf(64).gcd(BigInteger.valueOf(channels)).intValueExact();
    if (channels % width != 0) {
      throw new IllegalArgumentException(
          "model.options: headWidth: a divisor of %d expected, came %d".formatted(channels, width));
    }
    return Mamba.classifier(size, new Mamba2Block(size.state(), chosen.expand(), chosen.conv(), width, solver));
  }

  private static Model s6(Size size, Solver solver, Map<String, Object> options) {
    var chosen = Binder.bindOptions("model.options", new S6Options(0.1), options);
    return Mamba.s6(size, chosen.dropout(), solver);
  }
}
