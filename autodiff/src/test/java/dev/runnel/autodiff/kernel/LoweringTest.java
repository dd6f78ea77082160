package dev.runnel.autodiff.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.autodiff.simd.Cold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** What tapes become: which Loops, with which arguments, in how much memory. */
class LoweringTest {

  private static List<Plan.Item> items(Plan plan) {
    return plan.steps().stream().flatMap(step -> step.items().stream()).toList();
  }

  private static Plan lowered(Shape shape, UnaryOperator<Tensor> f) {
    var tape = new Tape(DType.F32);
    tape.output("y", f.apply(tape.input("x", shape)));
    return Lowering.lower(tape);
  }

  /** The plan is one group of Loops over the same rows, and no matrix goes to memory between them. */
  private static void oneGroup(Plan plan, int rows, int loops) {
    assertThat(items(plan)).hasSize(1).first().isInstanceOf(Plan.Group.class);
    var group = (Plan.Group) items(plan).getFirst();
    assertThat(group.calls()).hasSize(loops);
    assertThat(group.outer()).isEqualTo(rows);
    assertThat(plan.buffers()).filteredOn(b -> b.role() == Plan.Role.TEMP)
        .allSatisfy(b -> assertThat(b.elements()).as("one number a row").isLessThan(rows + 16L));
  }

  @Test
  void layerNormIsOneGroupOfLoops() {
    oneGroup(lowered(Shape.of(96, 200), x -> x.layerNorm(1e-5)), 96, 3);
  }

  @Test
  void layerNormWithScaleAndShiftIsOneGroupToo() {
    var tape = new Tape(DType.F32);
    var scale = tape.scope().parameter("scale", Shape.of(200), Init.constant(1));
    var shift = tape.scope().parameter("shift", Shape.of(200), Init.zeros());
    tape.output("y", tape.input("x", Shape.of(96, 200)).layerNorm(1e-5).times(scale).plus(shift).silu());
    oneGroup(Lowering.lower(tape), 96, 3);
  }

  @Test
  void softmaxIsOneGroupThatKeepsItsExponentials() {
    var plan = lowered(Shape.of(96, 200), x -> x.softmax(-1));
    assertThat(items(plan)).hasSize(1);
    assertThat(((Plan.Group) items(plan).getFirst()).calls()).hasSize(3);
    assertThat(matrices(plan)).isEqualTo(1);
  }

  @Test
  void logSoftmaxAndCrossEntropyStoreNoMatrix() {
    assertThat(matrices(lowered(Shape.of(96, 200), x -> x.logSoftmax(-1)))).isZero();
    var tape = new Tape(DType.F32);
    var labels = tape.input("labels", DType.I32, Shape.of(96));
    tape.output("loss", tape.input("x", Shape.of(96, 200)).crossEntropy(labels).mean());
    var plan = Lowering.lower(tape);
    assertThat(matrices(plan)).isZero();
    assertThat(((Plan.Group) items(plan).getFirst()).calls()).as("largest and sum of each row").hasSize(2);
  }

  /** Temporaries larger than a number a row. */
  private static long matrices(Plan plan) {
    return plan.buffers().stream().filter(b -> b.role() == Plan.Role.TEMP && b.elements() >= 96 * 200).count();
  }

  @Test
  void aChainOfPointwiseOperationsIsOneLoop() {
    var plan = lowered(Shape.of(7, 5, 33), x -> x.sin().times(x).plus(1).tanh().sigmoid());
    assertThat(items(plan)).hasSize(1);
    assertThat(((Plan.Group) items(plan).getFirst()).calls()).hasSize(1);
    assertThat(plan.buffers()).hasSize(2);
  }

  @Test
  void extentsAreArguments() {
    UnaryOperator<Tensor> f = x -> x.softmax(-1).plus(x.mean(0)).minus(x.mean()).tanh();
    assertThat(loops(lowered(Shape.of(96, 200), f))).isEqualTo(loops(lowered(Shape.of(70, 245), f)));
  }

  private static List<Loop> loops(Plan plan) {
    var loops = new ArrayList<Loop>();
    items(plan).forEach(item -> {
      if (item instanceof Plan.Group group) {
        group.calls().forEach(call -> loops.add(call.loop()));
      }
    });
    return loops;
  }

  /** A small classifier with everything that training has: B examples, 13 classes. */
  private static Tape classifier(int b) {
    var tape = new Tape(DType.F32);
    var x = tape.input("x", Shape.of(b, 21, 37));
    var labels = tape.input("labels", DType.I32, Shape.of(b));
    var w = tape.scope().parameter("w", Shape.of(37, 40), Init.heUniform(37));
    var head = tape.scope().parameter("head", Shape.of(40, 13), Init.heUniform(40));
    var hidden = x.layerNorm(1e-5).matmul(w).gelu();
    var logits = hidden.mean(1).matmul(head);
    var loss = logits.crossEntropy(labels).mean();
    tape.output("loss", loss);
    tape.output("norm", Adam.of(0.01).withClip(1).withDecay(0.01).minimise(loss));
    return tape;
  }

  private static void fill(Program program, int b) {
    var random = new SplittableRandom(1);
    program.set("x", random.doubles(b * 21L * 37, -1, 1).toArray());
    program.set("labels", random.ints(b, 0, 13).asDoubleStream().toArray());
  }

