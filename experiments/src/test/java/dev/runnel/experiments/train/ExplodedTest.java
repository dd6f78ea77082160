package dev.runnel.experiments.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a step may come to. */
class ExplodedTest {
  private static void check(double loss, double norm) {
    Exploded.check(new Session.Outcome(loss, 0, norm), new Position());
  }

  @Test
  void lossesAndGradientsHaveBounds() {
    assertThatCode(() -> check(1e8, 1e300)).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(1.01e8, 1)).hasMessage("a loss of at most 1e+08 expected, 1.010e+08 came");
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> check(bad, 1)).hasMessage("a finite loss expected, " + bad + " came");
      assertThatThrownBy(() -> check(1, bad)).hasMessage("a finite norm of the gradient expected, " + bad + " came");
    }
  }
}
