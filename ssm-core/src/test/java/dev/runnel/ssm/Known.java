package dev.runnel.ssm;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;

/** Published recurrences in their shortest form, to try stability on. A cell of {@code d} channels has d inputs. */
final class Known {
  private Known() {}

  private static Tensor dense(Scope p, String name, Tensor u, int out, double scale) {
    return u.matmulTransposed(p.parameter(name, Shape.of(out, u.shape().last()), Init.normal(scale)));
  }

  /** LrcSSM's cell as its code runs it, every parameter uniform on {@code scale (-1, 1) / sqrt D}. */
  record Lrc(int d, double scale) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      var phi = lane(p, "input_slope").times(u.minus(lane(p, "input_shift"))).sigmoid();
      return Drives.of("f", phi.matmulTransposed(p.parameter("W", Shape.of(d, d), init())))
          .and("z", phi.matmulTransposed(p.parameter("Q", Shape.of(d, d), init())));
    }

    @Override
    public State step(Scope p, State state, Drives u) {
      var x = state.first();
      var psi = lane(p, "slope").times(x.minus(lane(p, "shift"))).sigmoid();
      var f = u.get("f").plus(lane(p, "leak")).plus(lane(p, "w").times(psi)).sigmoid();
      var z = u.get("z").plus(lane(p, "leak")).plus(lane(p, "q").times(psi)).tanh();
      var elastance = lane(p, "kernel").times(x).plus(lane(p, "bias")).sigmoid();
      return State.of(x.plus(elastance.times(lane(p, "e").times(z).minus(f.times(x)))));
    }

    private Tensor lane(Scope p, String name) {
      return p.parameter(name, Shape.of(d), init());
    }

    private Init init() {
      double bound = scale / Math.sqrt(d);
      return Init.uniform(-bound, bound);
    }
  }

  /** LRU (Orvieto et al. 2023, equation 5): {@code e^(-e^nu) e^(i theta)} a channel, inputs scaled by gamma. */
  record Lru(int d) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d).paired();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("re", dense(p, "Bre", u, d, 0.3)).and("im", dense(p, "Bim", u, d, 0.3));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var radius = p.parameter("nu", Shape.of(d), Init.uniform(-4, 0)).exp().unaryMinus().exp();
      var theta = p.parameter("theta", Shape.of(d), Init.uniform(0, 6.28));
      var gamma = radius.times(radius).unaryMinus().plus(1).sqrt();
      return turned(x, radius.times(theta.cos()), radius.times(theta.sin()),
          gamma.times(u.get("re")), gamma.times(u.get("im")));
    }
  }

  private static State turned(State x, Tensor re, Tensor im, Tensor a, Tensor b) {
    return State.of(
        re.times(x.first()).minus(im.times(x.second())).plus(a),
        im.times(x.first()).plus(re.times(x.second())).plus(b));
  }

  /** S5 (Smith et al. 2023, equation 6): {@code lambda = -e^a + i b} discretised by a zero-order hold. */
  record S5(int d) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d).paired();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("re", dense(p, "Bre", u, d, 0.3)).and("im", dense(p, "Bim", u, d, 0.3));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var decay = p.parameter("a", Shape.of(d), Init.uniform(-1, 0)).exp();
      var turn = p.parameter("b", Shape.of(d), Init.uniform(0, 20));
      var delta = p.parameter("delta", Shape.of(d), Init.uniform(-6, -2)).exp();
      var radius = decay.times(delta).unaryMinus().exp();
      var angle = turn.times(delta);
      return turned(x, radius.times(angle.cos()), radius.times(angle.sin()),
          delta.times(u.get("re")), delta.times(u.get("im")));
    }
  }

  /** Mamba's selective recurrence (Gu and Dao 2024, Algorithm 2). */
  record Mamba(int d, int n) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d, n);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("delta", dense(p, "Wd", u, d, 0.3).softplus().unsqueeze(-1))
          .and("x", u.unsqueeze(-1))
          .and("B", dense(p, "Wb", u, n, 0.3).unsqueeze(2))
          .and("C", dense(p, "Wc", u, n, 0.3).unsqueeze(2));
    }

    @Override
    public State step(Scope p, State s, Drives u) {
      var rate = p.parameter("A", Shape.of(d, n), Init.uniform(0, 2)).exp().unaryMinus();
      var delta = u.get("delta");
      return State.of(delta.times(rate).exp().times(s.first()).plus(delta.times(u.get("B")).times(u.get("x"))));
    }

    @Override
    public Tensor readout(Scope p, State s, Drives u) {
      return s.first().times(u.get("C")).sum(-1);
    }
  }

  /** Liquid-S4's recurrence (Hasani et al. 2023, equation 6) with a diagonal A: {@code x <- (A + B u) x + B u}. */
  record Liquid(int d) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("Bu", p.parameter("B", Shape.of(d), Init.uniform(0.1, 0.3)).times(u));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var a = p.parameter("A", Shape.of(d), Init.uniform(-1, 1)).exp().unaryMinus().exp();
      return State.of(a.plus(u.get("Bu")).times(x.first()).plus(u.get("Bu")));
    }
  }

  /** The LSTM with peepholes instead of recurrent matrices. */
  record Lstm(int d, double scale) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d).paired();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("i", dense(p, "Wi", u, d, 0.3))
          .and("f", dense(p, "Wf", u, d, 0.3))
          .and("g", dense(p, "Wg", u, d, 0.3))
          .and("o", dense(p, "Wo", u, d, 0.3));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var write = gate(p, x, u, "i").sigmoid().times(gate(p, x, u, "g").tanh());
      var next = gate(p, x, u, "f").sigmoid().times(x.first()).plus(write);
      return State.of(next, gate(p, x, u, "o").sigmoid().times(next.tanh()));
    }

    private Tensor gate(Scope p, State x, Drives u, String name) {
      return u.get(name).plus(p.parameter("a" + name, Shape.of(d), Init.uniform(-scale, scale)).times(x.second()));
    }

    @Override
    public Tensor readout(Scope p, State x, Drives u) {
      return x.second();
    }
  }
}
