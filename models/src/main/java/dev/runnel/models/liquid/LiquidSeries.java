package dev.runnel.models.liquid;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Pooling;
import dev.runnel.models.blocks.Convolution;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import org.jspecify.annotations.Nullable;

/**
 * Liquid-S4 up to a degree p in the products of inputs, with the parameters of {@link Liquid}.
 *
 * @param degree p, 1 for plain diagonal S4
 */
public record LiquidSeries(Liquid cell, Terms terms, int degree, Solver solver) implements Layer {

  /** Which terms of higher degree. */
  public enum Terms {
    /**
     * The exact model's own: {@code x^(1) <- A x^(1) + B' u}, {@code x^(q)_k = A x^(q)_(k-1) + B' u_k x^(q-1)_(k-1)},
     * {@code y = 2 Re C (x^(1) + .. + x^(p))}. Each is linear in its state and as stable as A: no guard is needed.
     */
    TRUNCATED,
    /**
     * The paper's PB kernel made causal, A = 1 in the products' terms:
     * {@code y = 2 Re C x^(1) + sum_(q=2..p) 2 Re (sum_m C_m B'_m^q) g(e_q)} with
     * {@code e_q(k) = e_q(k-1) + u_k e_(q-1)(k-1)}, {@code e_0 = 1}, and g by the guard: e_q grows with the q-th
     * power of time.
     */
    PB
  }

  public LiquidSeries {
    if (degree < 1 || degree > 16) {
      throw new IllegalArgumentException("liquid: a degree from 1 to 16 expected, %d came".formatted(degree));
    }
  }

  @Override
  public Tensor apply(Scope p, Tensor u, @Nullable Tensor lengths) {
    var whole = Pooling.masked(u, lengths);
    var drives = cell.linear(p, whole);
    var x = run(p.scope("degree-1"), new Order(cell, drives), whole, lengths);
    var y = cell.read(p, x).plus(cell.skip(p, drives.get("u")));
    if (terms == Terms.PB) {
      return y.plus(products(p, whole, drives, lengths));
    }
    for (int q = 2; q <= degree; q++) {
      var at = p.scope("degree-" + q);
      var before = State.of(Convolution.before(at, "re", x.first()), Convolution.before(at, "im", x.second()));
      x = run(at, new Order(cell, drives.and("p_re", before.first()).and("p_im", before.second())), whole, lengths);
      y = y.plus(cell.read(p, x));
    }
    return y;
  }

  private State run(Scope p, Cell order, Tensor u, @Nullable Tensor lengths) {
    return Scan.of(order).withSolver(solver).run(p, u, lengths, null).states();
  }

  /** One degree's states: those of the degree below, a step earlier, are among the drives. */
  private record Order(Liquid cell, Drives drives) implements Cell {
    @Override
    public StateShape state() {
      return cell.state();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return drives;
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var re = u.get("b_re").times(u.get("u"));
      var im = u.get("b_im").times(u.get("u"));
      if (u.byName().containsKey("p_re")) {
        var below = State.of(u.get("p_re"), u.get("p_im"));
        var times = Liquid.turned(below, re, im, re.like(0), re.like(0));
        re = times.first();
        im = times.second();
      }
      return Liquid.turned(x, u.get("a_re"), u.get("a_im"), re, im);
    }
  }

  private Tensor products(Scope p, Tensor u, Drives drives, @Nullable Tensor lengths) {
    var lanes = Shape.of(cell.channels(), cell.modes());
    var bRe = drives.get("b_re").reshape(lanes);
    var bIm = drives.get("b_im").reshape(lanes);
    var c = cell.output(p);
    var weight = State.of(c.at(-1, 0), c.at(-1, 1));
    weight = Liquid.turned(weight, bRe, bIm, bRe.like(0), bRe.like(0));
    var e = summed(p.scope("product-1"), u, lengths);
    var y = u.like(0);
    for (int q = 2; q <= degree; q++) {
      var at = p.scope("product-" + q);
      e = summed(at, u.times(Convolution.before(at, "e", e)), lengths);
      weight = Liquid.turned(weight, bRe, bIm, bRe.like(0), bRe.like(0));
      var held =
          switch (cell.guard()) {
            case CLAMP -> e.maximum(-1).minimum(1);
            case TANH -> e.tanh();
            case NONE -> e;
          };
      y = y.plus(weight.first().sum(-1).times(2).times(held));
    }
    return y;
  }

  private Tensor summed(Scope p, Tensor v, @Nullable Tensor lengths) {
    return run(p, Cell.of(cell.channels(), (sum, next) -> sum.plus(next)), v, lengths).first();
  }
}
