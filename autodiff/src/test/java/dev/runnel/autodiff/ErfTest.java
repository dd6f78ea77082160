package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The oracle's error function against published values (Abramowitz, Stegun, table 7.1; DLMF 7). */
class ErfTest {
  private static final double[][] KNOWN = {
    {0.1, 0.1124629160182849},
    {0.5, 0.5204998778130465},
    {1, 0.8427007929497149},
    {1.5, 0.9661051464753108},
    {2, 0.9953222650189527},
    {2.5, 0.9995930479825550},
    {3, 0.9999779095030014},
    {4, 0.9999999845827421},
  };

  @Test
  void agreesWithPublishedValues() {
    for (double[] row : KNOWN) {
      assertThat(Erf.of(row[0])).as("erf %s", row[0]).isCloseTo(row[1], within(4e-16));
      assertThat(Erf.of(-row[0])).isEqualTo(-Erf.of(row[0]));
    }
  }

  @Test
  void keepsItsEnds() {
    assertThat(Erf.of(0)).isZero();
    assertThat(Erf.of(1e-300)).isEqualTo(2 / Math.sqrt(Math.PI) * 1e-300);
    assertThat(Erf.of(7)).isEqualTo(1);
    assertThat(Erf.of(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
    assertThat(Erf.of(Double.NaN)).isNaN();
  }

  @Test
  void seriesAndFractionMeet() {
    assertThat(Erf.of(Math.nextDown(2.5))).isCloseTo(Erf.of(2.5), within(3e-16));
  }
}
