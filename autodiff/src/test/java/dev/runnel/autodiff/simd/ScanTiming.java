package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Maths;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Plan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Times the LrcSSM recurrence, forward and back with all gradients, as hand-written Loops: run its main. */
final class ScanTiming {
  static final int T = 1751;
  static final int B = 32;
  static final int D = 64;

  private ScanTiming() {}

  private static Integer sigmoid(LoopWriter m, Integer x, boolean own) {
    return own ? Maths.sigmoid(m, x)
        : m.fma(Maths.tanh(m, m.mul(x, m.constant(.5))), m.constant(.5), m.constant(.5));
  }

  private static final int PARAMETERS = 7;

  /** One step's values from state x and drives f, z: psi, F, th, el, next. */
  private static Integer[] step(LoopWriter m, Integer x, Integer f, Integer z, boolean own) {
    Integer s = m.load(0);
    Integer mu = m.load(1);
    Integer psi = sigmoid(m, m.mul(s, m.sub(x, mu)), own);
    Integer gate = sigmoid(m, m.fma(m.load(2), psi, f), own);
    Integer th = Maths.tanh(m, m.fma(m.load(3), psi, z));
    Integer el = sigmoid(m, m.fma(m.load(5), x, m.load(6)), own);
    Integer d = m.sub(m.mul(m.load(4), th), m.mul(gate, x));
    return new Integer[] {psi, gate, th, el, d, m.fma(el, d, x)};
  }

  static Plan forward(boolean own, int chunk) {
    var operands = new ArrayList<Operand>();
    var args = new ArrayList<Plan.Arg>();
    var buffers = new ArrayList<Plan.Buffer>();
    parameters(operands, args, buffers);
    for (int i = 0; i < 3; i++) {
      sequence(operands, args, buffers, 0, B, T, D);
    }
    var m = new LoopWriter(DType.F32);
    int zero = m.constant(0);
    int x = m.add(new Ins.Carry(0));
    int f = m.load(7);
    int z = m.load(8);
    Integer[] made = step(m, x, f, z, own);
    m.add(new Ins.Store(9, made[5]));
    List<Ins> all = m.list();
    var loop = new Loop(DType.F32, 3, 1, false, operands, all.subList(0, 1), all.subList(1, all.size()), List.of(),
        List.of(zero), List.of(made[5]), null);
    return plan(loop, args, buffers, chunk, B, T, D);
  }

  /** Gradients of the drives and of every parameter, from the states and their gradients. */
  static Plan backward(boolean own, int chunk) {
    return backward(own, chunk, B, T, D);
  }

  static Plan backward(boolean own, int chunk, int batch, int steps, int width) {
    var operands = new ArrayList<Operand>();
    var args = new ArrayList<Plan.Arg>();
    var buffers = new ArrayList<Plan.Buffer>();
    parameters(operands, args, buffers);
    sequence(operands, args, buffers, 0, batch, steps, width); // 7 f
    sequence(operands, args, buffers, 0, batch, steps, width); // 8 z
    sequence(operands, args, buffers, -row(width), batch, steps, width); // 9 state before the step
    sequence(operands, args, buffers, 0, batch, steps, width); // 10 gradient of the state after it
    sequence(operands, args, buffers, 0, batch, steps, width); // 11 gradient of f
    sequence(operands, args, buffers, 0, batch, steps, width); // 12 gradient of z
    for (int i = 0; i < PARAMETERS; i++) {
      buffers.add(new Plan.Buffer(DType.F32, row(width) * batch, Plan.Role.OUTPUT, "g" + i, -1));
      args.add(new Plan.Arg(buffers.size() - 1, 0, List.of(0L, 0L, 1L), 0, 0, row(width), 0));
      operands.add(new Operand(DType.F32, 4, Along.UNIT, false));
    }
    var m = new LoopWriter(DType.F32);
    int zero = m.constant(0);
    int carried = m.add(new Ins.Carry(0));
    Integer f = m.load(7);
    Integer z = m.load(8);
    Integer t = m.add(new Ins.Axis(1));
    Integer first = m.add(new Ins.Compute(dev.runnel.autodiff.kernel.Prim.IEQ, t, m.integer(0), -1));
    Integer x = m.select(first, zero, m.load(9));
    Integer[] v = step(m, x, f, z, own);
    Integer one = m.constant(1);
    Integer g = m.add(carried, (Integer) m.load(10));
    Integer gel = m.mul(m.mul(g, v[4]), m.mul(v[3], m.sub(one, v[3])));
    Integer gd = m.mul(g, v[3]);
    Integer gth = m.mul(m.mul(gd, m.load(4)), m.sub(one, m.mul(v[2], v[2])));
    Integer gf = m.mul(m.mul(gd, m.compute(dev.runnel.autodiff.kernel.Prim.NEG, x)), m.mul(v[1], m.sub(one, v[1])));
    Integer gpsi = m.mul(m.fma(gf, m.load(2), m.mul(gth, m.load(3))), m.mul(v[0], m.sub(one, v[0])));
    Integer gx = m.fma(gpsi, m.load(0), m.fma(gel, m.load(5), m.sub(g, m.mul(gd, v[1]))));
    m.add(new Ins.Store(11, gf));
    m.add(new Ins.Store(12, gth));
    Integer[] sums = {m.mul(gpsi, m.sub(x, m.load(1))), gpsi, m.mul(gf, v[0]), m.mul(gth, v[0]), m.mul(gd, v[2]),
        m.mul(gel, x), gel};
    for (int i = 0; i < PARAMETERS; i++) {
      m.add(new Ins.Reduce(13 + i, sums[i], Ins.Fold.SUM));
    }
    List<Ins> all = m.list();
    var loop = new Loop(DType.F32, 3, 1, true, operands, all.subList(0, 1), all.subList(1, all.size()), List.of(),
        List.of(zero), List.of(gx), null);
    return plan(loop, args, buffers, chunk, batch, steps, width);
  }

