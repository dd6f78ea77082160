package dev.runnel.models.lru;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Vectors;
import dev.runnel.ssm.Scan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The LRU against values and gradients computed elsewhere in float, and what it begins with. */
class LruTest {
  private static final double IN_FLOAT = 1e-5;

  @ParameterizedTest
  @CsvSource({"ORACLE, F64", "PLAN, F64", "SIMD, F64", "PLAN, F32", "SIMD, F32"})
  void valuesAndGradients(On on, DType type) {
    var golden = Vectors.arrays(Vectors.read("lru.json"));
    int[] shape = Vectors.shape(Vectors.read("lru.json").get("u"));
    int n = golden.get("nu_log").length;
    var tape = new Tape(type);
    var u = tape.input("u", Shape.of(1, shape[0], shape[1]));
    var p = tape.scope();
    var y = new Lru(n).output(p, Scan.of(new Lru(n)).run(p, u).states(), u);
    tape.output("y", y);
    var wrt = new LinkedHashMap<>(tape.parameters());
    wrt.put("u", u);
    var gradients =
        tape.gradients(y.times(tape.input("gout", y.shape())).sum(), new ArrayList<>(wrt.values()));
    var expected = new HashMap<String, double[]>();
    expected.put("y", golden.get("y"));
    int k = 0;
    for (var name : wrt.keySet()) {
      tape.output("g_" + name, gradients.get(k++));
      expected.put("g_" + name, golden.get("g_" + name));
    }
    double worst = Lab.close("lru", expected, on.run(tape, golden), IN_FLOAT, 0, 0);
    System.out.printf(Locale.ROOT, "lru on %s in %s: worst error %.1e of the largest value%n", on, type, worst);
  }

  @Test
  void beginsOnItsRingWithInputsScaledToIt() {
    var tape = new Tape(DType.F64);
    Scan.of(new Lru(500, 0.6, 0.9, 1.5)).run(tape.scope().scope("cell"), tape.input("u", Shape.of(1, 2, 8)));
    try (var variables = new Variables(new RootAllocator(), 3)) {
      variables.declare(tape);
      double[] nu = variables.get("cell.nu_log");
      double[] theta = variables.get("cell.theta_log");
      double[] gamma = variables.get("cell.gamma_log");
      double area = 0;
      double phase = 0;
      for (int i = 0; i < nu.length; i++) {
        double radius = Math.exp(-Math.exp(nu[i]));
        assertThat(radius).isBetween(0.6, 0.9);
        assertThat(Math.exp(theta[i])).isBetween(0.0, 1.5);
        assertThat(Math.exp(gamma[i])).isCloseTo(Math.sqrt(1 - radius * radius), within(1e-12));
        area += radius * radius / nu.length;
        phase += Math.exp(theta[i]) / nu.length;
      }
      assertThat(area).isCloseTo((0.36 + 0.81) / 2, within(0.02));
      assertThat(phase).isCloseTo(0.75, within(0.08));
    }
  }

  @Test
  void evenTheWholeDiscBeginsFinite() {
    var tape = new Tape(DType.F32);
    Scan.of(new Lru(2000)).run(tape.scope(), tape.input("u", Shape.of(1, 2, 1)));
    try (var variables = new Variables(new RootAllocator(), 3)) {
      variables.declare(tape);
      variables.areas().keySet().forEach(path ->
          assertThat(Lab.largest(variables.get(path))).as(path).isFinite());
    }
  }

  @Test
  void saysWhatRingsThereAre() {
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> new Lru(4, 0.9, 0.5, 6.28))
        .withMessage("lru: radii 0 <= rMin < rMax <= 1 expected, 0.9 and 0.5 came");
  }
}
