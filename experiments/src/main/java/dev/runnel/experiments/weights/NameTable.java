package dev.runnel.experiments.weights;

import dev.runnel.datasets.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whose names and shapes weights have elsewhere, and which ours they are. Names are compared without the ways in which
 * tools write a tree: {@code /} and {@code [0]} count as {@code .} and {@code .0}, a leading dot, {@code params.} and
 * {@code batch_stats.} don't count.
 *
 * @param name of the table
 * @param published whose weights these are
 */
public record NameTable(String name, String published, List<Rule> rules) {
  public NameTable {
    rules = List.copyOf(rules);
  }

  /**
   * One variable of ours and what it is made of.
   *
   * @param ours a path, with {@code {i}} for the number of a block
   * @param theirs names, laid end to end along the first axis of ours; axes of extent 1 don't count
   * @param change what is done to each before
   */
  public record Rule(String ours, List<String> theirs, Change change) {}

  /** How an array differs. */
  public enum Change {
    SAME,
    /** Rows are columns: Flax keeps kernels as (in, out). */
    TRANSPOSED
  }

  private static final List<NameTable> ALL = List.of(mamba(), lru(), s5(), lrcssm());

  /**
   * The table of that name.
   *
   * @throws IllegalArgumentException with the nearest name
   */
  public static NameTable of(String name) {
    var names = ALL.stream().map(NameTable::name).toList();
    return ALL.stream().filter(t -> t.name.equals(name)).findFirst().orElseThrow(() ->
        new IllegalArgumentException(
            "names: one of %s expected, '%s' came%s".formatted(names, name, Nearest.hint(name, names))));
  }

  private static Rule same(String ours, String theirs) {
    return new Rule(ours, List.of(theirs), Change.SAME);
  }

  private static Rule turned(String ours, String... theirs) {
    return new Rule(ours, List.of(theirs), Change.TRANSPOSED);
  }

  private static NameTable mamba() {
    var rules = new ArrayList<Rule>();
    for (var part : List.of("in_proj.weight", "conv1d.weight", "conv1d.bias", "x_proj.weight", "dt_proj.weight",
        "dt_proj.bias", "A_log", "D", "out_proj.weight")) {
      rules.add(same("blocks.{i}.layer." + part, "backbone.layers.{i}.mixer." + part));
    }
    rules.add(same("blocks.{i}.norm.weight", "backbone.layers.{i}.norm.weight"));
    rules.add(same("norm.weight", "backbone.norm_f.weight"));
    return new NameTable("mamba", "state-spaces/mamba: MambaLMHeadModel without embedding and lm_head", rules);
  }

  /** What minimal-LRU and S5 have alike: Flax's dense layers and norms around a sequence layer. */
  private static List<Rule> flax(String norm) {
    return new ArrayList<>(
        List.of(
            turned("encoder.weight", "encoder.encoder.kernel"),
            same("encoder.bias", "encoder.encoder.bias"),
            same("blocks.{i}.norm.weight", "encoder.layers_{i}." + norm + ".scale"),
            same("blocks.{i}.norm.bias", "encoder.layers_{i}." + norm + ".bias"),
            same("blocks.{i}.norm.running_mean", "encoder.layers_{i}." + norm + ".mean"),
            same("blocks.{i}.norm.running_var", "encoder.layers_{i}." + norm + ".var"),
            turned("head.weight", "decoder.kernel"),
            same("head.bias", "decoder.bias")));
  }

  private static NameTable lru() {
    var rules = flax("normalization");
    for (var part : List.of("nu_log", "theta_log", "gamma_log", "B_re", "B_im", "C_re", "C_im", "D")) {
      rules.add(same("blocks.{i}.layer.ssm." + part, "encoder.layers_{i}.seq." + part));
    }
    rules.add(turned("blocks.{i}.layer.glu.linear.weight", "encoder.layers_{i}.out1.kernel",
        "encoder.layers_{i}.out2.kernel"));
    rules.add(new Rule("blocks.{i}.layer.glu.linear.bias",
        List.of("encoder.layers_{i}.out1.bias", "encoder.layers_{i}.out2.bias"), Change.SAME));
    return new NameTable("lru", "NicolasZucchet/minimal-LRU: ClassificationModel, prenorm, batch norm", rules);
  }

  private static NameTable s5() {
    var rules = flax("norm");
    for (var part : List.of("Lambda_re", "Lambda_im", "B", "C", "D", "log_step")) {
      rules.add(same("blocks.{i}.layer.ssm." + part, "encoder.layers_{i}.seq." + part));
    }
    rules.add(turned("blocks.{i}.layer.glu.linear.weight", "encoder.layers_{i}.out2.kernel"));
    rules.add(same("blocks.{i}.layer.glu.linear.bias", "encoder.layers_{i}.out2.bias"));
    return new NameTable("s5", "lindermanlab/S5: ClassificationModel, half_glu1, prenorm, batch norm", rules);
  }

  private static NameTable lrcssm() {
    var rules = new ArrayList<Rule>();
    var cell = new TreeMap<>(Map.ofEntries(
        Map.entry("input_shift", "sensory_mu"), Map.entry("input_slope", "sensory_sigma"),
        Map.entry("W", "sensory_w"), Map.entry("Q", "sensory_h"), Map.entry("shift", "mu"),
        Map.entry("slope", "sigma"), Map.entry("w", "w"), Map.entry("q", "h"), Map.entry("leak", "gleak"),
        Map.entry("e", "vleak"), Map.entry("kernel", "elastance_kernel"), Map.entry("bias", "elastance_bias")));
    cell.forEach((ours, theirs) -> rules.add(same("blocks.{i}.cell." + ours, "grus.{i}.0.gru." + theirs)));
    for (var part : List.of("0.weight", "0.bias", "1.weight", "1.bias")) {
      rules.add(same("encoder." + part, "encoder.model.layers." + part));
      rules.add(same("blocks.{i}.mlp." + part, "mlps.{i}.model.layers." + part));
      rules.add(same("head." + part, "classifier.model.layers." + part));
    }
    return new NameTable("lrcssm", "MoniFarsang/LrcSSM: SingleScaleGRU of one channel, real states", rules);
  }

