package dev.runnel.experiments.cli;

import dev.runnel.autodiff.DType;
import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.modules.CellFactory;
import dev.runnel.experiments.modules.ModelFactory;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.modules.Verdict;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.train.Session;
import dev.runnel.models.Size;
import dev.runnel.ssm.Range;
import dev.runnel.ssm.Solver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "list", description = "Lists what is bound: " + ListCommand.ALL + ".")
final class ListCommand implements Callable<Integer> {
  static final String ALL =
      "models, cells, datasets, solvers, backends, optimisers, schedules, metrics, callbacks";

  /** The size that a config has unless it says otherwise. */
  private static final Size DEFAULT = new Size(3, 8, 64, 64, 2);

  private final Common common;

  @Parameters(index = "0", paramLabel = "WHAT", description = "One of " + ALL + ".")
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
          case "models" -> models(registry);
          case "cells" -> cells(registry.cells());
          case "solvers" -> entries(registry.solvers(), s -> s.summary());
          case "backends" -> entries(registry.backends(), b -> b.summary());
          case "optimisers" -> entries(registry.optimisers(), o -> o.summary());
          case "schedules" -> entries(registry.schedules(), s -> s.summary());
          case "metrics" -> entries(registry.metrics(), m -> m.summary());
          case "callbacks" -> entries(registry.callbacks(), c -> c.summary());
          case "datasets" -> {
            var all = entries(registry.datasets(), d -> d.summary());
            common.catalogue(data).archive().names().forEach(name -> all.add(entry(name, "files")));
            yield all;
          }
          default ->
              throw new IllegalArgumentException(
                  "list: one of %s expected, '%s' came%s".formatted(
                      ALL, what, Nearest.hint(what, List.of(ALL.split(", ")))));
        };
    if (json) {
      common.console().results(entries, true);
    } else {
      common.console().out().print(table(entries));
    }
    return 0;
  }

  /** Aligned columns; with their names on top where there are more than a name and a summary. */
  private static String table(List<Map<String, Object>> entries) {
    var rows = new ArrayList<List<String>>();
    if (!entries.isEmpty() && entries.getFirst().size() > 2) {
      rows.add(List.copyOf(entries.getFirst().keySet()));
    }
    entries.forEach(e -> rows.add(e.values().stream().map(String::valueOf).toList()));
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        line.append(row.get(column)).repeat(' ', width - row.get(column).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** With the numbers of a model of the default size, for 3 channels and 8 classes. */
  private static List<Map<String, Object>> models(Registry registry) {
    var entries = new ArrayList<Map<String, Object>>();
    registry.models().forEach(
        (name, factory) -> {
          var entry = entry(name, factory.summary());
          entry.put("paper", factory.paper());
          entry.put("parameters", parameters(factory));
          entry.put("complexity", factory.complexity());
          entry.put("streams", factory.isStreaming());
          entry.put("cell", factory.cell());
          entry.put(
              "stability",
              factory.cell().equals(ModelFactory.NO_CELL)
                  ? "-"
                  : stability(Registry.find("model " + name, registry.cells(), factory.cell()), Verdict.USUAL));
          entries.add(entry);
        });
    return entries;
  }

  /** With what is proved of their Jacobians. */
  private static List<Map<String, Object>> cells(Map<String, CellFactory> bound) {
    var entries = new ArrayList<Map<String, Object>>();
    bound.forEach(
        (name, factory) -> {
          var entry = entry(name, factory.summary());
          entry.put("inputs in [-3, 3]", stability(factory, Verdict.USUAL));
          entry.put("any inputs", stability(factory, Verdict.ANY));
          entries.add(entry);
        });
    return entries;
  }

  private static String stability(CellFactory factory, Range inputs) {
    try {
      return Verdict.text(Verdict.of(factory, inputs));
    } catch (IllegalArgumentException e) { // of a cell that another jar brings
      return "unknown: " + OneLine.of(e);
    }
  }

  private static long parameters(ModelFactory factory) {
    var model = factory.create(DEFAULT, Solver.sequential(), Map.of());
    return Session.declared(model, DType.F32, DEFAULT.channels()).parameters().values().stream()
        .mapToLong(p -> p.shape().size())
        .sum();
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
