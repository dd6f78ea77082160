package dev.runnel.experiments.train;

import dev.runnel.autodiff.Variables;
import dev.runnel.experiments.weights.ElementType;
import dev.runnel.experiments.weights.NamedTensor;
import dev.runnel.experiments.weights.SafeTensors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Between variables and arrays in files: dense, row-major, under the variables' paths. */
public final class Weights {
  private Weights() {}

  /** Copies of the variables whose paths are wanted. */
  public static List<NamedTensor> of(Variables variables, Predicate<String> wanted, String prefix) {
    var tensors = new ArrayList<NamedTensor>();
    variables
        .areas()
        .forEach(
            (path, area) -> {
              if (wanted.test(path)) {
                int[] shape = area.layout().shape().dims().stream().mapToInt(i -> i).toArray();
                var type = ElementType.valueOf(area.type().name());
                tensors.add(NamedTensor.wrap(prefix + path, type, area.read(), shape));
              }
            });
    return tensors;
  }

  /**
   * Sets the wanted variables from a file's arrays named {@code prefix + path}.
   *
   * @throws IllegalArgumentException if an array is missing or has another shape
   */
  public static void load(SafeTensors file, Variables variables, Predicate<String> wanted, String prefix) {
    variables
        .areas()
        .forEach(
            (path, area) -> {
              if (wanted.test(path)) {
                var tensor = file.get(prefix + path);
                var shape = area.layout().shape().dims();
                var came = java.util.Arrays.stream(tensor.shape()).boxed().toList();
                if (!came.equals(shape)) {
                  throw new IllegalArgumentException(
                      "tensor '%s': shape %s expected, %s came; is it of another model or size?"
                          .formatted(prefix + path, shape, came));
                }
                double[] values = new double[Math.toIntExact(tensor.count())];
                for (int i = 0; i < values.length; i++) {
                  values[i] = tensor.get(i);
                }
                variables.set(path, values);
              }
            });
  }

  /** All of these arrays with these texts. */
  @SafeVarargs
  static SafeTensors file(Map<String, String> texts, Collection<NamedTensor>... parts) {
    var all = new ArrayList<NamedTensor>();
    for (var part : parts) {
      all.addAll(part);
    }
    return SafeTensors.of(new LinkedHashMap<>(texts), all);
  }
}