  /**
   * Weights of ours from theirs.
   *
   * @param weights the file's tensors, whole again
   * @param missing paths of ours that the file has nothing for
   * @param leftOut names of theirs that ours have no place for
   */
  public record Imported(List<NamedTensor> weights, List<String> missing, List<String> leftOut) {}

  /**
   * Takes weights over.
   *
   * @param wanted shapes of ours by path
   * @throws IllegalArgumentException for an array of another shape
   */
  public Imported from(SafeTensors file, Map<String, int[]> wanted) {
    var theirs = new LinkedHashMap<String, NamedTensor>();
    file.tensors().forEach((name, tensor) -> theirs.put(plain(name), tensor));
    var unused = new TreeSet<>(theirs.keySet());
    var weights = new ArrayList<NamedTensor>();
    var missing = new ArrayList<String>();
    wanted.forEach((path, shape) -> {
      var source = source(path);
      if (source == null || !theirs.keySet().containsAll(source.names())) {
        missing.add(path);
        return;
      }
      var parts = source.names().stream().map(n -> Objects.requireNonNull(theirs.get(n))).toList();
      weights.add(joined(path, shape, parts, source.change()));
      unused.removeAll(source.names());
    });
    return new Imported(weights, missing, List.copyOf(unused));
  }

  /**
   * Weights of ours under their names.
   *
   * @param tensors under their names, each of its own type
   * @param leftOut paths that the table has no name for
   */
  public record Exported(List<NamedTensor> tensors, List<String> leftOut) {}

  /** Names weights of ours as they do. */
  public Exported to(SafeTensors file) {
    var tensors = new ArrayList<NamedTensor>();
    var leftOut = new ArrayList<String>();
    file.tensors().forEach((path, tensor) -> {
      var source = source(path);
      if (source == null) {
        leftOut.add(path);
      } else {
        tensors.addAll(parted(source.names(), tensor, source.change()));
      }
    });
    return new Exported(tensors, leftOut);
  }

  static String plain(String name) {
    return name.replace('/', '.').replaceAll("\\[(\\d+)]", ".$1").replaceFirst("^\\.", "")
        .replaceFirst("^(params|batch_stats)\\.", "");
  }

  /** What one path of ours is made of. */
  private record Source(List<String> names, Change change) {}

  private @Nullable Source source(String path) {
    for (var rule : rules) {
      var matcher = Pattern.compile(rule.ours().replace(".", "\\.").replace("{i}", "(\\d+)")).matcher(path);
      if (matcher.matches()) {
        var block = matcher.groupCount() == 1 ? matcher.group(1) : "";
        return new Source(rule.theirs().stream().map(n -> n.replace("{i}", block)).toList(), rule.change());
      }
    }
    return null;
  }

  private static NamedTensor joined(String path, int[] shape, List<NamedTensor> parts, Change change) {
    double[] values = new double[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    int at = 0;
    for (var part : parts) {
      int[] expected = shape.clone();
      if (parts.size() > 1) {
        expected[0] /= parts.size();
      }
      int[] theirs = change == Change.TRANSPOSED ? reversed(expected) : expected;
      if (!Arrays.equals(withoutOnes(part.shape()), withoutOnes(theirs))) {
        throw new IllegalArgumentException(
            "%s: %s expected for %s, %s came; the config's model has other sizes"
                .formatted(part.name(), Arrays.toString(theirs), path, Arrays.toString(part.shape())));
      }
      for (int i = 0; i < part.count(); i++) {
        values[at++] = part.get(change == Change.TRANSPOSED ? turnedIndex(i, expected) : i);
      }
    }
    return NamedTensor.wrap(path, values, shape);
  }

  private static List<NamedTensor> parted(List<String> names, NamedTensor tensor, Change change) {
    int[] shape = tensor.shape();
    if (names.size() > 1) {
      shape[0] /= names.size();
    }
    int count = (int) (tensor.count() / names.size());
    int[] theirs = change == Change.TRANSPOSED ? reversed(shape) : shape;
    var parts = new ArrayList<NamedTensor>();
    for (int p = 0; p < names.size(); p++) {
      double[] values = new double[count];
      for (int i = 0; i < count; i++) {
        values[change == Change.TRANSPOSED ? turnedIndex(i, shape) : i] = tensor.get((long) p * count + i);
      }
      parts.add(NamedTensor.wrap(names.get(p), tensor.type(), values, theirs));
    }
    return parts;
  }

  /** Where element i of a matrix of that shape lies in its transpose. */
  private static int turnedIndex(int i, int[] shape) {
    return i % shape[1] * shape[0] + i / shape[1];
  }

  private static int[] reversed(int[] shape) {
    int[] turned = new int[shape.length];
    Arrays.setAll(turned, i -> shape[shape.length - 1 - i]);
    return turned;
  }

  private static int[] withoutOnes(int[] shape) {
    return Arrays.stream(shape).filter(d -> d != 1).toArray();
  }
}