  @Test
  void aShortLastBatchCompilesNothing() {
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var backend = Cold.backend(1);
        var whole = new PlannedEngine(backend).compile(classifier(32), variables)) {
      fill(whole, 32);
      whole.run();
      var before = backend.compiles();
      assertThat(before.compiled()).isPositive();
      for (int b : new int[] {31, 17, 2}) {
        try (var rest = new PlannedEngine(backend).compile(classifier(b), variables)) {
          fill(rest, b);
          rest.run();
          assertThat(rest.get("loss")[0]).isBetween(0.0, 10.0);
        }
        assertThat(backend.compiles().compiled()).as("kernels after a batch of %d", b).isEqualTo(before.compiled());
      }
      assertThat(backend.compiles().reused()).isGreaterThan(before.reused());
    }
  }

  @Test
  void plannedMemoryIsWhatIsAllocated() {
    try (var allocator = new RootAllocator()) {
      try (var variables = new Variables(allocator, 1);
          var backend = Cold.backend(1)) {
        // Arrow rounds blocks under 16 MB up to a power of two; this one is larger.
        variables.declare(classifier(1024));
        long stored = allocator.getAllocatedMemory();
        try (var program = new PlannedEngine(backend).compile(classifier(1024), variables)) {
          fill(program, 1024);
          assertThat(program.plannedBytes()).isGreaterThan(16L << 20);
          program.run();
          long taken = allocator.getPeakMemoryAllocation() - stored;
          assertThat((double) taken / program.plannedBytes()).as("%d bytes taken", taken).isBetween(1.0, 1.05);
        }
        assertThat(allocator.getAllocatedMemory()).isEqualTo(stored);
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void livesThatDoNotOverlapShareMemory() {
    int n = 40;
    var tape = new Tape(DType.F32);
    var x = tape.input("x", Shape.of(256, 256));
    for (int i = 0; i < n; i++) {
      x = x.matmul(x);
    }
    tape.output("y", x);
    var plan = Lowering.lower(tape);
    long matrix = 256 * 256 * 4;
    assertThat(items(plan)).filteredOn(Plan.Gemm.class::isInstance).hasSize(n);
    assertThat(plan.slabBytes()).isLessThan(6 * matrix);
  }

  @Test
  void buffersThatLiveTogetherDoNotOverlap() {
    for (int b : new int[] {1, 5, 33}) {
      var plan = Lowering.lower(classifier(b));
      int[] first = new int[plan.buffers().size()];
      int[] last = new int[first.length];
      Arrays.fill(first, Integer.MAX_VALUE);
      Arrays.fill(last, -1);
      for (int s = 0; s < plan.steps().size(); s++) {
        for (var item : plan.steps().get(s).items()) {
          for (int buffer : touched(item)) {
            first[buffer] = Math.min(first[buffer], s);
            last[buffer] = s;
          }
        }
      }
      for (int i = 0; i < first.length; i++) {
        for (int j = 0; j < i; j++) {
          var one = plan.buffers().get(i);
          var two = plan.buffers().get(j);
          boolean together = first[i] <= last[j] && first[j] <= last[i] && one.offset() >= 0 && two.offset() >= 0;
          if (together && one.role() == Plan.Role.TEMP && two.role() == Plan.Role.TEMP) {
            assertThat(one.offset() + one.bytes() + 64 <= two.offset() || two.offset() + two.bytes() + 64 <= one.offset())
                .as("buffers %d and %d apart", i, j).isTrue();
          }
        }
      }
    }
  }

  private static List<Integer> touched(Plan.Item item) {
    return switch (item) {
      case Plan.Gemm g -> List.of(g.a().buffer(), g.b().buffer(), g.c().buffer());
      case Plan.Group g -> g.calls().stream().flatMap(c -> c.args().stream()).map(Plan.Arg::buffer).toList();
      case Plan.Repeat r -> throw new AssertionError("no repeat expected, came " + r);
    };
  }

  @Test
  void oneAndTwoWorkersGiveTheSameBits() {
    double[][] seen = new double[2][];
    for (int threads = 1; threads <= 2; threads++) {
      try (var allocator = new RootAllocator();
          var variables = new Variables(allocator, 1);
          var engine = new PlannedEngine(Cold.backend(threads));
          var program = engine.compile(classifier(96), variables)) {
        fill(program, 96);
        for (int step = 0; step < 3; step++) {
          program.run();
        }
        double[] w = variables.get("w");
        double[] all = Arrays.copyOf(w, w.length + 2);
        all[w.length] = program.get("loss")[0];
        all[w.length + 1] = program.get("norm")[0];
        seen[threads - 1] = all;
      }
    }
    assertThat(seen[1]).containsExactly(seen[0]);
  }

  @Test
  void trainingStaysInOneProgram() {
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var engine = new PlannedEngine(Cold.backend(1));
        var program = engine.compile(classifier(16), variables)) {
      fill(program, 16);
      program.run();
      double start = program.get("loss")[0];
      for (int step = 0; step < 60; step++) {
        program.run();
      }
      assertThat(program.get("loss")[0]).isLessThan(start / 2);
      assertThat(variables.get("optimiser.step")).containsExactly(61);
    }
  }
}
