package dev.runnel.autodiff.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Plan;
import dev.runnel.autodiff.kernel.Prim;
import dev.runnel.autodiff.reference.PlanInterpreter;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimdBackendTest {

  /** Widths that this machine runs; 0 is one lane. */
  private static boolean runs(int bits) {
    return bits <= Math.max(128, Species.preferredBits());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void anyLoopGivesWhatTheInterpreterGives(int bits) {
    assumeTrue(runs(bits), () -> "this machine has no registers of " + bits + " bits");
    try (var backend = new SimdBackend(1, bits, false)) {
      for (long seed = 0; seed < 250; seed++) {
        Plan plan = RandomLoops.plan(seed);
        try (Arena arena = Arena.ofConfined()) {
          var expected = new RandomLoops.Memory(plan, arena, seed);
          var came = new RandomLoops.Memory(plan, arena, seed);
          new PlanInterpreter().prepare(plan, expected.addresses).run();
          backend.prepare(plan, came.addresses).run();
          assertThat(expected.difference(came)).as("seed %d, %s", seed, plan.steps()).isNull();
        }
      }
    }
  }

  @Test
  void compiledKernelsGiveWhatTheInterpreterGives() {
    try (var backend = new SimdBackend(2)) {
      for (long seed = 3000; seed < 3012; seed++) {
        Plan plan = RandomLoops.plan(seed);
        try (Arena arena = Arena.ofConfined()) {
          var expected = new RandomLoops.Memory(plan, arena, seed);
          var came = new RandomLoops.Memory(plan, arena, seed);
          new PlanInterpreter().prepare(plan, expected.addresses).run();
          backend.prepare(plan, came.addresses).run();
          assertThat(expected.difference(came)).as("seed %d, %s", seed, plan.steps()).isNull();
        }
      }
      assertThat(backend.compiles().compiled()).isEqualTo(12);
      assertThat(backend.prepare(RandomLoops.plan(3000), new long[RandomLoops.plan(3000).buffers().size()])).isNotNull();
      assertThat(backend.compiles().reused()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void everyPrimitiveKeepsItsBits(int bits) {
    assumeTrue(runs(bits), () -> "this machine has no registers of " + bits + " bits");
    try (var backend = new SimdBackend(1, bits, false)) {
      for (DType type : new DType[] {DType.F32, DType.F64}) {
        for (Prim prim : Prim.values()) {
          if (!prim.own()) {
            check(backend, type, prim);
          }
        }
      }
    }
  }

  /** One primitive over numbers that are hard: zeros, denormals, infinities, NaN, halves. */
  private static void check(SimdBackend backend, DType type, Prim prim) {
    double[] hard = {0, -0.0, 1, -1, 0.5, -2.5, 3.75, 1e-42, -1e-310, 1e30, Double.NaN, Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY, 2147483000.0, -77777.5, 0.1, 9, 16777217};
    int n = hard.length * hard.length;
    boolean counted = prim == Prim.ISHL || prim == Prim.ISHR || prim == Prim.IUSHR;
    var m = new LoopWriter(type);
    int x = m.load(0);
    int y = m.load(1);
    Integer xs = m.compute(Prim.BITS, x);
    Integer ys = m.compute(Prim.BITS, y);
    int less = m.compute(Prim.LT, x, y);
    int equal = m.compute(Prim.EQ, x, y);
    int[] of = new int[3];
    for (int i = 0; i < prim.operands().size(); i++) {
      of[i] = switch (prim.operands().get(i)) {
        case FLOAT -> i == 1 ? y : x;
        case INT -> i == 1 ? counted ? m.integer(5) : ys : prim == Prim.TO_FLOAT ? m.compute(Prim.IUSHR, xs, m.integer(
            type == DType.F64 ? 34 : 3)) : xs;
        case MASK -> i == 1 ? equal : less;
      };
    }
    if (prim == Prim.TO_INT) {
      Integer small = m.compute(Prim.LT, m.compute(Prim.ABS, x), m.constant(2147483008.0));
      of[0] = m.select(small, x, m.constant(-3.9));
    }
    Integer made = switch (prim.operands().size()) {
      case 1 -> m.compute(prim, of[0]);
      case 2 -> m.compute(prim, of[0], of[1]);
      default -> m.compute(prim, of[0], of[1], of[2]);
    };
    Integer shown = switch (prim.result()) {
      case FLOAT -> made;
      case INT -> m.compute(Prim.FROM_BITS, made);
      case MASK -> m.select(made, m.constant(1), m.constant(2));
    };
    m.add(new Ins.Store(2, shown));
    var unit = new Operand(type, 1, Along.UNIT, false);
    var loop = new Loop(type, 1, -1, false, List.of(unit, unit, unit), List.of(), m.list(), List.of(), List.of(),
        List.of(), null);
    var buffers = new ArrayList<Plan.Buffer>();
    var args = new ArrayList<Plan.Arg>();
    for (int i = 0; i < 3; i++) {
      buffers.add(new Plan.Buffer(type, n + 16, Plan.Role.INPUT, "b" + i, -1));
      args.add(new Plan.Arg(i, 0, List.of(1L), 0, 0, 0, 0));
    }
    var group = new Plan.Group(List.of(new Plan.Call(loop, List.of(n), args)), n, n, n, n);
    var plan = new Plan(List.of(new Plan.Step(List.of(group))), buffers, 0);
    try (Arena arena = Arena.ofConfined()) {
      long[][] at = {addresses(plan, arena), addresses(plan, arena)};
      for (long[] memory : at) {
        for (int i = 0; i < n; i++) {
          put(type, memory[0], i, hard[i / hard.length]);
          put(type, memory[1], i, hard[i % hard.length]);
        }
      }
      new PlanInterpreter().prepare(plan, at[0]).run();
      backend.prepare(plan, at[1]).run();
      for (int i = 0; i < n; i++) {
        double expected = get(type, at[0][2], i);
        double came = get(type, at[1][2], i);
        assertThat(Double.doubleToLongBits(came)).as("%s %s of %s, %s: expected %s, came %s", type, prim,
            hard[i / hard.length], hard[i % hard.length], expected, came).isEqualTo(Double.doubleToLongBits(expected));
      }
    }
  }

  private static long[] addresses(Plan plan, Arena arena) {
    return plan.buffers().stream().mapToLong(b -> arena.allocate(b.bytes() + 192, 64).address() + 64).toArray();
  }

  private static void put(DType type, long at, long i, double x) {
    if (type == DType.F64) {
      Raw.put(at + 8 * i, x);
    } else {
      Raw.put(at + 4 * i, (float) x);
    }
  }

  private static double get(DType type, long at, long i) {
    return type == DType.F64 ? Raw.getDouble(at + 8 * i) : Raw.getFloat(at + 4 * i);
  }

  @Test
  void workersChangeNoBitAndARunAllocatesNothing() {
    Plan plan = ScanTiming.backward(true, 5, 6, 33, 40);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<long[]> memories = new ArrayList<>();
    try (Arena arena = Arena.ofConfined(); var one = new SimdBackend(1); var three = new SimdBackend(3)) {
      for (SimdBackend backend : List.of(one, three)) {
        long[] memory = ScanTiming.memory(plan, arena);
        memories.add(memory);
        var run = backend.prepare(plan, memory);
        long least = Long.MAX_VALUE;
        long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (least >= 1000 && System.nanoTime() < patience) { // until the JVM's compiler has come round to it
          long before = threads.getCurrentThreadAllocatedBytes();
          run.run();
          least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes allocated in a run on %d threads", backend.threads()).isLessThan(1000);
      }
      for (int b = 0; b < plan.buffers().size(); b++) {
        for (long e = 0; e < plan.buffers().get(b).elements(); e++) {
          assertThat(Raw.getInt(memories.get(0)[b] + 4 * e)).isEqualTo(Raw.getInt(memories.get(1)[b] + 4 * e));
        }
      }
    }
  }

  @Test
  void anOperandWithARowForEachStretchKeepsWhatAStretchBeganWith() {
    int steps = 11;
    int every = 4;
    var m = new LoopWriter(DType.F32);
    int zero = m.constant(0);
    int x = m.add(new Ins.Carry(0));
    m.add(new Ins.Store(0, x)); // what each step begins with
    Integer next = m.add(x, m.constant(1));
    var kept = new Operand(DType.F32, 6, Along.UNIT, false, every);
    var loop = new Loop(DType.F32, 3, 1, false, List.of(kept), m.list().subList(0, 1),
        m.list().subList(1, m.list().size()), List.of(), List.of(zero), List.of(next), null);
    var arg = new Plan.Arg(0, 0, List.of(0L, 16L, 1L), 0, 0, 0, 0);
    var group = new Plan.Group(List.of(new Plan.Call(loop, List.of(1, steps, 9), List.of(arg))), 1, 1, 1, 9);
    var plan = new Plan(List.of(new Plan.Step(List.of(group))),
        List.of(new Plan.Buffer(DType.F32, 64, Plan.Role.OUTPUT, "kept", -1)), 0);
    try (Arena arena = Arena.ofConfined(); var backend = new SimdBackend(1, Math.min(256, Species.preferredBits()), false)) {
      long[] memory = addresses(plan, arena);
      backend.prepare(plan, memory).run();
      assertThat(List.of(get(DType.F32, memory[0], 0), get(DType.F32, memory[0], 16), get(DType.F32, memory[0], 40)))
          .containsExactly(0.0, 4.0, 8.0);
    }
  }

  @Test
  void productsAgreeInEveryFormAndOnTheFallback() {
    for (DType type : new DType[] {DType.F32, DType.F64}) {
      for (int form = 0; form < 4; form++) {
        for (int[] shape : new int[][] {{300, 20, 33, 1}, {1, 7, 50, 3}, {5, 1, 9, 1}, {17, 16, 0, 2}, {9, 33, 200, 4}}) {
          product(type, (form & 1) != 0, (form & 2) != 0, shape[0], shape[1], shape[2], shape[3]);
        }
      }
    }
    assertThat(SimdBackend.blasStatus()).isNotBlank().doesNotContain("\n");
  }

  private static void product(DType type, boolean ta, boolean tb, int m, int n, int k, int splits) {
    int batch = 2;
    long rowsA = ta ? k : m;
    long widthA = (ta ? m : k) + 3L;
    long rowsB = tb ? n : k;
    long widthB = (tb ? k : n) + 5L;
    long widthC = n + 2L;
    var buffers = List.of(
        new Plan.Buffer(type, batch * rowsA * widthA + 16, Plan.Role.INPUT, "a", -1),
        new Plan.Buffer(type, batch * rowsB * widthB + 16, Plan.Role.INPUT, "b", -1),
        new Plan.Buffer(type, splits * batch * m * widthC + 16, Plan.Role.OUTPUT, "c", -1));
    var gemm = new Plan.Gemm(type, ta, tb, batch, m, n, k, splits,
        new Plan.Arg(0, 0, List.of(rowsA * widthA, widthA, 1L), 0, 0, 0, 0),
        new Plan.Arg(1, 0, List.of(rowsB * widthB, widthB, 1L), 0, 0, 0, 0),
        new Plan.Arg(2, 0, List.of(m * widthC, widthC, 1L), 0, 0, batch * m * widthC, 0));
    var plan = new Plan(List.of(new Plan.Step(List.of(gemm))), buffers, 0);
    try (Arena arena = Arena.ofConfined(); var backend = new SimdBackend(2, 0, false)) {
      long[][] at = {addresses(plan, arena), addresses(plan, arena)};
      for (long[] memory : at) {
        var random = new java.util.Random(3);
        for (int b = 0; b < 3; b++) {
          for (long e = 0; e < buffers.get(b).elements(); e++) {
            put(type, memory[b], e, random.nextInt(200) / 100.0 - 1);
          }
        }
      }
      new PlanInterpreter().prepare(plan, at[0]).run();
      backend.prepare(plan, at[1]).run();
      double tolerance = (k + 4) * type.epsilon() * 4;
      for (long e = 0; e < buffers.get(2).elements(); e++) {
        assertThat(get(type, at[1][2], e)).as("%s %s %s %d %d %d", type, ta, tb, m, n, k)
            .isCloseTo(get(type, at[0][2], e), org.assertj.core.data.Offset.offset(tolerance));
      }
      long again = arena.allocate(8L * m * n + 64, 64).address();
      PlainGemm.run(type, ta, tb, m, n, k, at[0][0], (int) widthA, at[0][1], (int) widthB, again, n);
      Blas.gemm(type, ta, tb, m, n, k, at[0][0], (int) widthA, at[0][1], (int) widthB, at[1][2], (int) widthC);
      for (int i = 0; i < m * n; i++) {
        assertThat(get(type, again, i)).isCloseTo(get(type, at[1][2], i / n * widthC + i % n),
            org.assertj.core.data.Offset.offset(tolerance));
      }
    }
  }

  @Test
  void aRepeatGoesOnWhileItsFlagIsSet() {
    // x doubles in each pass and is logged at the pass's place; it goes on while x <= 20
    var m = new LoopWriter(DType.F32);
    Integer x = m.load(0);
    Integer twice = m.add(x, x);
    m.add(new Ins.Store(0, twice));
    m.add(new Ins.Store(1, twice));
    Integer large = m.compute(Prim.LT, m.constant(20), twice);
    m.add(new Ins.Store(2, m.compute(Prim.ISEL, large, m.integer(0), m.integer(1))));
    var one = new Operand(DType.F32, 0, Along.SAME, false);
    var loop = new Loop(DType.F32, 1, -1, false,
        List.of(one, one, new Operand(DType.I32, 0, Along.SAME, false)), List.of(), m.list(), List.of(), List.of(),
        List.of(), null);
    List<Long> still = List.of(0L);
    var args = List.of(new Plan.Arg(0, 0, still, 0, 0, 0, 0), new Plan.Arg(1, 0, still, 0, 0, 0, 1),
        new Plan.Arg(2, 0, still, 0, 0, 0, 0));
    var group = new Plan.Group(List.of(new Plan.Call(loop, List.of(1), args)), 1, 1, 1, 1);
    var buffers = List.of(new Plan.Buffer(DType.F32, 1, Plan.Role.TEMP, "", 0),
        new Plan.Buffer(DType.F32, 16, Plan.Role.OUTPUT, "log", 0),
        new Plan.Buffer(DType.I32, 1, Plan.Role.TEMP, "", 0));
    var repeat = new Plan.Repeat(10, 2, 1, List.of(new Plan.Step(List.of(group))));
    var plan = new Plan(List.of(new Plan.Step(List.of(repeat))), buffers, 0);
    try (Arena arena = Arena.ofConfined(); var backend = new SimdBackend(2, 0, false)) {
      long[] memory = addresses(plan, arena);
      Raw.put(memory[0], 1f);
      Raw.put(memory[2], 1);
      backend.prepare(plan, memory).run();
      double[] log = new double[7];
      for (int i = 0; i < log.length; i++) {
        log[i] = get(DType.F32, memory[1], i);
      }
      assertThat(log).containsExactly(2, 4, 8, 16, 32, 0, 0);
      assertThat(get(DType.F32, memory[0], 0)).isEqualTo(32);
    }
  }

  @Test
  void aWorkersFailureReachesTheCaller() {
    try (var workers = new Workers(3)) {
      var tasks = new Workers.Task[50];
      var ran = new java.util.concurrent.atomic.AtomicInteger();
      for (int i = 0; i < tasks.length; i++) {
        int number = i;
        tasks[i] = worker -> {
          ran.incrementAndGet();
          if (number == 31) {
            throw new IllegalArgumentException("thirty-one");
          }
        };
      }
      for (int round = 0; round < 200; round++) {
        ran.set(0);
        workers.begin();
        assertThatThrownBy(() -> workers.run(tasks)).hasMessage("thirty-one");
        workers.end();
        assertThat(ran).hasValue(50);
      }
    }
  }

  @Test
  void mistakesAreToldInOneLine() {
    assertThatThrownBy(() -> new SimdBackend(-1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("simd threads: expected at least 1, came -1; leave it out for one");
    var m = new LoopWriter(DType.F32);
    int index = m.add(new Ins.Const(Kind.INT, 7));
    m.add(new Ins.Store(1, m.add(new Ins.Load(0, index))));
    var one = new Operand(DType.F32, 0, Along.SAME, false);
    var loop = new Loop(DType.F32, 1, -1, false, List.of(one, one), List.of(), m.list(), List.of(), List.of(), List.of(),
        null);
    var args = List.of(new Plan.Arg(0, 0, List.of(0L), 1, 5, 0, 0), new Plan.Arg(1, 0, List.of(0L), 0, 0, 0, 0));
    var group = new Plan.Group(List.of(new Plan.Call(loop, List.of(1), args)), 1, 1, 1, 1);
    var buffers = List.of(new Plan.Buffer(DType.F32, 5, Plan.Role.INPUT, "table", 0),
        new Plan.Buffer(DType.F32, 1, Plan.Role.OUTPUT, "y", 0));
    var plan = new Plan(List.of(new Plan.Step(List.of(group))), buffers, 0);
    try (Arena arena = Arena.ofConfined(); var backend = new SimdBackend(1, 0, false)) {
      var run = backend.prepare(plan, addresses(plan, arena));
      assertThatThrownBy(run::run).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("index");
    }
  }
}
