package dev.runnel.experiments.cli;

import dev.runnel.datasets.Card;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Duplicates;
import dev.runnel.datasets.Shift;
import dev.runnel.datasets.Split;
import dev.runnel.experiments.config.DataConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "describe",
    description = "A dataset's card; channels that repeat others; rows that come more than once, and in which parts.")
final class DataDescribe implements Callable<Integer> {
  private final Common common;

  @Mixin private final DataCommand.Chosen chosen = new DataCommand.Chosen();

  @Option(names = "--split", paramLabel = "SPLIT", description = "Look for leaks in this split, as configs name it.")
  private @Nullable String split;

  @Option(names = "--seed", paramLabel = "N", description = "Of the split; ${DEFAULT-VALUE} by default.")
  private long seed = 2345;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  DataDescribe(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    chosen.with(common, data -> common.console().result(described(data), json));
    return 0;
  }

  private Map<String, Object> described(Dataset data) {
    var result = card(Card.of(data));
    result.put("constant_channels", Shift.constant(data));
    var shifts = Shift.find(data);
    result.put("shifted_channels",
        json ? shifts.stream().map(s -> Map.of("channel", s.channel(), "of", s.of(), "lag", s.lag())).toList()
            : shifts.stream().map(s -> "%d is %d moved by %d".formatted(s.channel(), s.of(), s.lag())).toList());
    var duplicates = Duplicates.of(data);
    result.put("duplicate_rows", duplicates.surplus());
    result.put("duplicates", duplicates.groups());
    result.put("contradicting", duplicates.contradicting(data));
    var checked = split == null ? parts(data)
        : common.trials(chosen.folder()).split(new DataConfig(data.name(), split, false, false), data, seed);
    result.put("split", split == null ? "the data's own" : split);
    result.put("leaking", checked == null ? List.of() : duplicates.leaking(checked));
    return result;
  }

  /** The data's own parts, or null if there is but one. */
  private static @Nullable Split parts(Dataset data) {
    int test = data.trainRows() + data.validationRows();
    return data.trainRows() == 0 || data.trainRows() == data.size() ? null
        : new Split(IntStream.range(0, data.trainRows()).toArray(),
            IntStream.range(data.trainRows(), test).toArray(), IntStream.range(test, data.size()).toArray());
  }

  static Map<String, Object> card(Card card) {
    var result = new LinkedHashMap<String, Object>();
    result.put("name", card.name());
    result.put("source", card.origin().source());
    result.put("licence", card.origin().licence());
    result.put("rows", card.rows());
    result.put("train", card.train());
    result.put("validation", card.validation());
    result.put("test", card.test());
    result.put("channels", card.channels());
    var lengths = new LinkedHashMap<String, Object>();
    lengths.put("least", card.lengths().least());
    lengths.put("lower_quartile", card.lengths().lowerQuartile());
    lengths.put("median", card.lengths().median());
    lengths.put("upper_quartile", card.lengths().upperQuartile());
    lengths.put("most", card.lengths().most());
    lengths.put("mean", card.lengths().mean());
    result.put("lengths", lengths);
    result.put("target", card.target().name().toLowerCase(Locale.ROOT));
    result.put("classes", card.classes());
    result.put("symbols", card.symbols());
    result.put("values", card.values());
    result.put("missing", card.missing());
    result.put("rows_with_missing", card.rowsWithMissing());
    result.put("precision", card.precision().name().toLowerCase(Locale.ROOT));
    result.put("time_stamps", card.timeStamps());
    result.put("sha256", card.sha256());
    return result;
  }
}
