package dev.runnel.models.lrc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Size;
import dev.runnel.models.Vectors;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.ssm.Scan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** States, Jacobians, logits, losses and gradients against values computed elsewhere, in double. */
class LrcGoldenTest {
  private static final double IN_DOUBLE = 1e-9;
  private static final double IN_FLOAT = 1e-5;

  /** The files hold twelve decimals. */
  private static final double ROUNDING = 5.1e-13;

  @ParameterizedTest
  @CsvSource({
    "ORACLE, F64, ASYMMETRIC", "ORACLE, F64, SYMMETRIC", "SIMD, F64, ASYMMETRIC", "SIMD, F64, SYMMETRIC",
    "PLAN, F64, ASYMMETRIC", "PLAN, F64, SYMMETRIC", "SIMD, F32, ASYMMETRIC", "SIMD, F32, SYMMETRIC",
    "PLAN, F32, ASYMMETRIC", "PLAN, F32, SYMMETRIC"
  })
  void theCell(On on, DType type, Elastance elastance) {
    var file = Vectors.read("lrc_cell.json");
    var golden = file.get(elastance.name().toLowerCase(Locale.ROOT));
    var tape = new Tape(type);
    var u = tape.input("u", Shape.of(Vectors.shape(file.get("u"))));
    var gout = tape.input("gout", Shape.of(Vectors.shape(file.get("gout"))));
    var run = Scan.of(new Lrc(gout.shape().last(), Lrc.Options.LRC.with(elastance))).run(tape.scope(), u);
    tape.output("x", run.output());
    tape.output("jacobian", run.jacobian().get(0, 0));
    gradients(tape, run.output().times(gout).sum(), Map.of("u", u));

    var values = Vectors.arrays(file.get("params"));
    values.put("u", Vectors.array(file.get("u")));
    values.put("gout", Vectors.array(file.get("gout")));
    var expected = expected(golden);
    expected.put("x", Vectors.array(golden.get("x")));
    expected.put("jacobian", Vectors.array(golden.get("jacobian")));
    if (elastance == Elastance.ASYMMETRIC) {
      assertThat(expected.remove("grad elastance_shift")).as("what the asymmetric form does not have").containsOnly(0);
    }
    check("lrc_cell " + elastance, on, type, tape, values, expected);
  }

  @ParameterizedTest
  @CsvSource({
    "ORACLE, F64, 0", "ORACLE, F64, 1", "SIMD, F64, 0", "SIMD, F64, 1", "PLAN, F64, 0", "PLAN, F64, 1",
    "SIMD, F32, 0", "SIMD, F32, 1", "PLAN, F32, 0", "PLAN, F32, 1"
  })
  void theClassifier(On on, DType type, int number) {
    var golden = Vectors.read("lrcssm_classifier.json").get("cases").get(number);
    var size =
        new Size(
            golden.get("channels").asInt(), golden.get("classes").asInt(), golden.get("hidden").asInt(),
            golden.get("state").asInt(), golden.get("layers").asInt());
    assertThat(size.state() == size.hidden()).as("both forms of a block").isEqualTo(number == 1);
    var tape = new Tape(type);
    var x = tape.input("x", Shape.of(Vectors.shape(golden.get("x"))));
    var y = tape.input("y", DType.I32, Shape.of(x.shape().get(0)));
    var logits = new LrcSsm(size).logits(tape.scope(), x, null);
    var loss = logits.crossEntropy(y).mean();
    tape.output("logits", logits);
    tape.output("loss", loss);
    gradients(tape, loss, Map.of());

    var values = Vectors.arrays(golden.get("weights"));
    assertThat(tape.parameters().keySet()).as("paths").isEqualTo(values.keySet());
    values.put("x", Vectors.array(golden.get("x")));
    values.put("y", Vectors.array(golden.get("y")));
    var expected = expected(golden);
    expected.put("logits", Vectors.array(golden.get("logits")));
    expected.put("loss", new double[] {golden.get("loss").asDouble()});
    check("lrcssm_classifier " + number, on, type, tape, values, expected);
  }

  private static void gradients(Tape tape, Tensor loss, Map<String, Tensor> inputs) {
    var wrt = new HashMap<>(tape.parameters());
    wrt.putAll(inputs);
    var names = new ArrayList<>(wrt.keySet());
    var gradients = tape.gradients(loss, names.stream().map(wrt::get).toList());
    for (int i = 0; i < names.size(); i++) {
      tape.output("grad " + names.get(i), gradients.get(i));
    }
  }

  private static Map<String, double[]> expected(JsonNode golden) {
    var expected = new HashMap<String, double[]>();
    Vectors.arrays(golden.get("grad")).forEach((name, values) -> expected.put("grad " + name, values));
    return expected;
  }

  private static void check(
      String what, On on, DType type, Tape tape, Map<String, double[]> values, Map<String, double[]> expected) {
    double share = type == DType.F64 ? IN_DOUBLE : IN_FLOAT;
    double worst = Lab.close(what, expected, on.run(tape, values), share, 0, ROUNDING);
    System.out.printf(Locale.ROOT, "%s on %s in %s: worst error %.1e of the largest value%n", what, on, type, worst);
  }
}
