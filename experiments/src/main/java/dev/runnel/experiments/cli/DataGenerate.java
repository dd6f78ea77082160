package dev.runnel.experiments.cli;

import dev.runnel.autodiff.memory.Memory;
import dev.runnel.datasets.ArrowFile;
import dev.runnel.datasets.Card;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.Storage;
import dev.runnel.experiments.config.Binder;
import dev.runnel.experiments.modules.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "generate", description = "Makes a dataset up, exactly the same for the same seed.")
final class DataGenerate implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "NAME", description = "What 'list datasets' calls generated.")
  private String name = "";

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One of its sizes; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--seed", paramLabel = "N", description = "Of all that is drawn.")
  private @Nullable Long seed;

  @Option(names = "--as", paramLabel = "NAME", description = "The new dataset's name; its own by default.")
  private @Nullable String as;

  @Option(names = "--out", paramLabel = "DIR", required = true,
      description = "Where datasets lie: it goes to DIR/NAME/NAME.arrow.")
  private @Nullable Path out;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  DataGenerate(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var called = as == null ? name : as;
    if (!called.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,99}")) {
      throw new IllegalArgumentException("--as: a name of letters, digits, - and _ expected, came '" + called + "'");
    }
    var folder = Objects.requireNonNull(out).resolve(called);
    try (var allocator = Memory.exact();
        var made = source().load(allocator, Storage.standard())) {
      var file = folder.resolve(called + ArrowFile.SUFFIX);
      ArrowFile.write(made, file);
      var result = new LinkedHashMap<String, Object>();
      result.put("file", file.toString());
      result.putAll(DataDescribe.card(Card.of(made)));
      common.console().result(result, json);
    }
    return 0;
  }

  /** The source with the sizes that were asked for. */
  private DatasetSource source() {
    var source = Registry.find("dataset", common.registry().datasets(), name);
    Map<String, Object> options = new LinkedHashMap<>();
    for (String setting : settings) {
      var parts = setting.split("=", 2);
      if (parts.length != 2 || parts[0].isBlank()) {
        throw new IllegalArgumentException("--set: KEY=VALUE expected, came '" + setting + "'");
      }
      options.put(parts[0].strip(), number(parts[1].strip()));
    }
    if (seed != null) {
      options.put("seed", seed);
    }
    if (options.isEmpty()) {
      return source;
    }
    if (!(source instanceof Record sizes)) {
      throw new IllegalArgumentException(name + ": a generated dataset expected, this one has no sizes");
    }
    return (DatasetSource) Binder.bindOptions("generate " + name, sizes, options);
  }

  private static Object number(String text) {
    try {
      return text.matches("-?\\d{1,18}") ? (Object) Long.valueOf(text) : Double.valueOf(text);
    } catch (NumberFormatException e) {
      return text;
    }
  }
}
