package dev.runnel.datasets.generate;

import dev.runnel.datasets.DatasetSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All generators of this package with their standard sizes. */
public final class Generators {
  private Generators() {}

  /** By name. */
  public static Map<String, DatasetSource> standard() {
    Map<String, DatasetSource> byName = new LinkedHashMap<>();
    List.of(Adding.standard(), Copying.standard(), Lorenz.standard(), ListOps.standard(), MackeyGlass.standard(),
            Mqar.standard(), Parity.standard(), SelectiveCopying.standard(), Pathfinder.standard(),
            Pathfinder.pathX())
        .forEach(source -> byName.put(source.name(), source));
    return byName;
  }
}
