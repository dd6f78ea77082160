package dev.runnel.experiments.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "list", description = "Lists what is bound: models, cells, datasets, solvers, backends.")
final class ListCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "WHAT", description = "models, cells, datasets, solvers or backends")
  private String what = "";

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private java.nio.file.@org.jspecify.annotations.Nullable Path data;

  @Option(names = "--json", description = "One JSON array on standard output.")
  private boolean json;

  ListCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var registry = common.registry();
    var entries =
        switch (what) {
          case "models" -> entries(registry.models(), m -> m.summary());
          case "cells" -> entries(registry.cells(), c -> c.summary());
          case "solvers" -> entries(registry.solvers(), s -> s.summary());
          case "backends" -> entries(registry.backends(), b -> b.summary());
          case "datasets" -> {
            var all = entries(registry.datasets(), d -> d.summary());
            common.catalogue(data).archive().names().forEach(name -> all.add(entry(name, "files")));
            yield all;
          }
          default ->
              throw new IllegalArgumentException(
                  "list: one of models, cells, datasets, solvers, backends expected, '%s' came".formatted(what));
        };
    common.console().results(entries, json);
    return 0;
  }

  private static <T> List<Map<String, Object>> entries(Map<String, T> bound, Function<T, String> summary) {
    var entries = new ArrayList<Map<String, Object>>();
    bound.forEach((name, value) -> entries.add(entry(name, summary.apply(value))));
    return entries;
  }

  private static Map<String, Object> entry(String name, String summary) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("name", name);
    entry.put("summary", summary);
    return entry;
  }
}
