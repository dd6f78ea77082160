package dev.runnel.experiments.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.train.Session;
import dev.runnel.experiments.train.Weights;
import dev.runnel.models.Size;
import dev.runnel.models.lrc.LrcSsm;
import dev.runnel.models.lru.Lru;
import dev.runnel.models.lru.LruModel;
import dev.runnel.ssm.Solver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Weights come over from other people's names and go back to them, to the bit; and compute what they did there. */
class NameTableTest {

  private static JsonNode vector(String file) throws IOException {
    return JsonMapper.shared().readTree(Files.readAllBytes(
        Path.of(System.getProperty("runnel.root"), "models/src/test/resources/dev/runnel/models", file)));
  }

  private static double[] values(JsonNode array) {
    double[] values = new double[array.get("data").size()];
    Arrays.setAll(values, i -> array.get("data").get(i).asDouble());
    return values;
  }

  private static int[] shape(JsonNode array) {
    int[] shape = new int[array.get("shape").size()];
    Arrays.setAll(shape, i -> array.get("shape").get(i).asInt());
    return shape;
  }

  /** The published LRU's arrays, named as Flax flattens them. */
  @Test
  void anImportedLruComputesTheReferencesValues() throws IOException {
    var golden = vector("lru.json");
    var theirs = new ArrayList<NamedTensor>();
    var wanted = new TreeMap<String, int[]>();
    for (var name : List.of("nu_log", "theta_log", "gamma_log", "B_re", "B_im", "C_re", "C_im", "D")) {
      theirs.add(NamedTensor.wrap("params/encoder/layers_0/seq/" + name, values(golden.get(name)), shape(golden.get(name))));
      wanted.put("blocks.0.layer.ssm." + name, shape(golden.get(name)));
    }
    var imported = NameTable.of("lru").from(SafeTensors.of(Map.of(), theirs), wanted);
    assertThat(imported.missing()).isEmpty();
    assertThat(imported.leftOut()).isEmpty();
    int[] shape = shape(golden.get("u"));
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(1, shape[0], shape[1]));
    var p = tape.scope().scope("blocks").scope(0).scope("layer").scope("ssm");
    tape.output("y", new LruModel.LruLayer(new Lru(5), Solver.sequential()).apply(p, u));
    double[] y = run(tape, SafeTensors.of(Map.of(), imported.weights()), values(golden.get("u")), "y");
    assertThat(y).containsExactly(values(golden.get("y")), org.assertj.core.data.Offset.offset(1e-5));
  }

  /** The published LrcSSM's arrays, named as Equinox's tree is written. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void anImportedLrcSsmComputesTheReferencesScores(int number) throws IOException {
    var golden = vector("lrcssm_classifier.json").get("cases").get(number);
    var size = new Size(
        golden.get("channels").asInt(), golden.get("classes").asInt(), golden.get("hidden").asInt(),
        golden.get("state").asInt(), golden.get("layers").asInt());
    var ours = new ArrayList<NamedTensor>();
    var wanted = new TreeMap<String, int[]>();
    for (var entry : golden.get("weights").properties()) {
      ours.add(NamedTensor.wrap(entry.getKey(), values(entry.getValue()), shape(entry.getValue())));
      wanted.put(entry.getKey(), shape(entry.getValue()));
    }
    var table = NameTable.of("lrcssm");
    var theirs = new ArrayList<NamedTensor>();
    for (var rule : ours) {
      var named = table.to(SafeTensors.of(Map.of(), List.of(rule))).tensors();
      assertThat(named).as(rule.name()).hasSize(1);
      var written = "." + named.getFirst().name().replaceAll("\\.(\\d+)", "[$1]");
      int[] shape = rule.shape();
      theirs.add(NamedTensor.wrap(written, values(golden.get("weights").get(rule.name())), shape));
    }
    assertThat(theirs).extracting(NamedTensor::name)
        .contains(".encoder.model.layers[0].weight", ".grus[0][0].gru.sensory_mu", ".classifier.model.layers[1].bias");
    var imported = table.from(SafeTensors.of(Map.of(), theirs), wanted);
    assertThat(imported.missing()).isEmpty();
    assertThat(imported.leftOut()).isEmpty();
    var tape = new Tape(DType.F64);
    var x = tape.input("u", Shape.of(shape(golden.get("x"))));
    tape.output("logits", new LrcSsm(size).logits(tape.scope(), x, null));
    double[] logits = run(tape, SafeTensors.of(Map.of(), imported.weights()), values(golden.get("x")), "logits");
    assertThat(logits).containsExactly(values(golden.get("logits")), org.assertj.core.data.Offset.offset(1e-9));
  }

  private static double[] run(Tape tape, SafeTensors weights, double[] u, String output) {
    try (var allocator = Memory.exact();
        var variables = new Variables(allocator, 0);
        var program = new Oracle().compile(tape, variables)) {
      Weights.load(weights, variables, path -> true, "");
      program.set("u", u);
      program.run();
      return program.get(output);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mamba", "lru", "s5", "lrcssm"})
  void allOfAModelGoesOutAndComesBack(String name) {
    var table = NameTable.of(name);
    var model = Registry.standard().models().get(name).create(new Size(3, 4, 6, 8, 12), Solver.sequential(), Map.of());
    try (var allocator = Memory.exact();
        var variables = new Variables(allocator, 9)) {
      variables.declare(Session.declared(model, DType.F32, 3));
      var ours = SafeTensors.of(Map.of(), Weights.of(variables, path -> true, ""));
      var wanted = new TreeMap<String, int[]>();
      ours.tensors().forEach((path, tensor) -> wanted.put(path, tensor.shape()));
      var back = table.from(SafeTensors.of(Map.of(), table.to(ours).tensors()), wanted);
      assertThat(back.leftOut()).isEmpty();
      assertThat(back.missing())
          .isEqualTo(name.equals("mamba")
              ? List.of("encoder.bias", "encoder.weight", "head.bias", "head.weight") : List.of());
      for (var tensor : back.weights()) {
        var expected = ours.get(tensor.name());
        assertThat(tensor.shape()).as(tensor.name()).isEqualTo(expected.shape());
        for (long i = 0; i < expected.count(); i++) {
          assertThat(tensor.get(i)).as(tensor.name()).isEqualTo(expected.get(i));
        }
      }
    }
  }

  @Test
  void kernelsAreTurnedAndGatesLaidEndToEnd() {
    var theirs = List.of(
        NamedTensor.wrap("encoder.layers_3.out1.kernel", new double[] {1, 2, 3, 4}, 2, 2),
        NamedTensor.wrap("encoder.layers_3.out2.kernel", new double[] {5, 6, 7, 8}, 2, 2),
        NamedTensor.wrap("decoder.kernel", new double[] {1, 2, 3, 4, 5, 6}, 3, 2),
        NamedTensor.wrap("optimiser.step", new double[] {7}));
    var came = NameTable.of("lru").from(
        SafeTensors.of(Map.of(), theirs),
        Map.of("blocks.3.layer.glu.linear.weight", new int[] {4, 2}, "head.weight", new int[] {2, 3},
            "head.bias", new int[] {2}));
    var byName = SafeTensors.of(Map.of(), came.weights());
    assertThat(numbers(byName.get("blocks.3.layer.glu.linear.weight"))).containsExactly(1, 3, 2, 4, 5, 7, 6, 8);
    assertThat(numbers(byName.get("head.weight"))).containsExactly(1, 3, 5, 2, 4, 6);
    assertThat(came.missing()).containsExactly("head.bias");
    assertThat(came.leftOut()).containsExactly("optimiser.step");
  }

  private static double[] numbers(NamedTensor tensor) {
    double[] numbers = new double[(int) tensor.count()];
    Arrays.setAll(numbers, i -> tensor.get(i));
    return numbers;
  }

  @Test
  void anotherShapeAndAnotherTableAreRefused() {
    var file = SafeTensors.of(
        Map.of(), List.of(NamedTensor.wrap("backbone.norm_f.weight", new double[] {1, 2, 3}, 3)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NameTable.of("mamba").from(file, Map.of("norm.weight", new int[] {4})))
        .withMessage("backbone.norm_f.weight: [4] expected for norm.weight, [3] came; the config's model has other sizes");
    assertThatIllegalArgumentException().isThrownBy(() -> NameTable.of("mambo"))
        .withMessageStartingWith("names: one of [mamba, lru, s5, lrcssm] expected, 'mambo' came");
  }
}
