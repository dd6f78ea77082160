package dev.runnel.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A tape made of random operations on random shapes, with a loss, its gradients and assignments: the
 * same seed gives the same tape. Values stay moderate, so that engines can be compared.
 */
record RandomProgram(Tape tape, List<String> outputs, SplittableRandom random) {

  static RandomProgram of(long seed, DType type, int operations) {
    var random = new SplittableRandom(seed);
    var tape = new Tape(type);
    var pool = new ArrayList<Tensor>();
    int b = 1 + random.nextInt(5);
    int t = 1 + random.nextInt(7);
    int h = 1 + random.nextInt(random.nextBoolean() ? 6 : 40);
    pool.add(tape.input("x", Shape.of(b, t, h)));
    pool.add(tape.input("y", Shape.of(t, h)));
    var scope = tape.scope();
    pool.add(scope.parameter("w", Shape.of(h, h), Init.uniform(-0.5, 0.5)));
    pool.add(scope.parameter("v", Shape.of(h), Init.uniform(-1, 1)));
    pool.add(scope.parameter("s", Shape.of(), Init.uniform(0.5, 1)));
    var index = tape.input("index", DType.I32, Shape.of(b, t));
    for (int i = 0; i < operations; i++) {
      pool.add(bounded(step(random, pool, scope.scope("p"), index, h, i)));
    }
    var tensors = pool.subList(Math.max(5, pool.size() - 4), pool.size());
    var loss = tape.constant(0);
    for (var x : tensors) {
      loss = loss.plus(x.times(x).mean());
    }
    var wrt = new ArrayList<>(tape.parameters().values());
    wrt.add(pool.get(0));
    var gradients = tape.gradients(loss, wrt);
    tape.output("loss", loss);
    tape.output("last", pool.getLast());
    for (int i = 0; i < gradients.size(); i++) {
      tape.output("gradient" + i, gradients.get(i));
    }
    var names = new ArrayList<>(tape.parameters().keySet());
    for (int i = 0; i < names.size(); i++) {
      tape.assign(wrt.get(i), wrt.get(i).minus(gradients.get(i).times(0.1)));
    }
    return new RandomProgram(tape, List.copyOf(tape.outputs().keySet()), random);
  }

  /** Fills a program's inputs with what the seed says. */
  void fill(Program program) {
    var values = new SplittableRandom(42);
    tape.inputs()
        .forEach(
            (name, x) -> {
              double[] v = new double[(int) x.shape().size()];
              int rows = ((Tensor) tape.variables().get("w")).shape().get(0);
              Arrays.setAll(v, i -> x.type() == DType.I32 ? values.nextInt(rows) : (float) values.nextDouble(-1, 1));
              program.set(name, v);
            });
  }

  private static Tensor bounded(Tensor x) {
    return x.shape().size() > 20_000 ? x.slice(0, 0, 1) : x;
  }

  private static Tensor step(
      SplittableRandom random, List<Tensor> pool, Scope scope, Tensor index, int h, int i) {
    var x = pool.get(random.nextInt(random.nextBoolean() ? pool.size() : Math.min(3, pool.size())));
    var y = pool.get(random.nextInt(pool.size()));
    int rank = x.shape().rank();
    return switch (random.nextInt(24)) {
      case 0 -> combine(x, y, Tensor::plus);
      case 1 -> combine(x, y, Tensor::minus);
      case 2, 3 -> combine(x, y, Tensor::times);
      case 4 -> combine(x, y, (a, c) -> a.div(c.times(c).plus(1)));
      case 5 -> x.tanh();
      case 6 -> x.sigmoid();
      case 7 -> x.times(0.3).exp().times(0.5);
      case 8 -> x.relu();
      case 9 -> x.abs().plus(0.5).log();
      case 10 -> combine(x, y, Tensor::maximum);
      case 11 -> rank == 0 ? x.sin() : x.sum(random.nextInt(rank)).times(0.3);
      case 12 -> rank == 0 ? x.cos() : x.mean(random.nextInt(rank));
      case 13 -> rank == 0 ? x.softplus() : x.max(random.nextInt(rank));
      case 14 -> rank >= 2 ? x.transpose(order(random, rank)) : x.softplus();
      case 15 -> {
        if (rank == 0) {
          yield x.times(x);
        }
        int axis = random.nextInt(rank);
        int from = random.nextInt(x.shape().get(axis));
        yield x.slice(axis, from, from + 1 + random.nextInt(x.shape().get(axis) - from));
      }
      case 16 -> rank == 0 ? x.unaryMinus() : Tensor.concat(random.nextInt(rank), x, x.times(0.5));
      case 17 -> rank == 0 ? x.plus(1) : x.reshape((int) x.shape().size());
      case 18 -> rank == 0 || x.shape().last() < 2 ? x.times(0.5) : x.layerNorm(1e-2);
      case 19 -> rank == 0 ? x.times(2) : x.softmax(random.nextInt(rank));
      case 20, 21 -> {
        if (rank < 2) {
          yield x.softplus();
        }
        int k = x.shape().last();
        int n = 1 + random.nextInt(9);
        var w = scope.parameter("m" + i, Shape.of(k, n), Init.uniform(-1 / Math.sqrt(k), 1 / Math.sqrt(k)));
        yield x.matmul(w);
      }
      case 22 -> rank == 0 ? x.erf() : x.flip(random.nextInt(rank));
      default -> x.shape().rank() >= 1 && x.shape().get(0) >= h ? x.gather(index) : x.less(0.1).select(x.times(2), x);
    };
  }

  private static int[] order(SplittableRandom random, int rank) {
    int[] order = new int[rank];
    Arrays.setAll(order, i -> i);
    for (int i = rank - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }

  private static Tensor combine(Tensor x, Tensor y, java.util.function.BinaryOperator<Tensor> f) {
    try {
      Shape.broadcast("", x.shape(), y.shape());
    } catch (IllegalArgumentException e) {
      return f.apply(x, x.times(0.7));
    }
    return f.apply(x, y);
  }
}
