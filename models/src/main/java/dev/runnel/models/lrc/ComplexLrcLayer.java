package dev.runnel.models.lrc;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.Layer;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A complex LRC cell and its read-out {@code Re(C x) + d}: C = C_re + i C_im (D, D), its parts normal with variance
 * {@code 1 / 2D}, d (D) normal.
 */
public record ComplexLrcLayer(ComplexLrc cell, Readout readout, Solver solver) implements Layer {

  /** Whether C and d learn. */
  public enum Readout {
    /** As published: drawn once, the same numbers in every layer and for every seed, never trained. */
    FIXED,
    TRAINED
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    int d = cell.d();
    var part = Init.normal(1 / Math.sqrt(2.0 * d));
    var c = new Complex(drawn(p, "C_re", Shape.of(d, d), part), drawn(p, "C_im", Shape.of(d, d), part));
    var states = Scan.of(cell).withSolver(solver).run(p, x, lengths, null).states();
    return Complex.of(states).realMatmulTransposed(c).plus(drawn(p, "d", Shape.of(d), Init.normal(1)));
  }

  private Tensor drawn(Scope p, String name, Shape shape, Init init) {
    return switch (readout) {
      case TRAINED -> p.parameter(name, shape, init);
      case FIXED ->
          p.state(
              name, p.tape().type(), shape,
              (values, of, random) -> init.fill(values, of, new SplittableRandom(name.hashCode())));
    };
  }
}
