package dev.runnel.models.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Size;
import dev.runnel.models.Streamed;
import dev.runnel.models.blocks.Activation;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.dense.DenseGru;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.LrcSsm;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Scan.Initial;
import dev.runnel.ssm.Solver;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes in chunks gives what the whole sequence gives, or is refused. */
class StreamingTest {
  private static final int B = 2;
  private static final int T = 7;
  private static final List<List<Integer>> CHUNKS = List.of(List.of(3, 4), List.of(2, 0, 5), List.of(1, 1, 1, 1, 3));

  /** Those that read ahead. */
  private static final Set<Layers> REFUSED =
      Set.of(
          Layers.CENTRED_CONVOLUTION, Layers.TWO_WAYS, Layers.TWO_WAYS_SUMMED, Layers.BATCH_NORMED_MODEL,
          Layers.S4D_BOTH_WAYS, Layers.S5_BOTH_WAYS, Layers.S5, Layers.S4_LAYER_BOTH_WAYS, Layers.ATTENTION, Layers.CAUSAL_ATTENTION,
          Layers.SINUSOIDS, Layers.TRANSFORMER);

  @ParameterizedTest
  @EnumSource
  void chunksGiveTheWhole(Layers layer) {
    if (REFUSED.contains(layer)) {
      var scope = new Tape(DType.F64).scope().with(Purpose.STREAMING);
      assertThatThrownBy(() -> layer.layer.apply(scope, scope.tape().input("x", Shape.of(B, T, Layers.INPUTS)), null))
          .as(layer.name())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("streaming: parts that remember the past in a state of fixed size expected, ");
      return;
    }
    streams(layer.name(), layer.layer, 1e-12);
  }

  @Test
  void denseCellsAndLearntStatesStream() {
    streams("dense", (p, x, lengths) -> DenseScan.of(new DenseGru(3)).run(p, x, lengths, null).output(), 0);
    var learnt = Scan.of(new Lrc(3)).withInitial(Initial.LEARNT);
    streams("learnt", (p, x, lengths) -> learnt.run(p, x, lengths, null).output(), 0);
    var both = new DenseScan(new DenseGru(3), Initial.LEARNT);
    streams("dense, learnt", (p, x, lengths) -> both.run(p, x, lengths, null).output(), 0);
  }

  private static void streams(String name, Layer layer, double share) {
    var graph = Graph.of(DType.F64, layer, Shape.of(B, T, Layers.INPUTS), false, Purpose.USE);
    var values = graph.values(41);
    double[] whole = On.SIMD.run(graph.tape(), values).get("out");
    boolean steps = graph.out().shape().rank() == 3 && graph.out().shape().get(1) == T;
    for (var sizes : CHUNKS) {
      double[] came = chunked(layer, sizes, values, steps);
      assertThat(Lab.distance(whole, came)).as("%s in %s", name, sizes).isLessThanOrEqualTo(share * Lab.largest(whole));
    }
  }

  /** All steps' outputs, or what the last chunk gave where outputs have no steps. */
  private static double[] chunked(Layer layer, List<Integer> sizes, Map<String, double[]> values, boolean steps) {
    try (var variables = Lab.variables()) {
      double[] out = {};
      int from = 0;
      for (int size : sizes) {
        var tape = new Tape(DType.F64);
        var y = layer.apply(
            tape.scope().with(Purpose.STREAMING), tape.input("x", Shape.of(B, size, Layers.INPUTS)), null);
        tape.output("out", y);
        try (var program = On.SIMD.engine().compile(tape, variables)) {
          if (from == 0) {
            tape.variables().keySet().stream().filter(values::containsKey).forEach(path ->
                variables.set(path, values.get(path)));
          }
          program.set("x", rows(values.get("x"), T, from, size));
          program.run();
          double[] next = program.get("out");
          out = steps ? joined(out, next, from, size) : next;
        }
        from += size;
      }
      return out;
    }
  }

  /** Steps of every row of {@code (B, steps, ..)}. */
  private static double[] rows(double[] x, int steps, int from, int count) {
    int width = x.length / B / steps;
    double[] part = new double[B * count * width];
    for (int b = 0; b < B; b++) {
      System.arraycopy(x, (b * steps + from) * width, part, b * count * width, count * width);
    }
    return part;
  }

  private static double[] joined(double[] x, double[] y, int before, int count) {
    return DoubleStream.concat(
            DoubleStream.concat(rowOf(x, 0, before), rowOf(y, 0, count)),
            DoubleStream.concat(rowOf(x, 1, before), rowOf(y, 1, count)))
        .toArray();
  }

  private static DoubleStream rowOf(double[] x, int b, int steps) {
    return steps == 0 ? DoubleStream.of() : Arrays.stream(x, b * (x.length / B), (b + 1) * (x.length / B));
  }

  @Test
  void aStreamIsResetAndRefusesOtherSizes() {
    var model = new LrcSsm(new Size(3, 2, 5, 4, 2), new Lrc(4), Solver.sequential());
    double[] x = new SplittableRandom(3).doubles(20 * 3, -1, 1).toArray();
    try (var variables = Lab.variables();
        var stream = new Streamed(model, On.SIMD.engine(), variables, DType.F64, 1, 3)) {
      stream.next(15, Arrays.copyOf(x, 45));
      double[] scores = stream.next(5, Arrays.copyOfRange(x, 45, 60));
      assertThat(stream.next(0)).isEqualTo(scores);
      stream.reset();
      assertThat(Lab.distance(scores, stream.next(20, x))).isLessThan(1e-12);
      assertThatThrownBy(() -> stream.next(2, 1, 2, 3))
          .hasMessage("streaming: 1 x 2 x 3 numbers expected, 3 came");
    }
  }

  @Test
  void lengthsAndBrokenStridesAreRefused() {
    var tape = new Tape(DType.F64);
    var scope = tape.scope().with(Purpose.STREAMING);
    var x = tape.input("x", Shape.of(B, T, 3));
    var lengths = tape.input("lengths", DType.I32, Shape.of(B));
    assertThatThrownBy(() -> Scan.of(new Lrc(3)).run(scope, x, lengths, null))
        .hasMessage("streaming: chunks of whole rows expected, lengths came; give each row's own steps");
    var head = new Head.Steps(new Linear(2), 2, Activation.TANH);
    assertThatThrownBy(() -> head.apply(scope, x, null))
        .hasMessage("head: chunks of a multiple of 2 steps expected, 7 came");
  }
}
