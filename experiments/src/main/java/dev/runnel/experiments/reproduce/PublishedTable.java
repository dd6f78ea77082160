package dev.runnel.experiments.reproduce;

import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.config.Configs;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A paper's table, and how to train for each of its figures. Settings of a row go over those of its
 * model, those over its dataset's, those over the table's.
 *
 * @param name the table's
 * @param paper where it stands
 * @param base a trial's config
 * @param measure what its figures are
 * @param set settings over the base
 * @param note where this protocol is another than the published one
 * @param models and their settings
 * @param datasets and their settings
 * @param seeds of each figure
 * @param rows its figures
 */
public record PublishedTable(String name, String paper, String base, Measure measure, List<String> set, String note,
    List<Part> models, List<Part> datasets, List<Long> seeds, List<Row> rows) {
  private static final Configs.Shelf SHIPPED = new Configs.Shelf("tables",
      List.of("lrcssm-table1", "lrcssm-table2", "lrcssm-ablations", "lrcssm-figure2", "liquid-s4-lra", "speed"));

  /** What figures are. */
  public enum Measure {
    /** In per cent. */
    TEST_ACCURACY,
    /** Of the solver, mean over layers, rows and epochs. */
    ITERATIONS,
    /** Of the optimiser. */
    SECONDS_PER_1000_STEPS
  }

  /** A model or a dataset. */
  public record Part(String name, @Nullable List<String> set) {
    List<String> settings() {
      return set == null ? List.of() : set;
    }
  }

  /**
   * A figure.
   *
   * @param mean as published; none where only a picture is
   * @param deviation as published
   * @param set settings of this figure alone
   */
  public record Row(String model, String dataset, @Nullable Double mean, @Nullable Double deviation,
      @Nullable List<String> set) {}

  /** The names of tables that come along. */
  public static List<String> names() {
    return SHIPPED.names();
  }

  /** The table of a file or a shipped name. */
  public static PublishedTable read(String table) {
    return Configs.read(PublishedTable.class, table, SHIPPED);
  }

  /** Checks that rows name models and datasets of the table. */
  public PublishedTable {
    for (Row row : rows) {
      named("model", models, row.model);
      named("dataset", datasets, row.dataset);
    }
  }

  /** Only some of its rows; empty lists stand for all. */
  public PublishedTable only(List<String> someDatasets, List<String> someModels) {
    someDatasets.forEach(dataset -> named("--only", datasets, dataset));
    someModels.forEach(model -> named("--models", models, model));
    return new PublishedTable(name, paper, base, measure, set, note, models, datasets, seeds,
        rows.stream().filter(row -> (someDatasets.isEmpty() || someDatasets.contains(row.dataset))
            && (someModels.isEmpty() || someModels.contains(row.model))).toList());
  }

  /** All settings of a figure. */
  public List<String> settings(Row row) {
    Function<List<String>, java.util.stream.Stream<String>> each = List::stream;
    return java.util.stream.Stream.of(set, named("dataset", datasets, row.dataset).settings(),
        named("model", models, row.model).settings(), row.set == null ? List.<String>of() : row.set).flatMap(each).toList();
  }

  private static Part named(String what, List<Part> parts, String wanted) {
    var names = parts.stream().map(Part::name).toList();
    return parts.stream().filter(part -> part.name.equals(wanted)).findFirst().orElseThrow(() ->
        new IllegalArgumentException("%s: one of %s expected, '%s' came%s".formatted(
            what, names, wanted, Nearest.hint(wanted, names))));
  }
}
