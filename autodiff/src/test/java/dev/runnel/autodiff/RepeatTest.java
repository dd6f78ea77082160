package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.api.Test;

/** Passes of another tape: a product in each, positions of an axis read and kept, rows that stop. */
class RepeatTest {
  private static final Tape TAPE = new Tape(DType.F64);

  private static Map<String, double[]> run(On on, Tape tape, Consumer<Program> fill) {
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var program = on.engine().compile(tape, variables)) {
      fill.accept(program);
      program.run();
      program.run(); // what a run leaves does not change the next
      var results = new java.util.HashMap<String, double[]>();
      tape.outputs().keySet().forEach(name -> results.put(name, program.get(name)));
      return results;
    }
  }

  /** h <- tanh(h W + u_t), with every h kept, forward and from the end. */
  @ParameterizedTest
  @EnumSource
  void aRecurrenceWithAProductInEachStep(On on) {
    int batch = 3;
    int steps = 5;
    int d = 4;
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(batch, steps, d));
    var w = tape.input("w", Shape.of(d, d));
    var zero = tape.constant(DType.F64, 0, Shape.of(batch, d));
    var results = tape.repeat(steps, 1, false, List.of(zero, zero), pass -> {
      var h = pass.carried(0).matmul(pass.whole(w)).plus(pass.at(u).reshape(batch, d)).tanh();
      var back = pass.carried(1).plus(pass.at(u.flip(1)).reshape(batch, d)).times(0.5);
      return new Pass.Left(List.of(h, back), List.of(h.reshape(batch, 1, d), back.reshape(batch, 1, d)));
    });
    for (int k = 0; k < results.size(); k++) {
      tape.output("r" + k, results.get(k).plus(0));
    }
    double[] us = numbers(batch * steps * d, 1);
    double[] ws = numbers(d * d, 2);
    var got = run(on, tape, p -> {
      p.set("u", us);
      p.set("w", ws);
    });
    double[] h = new double[batch * d];
    double[] back = new double[batch * d];
    for (int t = 0; t < steps; t++) {
      double[] next = new double[h.length];
      for (int i = 0; i < h.length; i++) {
        int b = i / d;
        double sum = us[(b * steps + t) * d + i % d];
        for (int j = 0; j < d; j++) {
          sum += h[b * d + j] * ws[j * d + i % d];
        }
        next[i] = Math.tanh(sum);
        back[i] = (back[i] + us[(b * steps + steps - 1 - t) * d + i % d]) / 2;
      }
      h = next;
      for (int i = 0; i < h.length; i++) {
        int at = (i / d * steps + t) * d + i % d;
        assertThat(got.get("r2")[at]).isCloseTo(h[i], org.assertj.core.data.Offset.offset(1e-12));
        assertThat(got.get("r3")[at]).isCloseTo(back[i], org.assertj.core.data.Offset.offset(1e-12));
      }
    }
    assertThat(got.get("r0")).containsExactly(h, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(got.get("r1")).containsExactly(back, org.assertj.core.data.Offset.offset(1e-12));
  }

  /** Newton's square roots, rows of three: a row goes on until its largest change is small, and is then left alone. */
  @ParameterizedTest
  @EnumSource
  void rowsStopOneByOne(On on) {
    for (int rows : new int[] {1, 2, 5}) {
      var tape = new Tape(DType.F64);
      var a = tape.input("a", Shape.of(rows, 3));
      var going = tape.input("going", DType.I32, Shape.of(rows));
      var counts = tape.constant(DType.I32, 0, Shape.of(rows));
      var results = tape.repeat(50, 0, true, List.of(going, counts, a.times(1)), pass -> {
        var x = pass.carried(2);
        var next = x.plus(pass.whole(a).div(x)).times(0.5);
        var change = next.minus(x).abs().max(1).reshape(rows);
        return new Pass.Left(
            List.of(pass.tape().constant(1e-6).less(change).toInt(), pass.carried(1).plus(1), next), List.of());
      });
      tape.output("going", results.get(0).plus(0));
      tape.output("counts", results.get(1).plus(0));
      tape.output("x", results.get(2).plus(0));
      double[] as = new double[rows * 3];
      for (int i = 0; i < as.length; i++) {
        as[i] = Math.pow(10, i / 3) * (1 + i % 3);
      }
      var got = run(on, tape, p -> {
        p.set("a", as);
        double[] flags = new double[rows];
        java.util.Arrays.fill(flags, 1);
        flags[rows / 2] = rows == 1 ? 1 : 0;
        p.set("going", flags);
      });
      for (int r = 0; r < rows; r++) {
        boolean ran = rows == 1 || r != rows / 2;
        int passes = 0;
        double[] x = {as[3 * r], as[3 * r + 1], as[3 * r + 2]};
        double change = ran ? 1 : 0;
        while (change > 1e-6) {
          change = 0;
          for (int i = 0; i < 3; i++) {
            double next = (x[i] + as[3 * r + i] / x[i]) / 2;
            change = Math.max(change, Math.abs(next - x[i]));
            x[i] = next;
          }
          passes++;
        }
        assertThat(got.get("going")[r]).isZero();
        assertThat(got.get("counts")[r]).as("row %d of %d", r, rows).isEqualTo(passes);
        for (int i = 0; i < 3; i++) {
          assertThat(got.get("x")[3 * r + i]).isCloseTo(x[i], org.assertj.core.data.Offset.offset(1e-12));
        }
      }
    }
  }

  @Test
  void aGradientThroughPassesIsRefused() {
    var x = TAPE.input("x", Shape.of(2));
    var y = TAPE.repeat(2, 0, false, List.of(x), pass ->
        new Pass.Left(List.of(pass.carried(0).tanh()), List.of())).getFirst();
    assertThatThrownBy(() -> TAPE.gradients(y.sum(0), List.of(x)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("gradients: operations with a slope expected, a repeat came");
  }

  @Test
  void whatIsCarriedKeepsItsShape() {
    var x = TAPE.input("x", Shape.of(2));
    assertThatThrownBy(() -> TAPE.repeat(2, 0, false, List.of(x), pass ->
            new Pass.Left(List.of(pass.carried(0).sum(0)), List.of())))
        .hasMessage("repeat: carried value 0 as F64 (2) expected, F64 () came");
  }

  private static double[] numbers(int count, long seed) {
    var random = new java.util.SplittableRandom(seed);
    return random.doubles(count, -1, 1).toArray();
  }
}
