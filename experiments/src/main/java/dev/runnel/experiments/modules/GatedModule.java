package dev.runnel.experiments.modules;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.models.gated.Gru;
import dev.runnel.models.gated.Lstm;
import dev.runnel.models.gated.Mgu;
import dev.runnel.models.gated.MinGru;
import dev.runnel.models.gated.Rnn;
import dev.runnel.ssm.Cell;
import java.util.function.IntFunction;

/** Gated networks made diagonal: cells {@code gru}, {@code mgu}, {@code lstm}, {@code mingru} and {@code rnn}. */
public final class GatedModule extends AbstractModule {

  @Override
  protected void configure() {
    cell("gru", "gated recurrent unit, diagonal (Cho et al. 2014)", Gru::new);
    cell("mgu", "minimal gated unit, diagonal (Zhou et al. 2016)", Mgu::new);
    cell("lstm", "long short-term memory, diagonal (Hochreiter, Schmidhuber 1997)", Lstm::new);
    cell("mingru", "GRU whose gates read inputs alone (Feng et al. 2024)", MinGru::new);
    cell("rnn", "tanh recurrent network, diagonal (Elman 1990)", Rnn::new);
  }

  private void cell(String name, String summary, IntFunction<Cell> maker) {
    MapBinder.newMapBinder(binder(), String.class, CellFactory.class)
        .addBinding(name)
        .toInstance(new BoundCell(summary, maker));
  }
}
