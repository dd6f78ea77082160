package dev.runnel.models.liquid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Vectors;
import dev.runnel.models.liquid.LiquidPublished.Terms;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Liquid-S4 with S4's low-rank part: the paper's equations, and what the published code computes in their place. */
class LiquidLowRankTest {
  private static final int CHANNELS = 2;
  private static final int STEPS = 10;

  private static Map<String, double[]> parameters(JsonNode golden) {
    var values = new HashMap<String, double[]>();
    for (var name : new String[] {"log_dt", "inv_w_real", "w_imag", "B", "P", "C", "D"}) {
      values.put(name, Vectors.array(golden.get("init").get(name)));
    }
    values.put("u", Vectors.array(golden.get("u")));
    return values;
  }

  /** The reference ran in float; its low-rank kernels are given to 1e-4. */
  @ParameterizedTest
  @CsvSource({"pb2, PB, 2", "pb3, PB, 3", "pb3_shift, PB_SHIFTED, 3", "kb2, KB, 2"})
  void thePublishedCodesNumbers(String name, Terms terms, int degree) {
    var golden = Vectors.read("liquid_s4_refcode.json");
    var cell = new Liquid(CHANNELS, 8, Start.LEGS, 0.001, 0.1, Guard.NONE);
    for (var on : new On[] {On.ORACLE, On.SIMD}) {
      var tape = new Tape(DType.F64);
      var u = tape.input("u", Shape.of(1, STEPS, CHANNELS));
      tape.output("y", new LiquidPublished(cell, terms, degree).apply(tape.scope(), u));
      double off = Lab.close(name, Map.of("y", Vectors.array(golden.get(name))), on.run(tape, parameters(golden)), 1e-5, 0, 0);
      System.out.printf("%s on %s: off by %.1e of the largest value%n", name, on, off);
    }
    // the term itself, which is a thousandth of the whole
    double[] whole = Vectors.array(golden.get(name));
    double[] plain = Vectors.array(golden.get("s4"));
    double largest = 0;
    for (int i = 0; i < whole.length; i++) {
      largest = Math.max(largest, Math.abs(whole[i] - plain[i]));
    }
    assertThat(largest).isGreaterThan(1e-5);
  }

  /** With P = 0 it is the diagonal cell without its guard. */
  @Test
  void withoutLowRankItIsTheDiagonalCell() {
    var cell = new Liquid(3, 6, Start.LEGS, 0.05, 0.2, Guard.NONE);
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(2, 12, 3));
    tape.output("low", new LiquidS4.LowRankLayer(cell).apply(tape.scope(), u));
    tape.output("diagonal", LiquidS4.exact(cell, dev.runnel.ssm.Solver.sequential()).apply(tape.scope(), u));
    var random = new SplittableRandom(8);
    var values = new HashMap<String, double[]>();
    values.put("u", random.doubles(72, -1, 1).toArray());
    tape.parameters().forEach((path, p) -> values.put(path, random.doubles(p.shape().size(), -1, 1).toArray()));
    values.put("P", new double[values.get("P").length]);
    var came = On.ORACLE.run(tape, values);
    assertThat(Lab.distance(came.get("low"), came.get("diagonal"))).isLessThan(1e-12);
    values.put("P", random.doubles(values.get("P").length, -1, 1).toArray());
    came = On.ORACLE.run(tape, values);
    assertThat(Lab.distance(came.get("low"), came.get("diagonal"))).isGreaterThan(1e-4);
  }
}