  private static Plan plan(Loop loop, List<Plan.Arg> args, List<Plan.Buffer> buffers, int chunk,
      int batch, int steps, int width) {
    var call = new Plan.Call(loop, List.of(batch, steps, width), args);
    var group = new Plan.Group(List.of(call), batch, chunk, chunk, width);
    return new Plan(List.of(new Plan.Step(List.of(group))), buffers, 0);
  }

  private static void parameters(List<Operand> operands, List<Plan.Arg> args, List<Plan.Buffer> buffers) {
    for (int i = 0; i < PARAMETERS; i++) {
      buffers.add(new Plan.Buffer(DType.F32, D, Plan.Role.INPUT, "p" + i, -1));
      args.add(new Plan.Arg(buffers.size() - 1, 0, List.of(0L, 0L, 1L), 0, 0, 0, 0));
      operands.add(new Operand(DType.F32, 4, Along.UNIT, false));
    }
  }

  /** Elements from one step to the next. */
  private static long row(int width) {
    return Math.ceilDiv(width, 16) * 16L;
  }

  private static void sequence(List<Operand> operands, List<Plan.Arg> args, List<Plan.Buffer> buffers, long offset,
      int batch, int steps, int width) {
    buffers.add(new Plan.Buffer(DType.F32, batch * steps * row(width), Plan.Role.INPUT, "s" + buffers.size(), -1));
    args.add(new Plan.Arg(
        buffers.size() - 1, offset, List.of(steps * row(width), row(width), 1L), 0, 0, 0, 0));
    operands.add(new Operand(DType.F32, 7, Along.UNIT, false));
  }

  static long[] memory(Plan plan, Arena arena) {
    var random = new Random(1);
    long[] addresses = new long[plan.buffers().size()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = arena.allocate(plan.buffers().get(i).bytes() + 4096, 64).address() + 1024;
      for (long e = 0; e < plan.buffers().get(i).elements(); e++) {
        Raw.put(addresses[i] + 4 * e, random.nextFloat() - .5f);
      }
    }
    return addresses;
  }

  public static void main(String[] args) {
    System.out.println(Kind.FLOAT + " " + SimdBackend.blasStatus());
    for (boolean own : new boolean[] {false, true}) {
      for (int threads = 1; threads <= 2; threads++) {
        for (Plan plan : List.of(forward(own, B / 2), backward(own, B / 2))) {
          try (Arena arena = Arena.ofConfined(); var backend = new SimdBackend(threads)) {
            var run = backend.prepare(plan, memory(plan, arena));
            double[] times = new double[60];
            for (int i = 0; i < times.length; i++) {
              long start = System.nanoTime();
              run.run();
              times[i] = (System.nanoTime() - start) * 1e-6;
            }
            double second = times[0];
            Arrays.sort(times);
            System.out.printf("own sigmoid %b, %d threads: first %.2f best %.2f median %.2f ms; compile %.2f s, simplified %d%n",
                own, threads, second, times[0], times[30], backend.compiles().seconds(), backend.simplified());
          }
        }
      }
    }
  }
}
