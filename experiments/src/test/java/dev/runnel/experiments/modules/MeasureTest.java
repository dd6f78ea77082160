package dev.runnel.experiments.modules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The metrics that come along, against numbers worked out by hand. */
final class MeasureTest {
  /** Seven rows of four classes, the last of which nobody has or answers. */
  private static final int[] LABELS = {0, 0, 0, 0, 1, 1, 2};
  private static final int[] ANSWERS = {0, 0, 0, 1, 1, 0, 1};

  private static double[] logits(double sure) {
    double[] logits = new double[4 * ANSWERS.length];
    for (int i = 0; i < ANSWERS.length; i++) {
      logits[4 * i + ANSWERS[i]] = sure;
    }
    return logits;
  }

  private static double of(Measure measure) {
    return measure.of(LABELS, logits(2), 4);
  }

  @Test
  void valuesAreThoseWorkedOut() {
    assertThat(of(Measure.ACCURACY)).isEqualTo(4.0 / 7);
    // F1: 2 * 3 / (4 + 4), 2 * 1 / (2 + 3), 0 of 1
    assertThat(of(Measure.MACRO_F1)).isCloseTo((0.75 + 0.4 + 0) / 3, within(1e-15));
    assertThat(of(Measure.BALANCED_ACCURACY)).isCloseTo((0.75 + 0.5 + 0) / 3, within(1e-15));
    double sum = Math.log(Math.exp(2) + 3);
    assertThat(of(Measure.LOSS)).isCloseTo(sum - 2 * 4.0 / 7, within(1e-15));
    assertThat(Measure.LOSS.of(LABELS, logits(1e300), 4)).isCloseTo(3e300 / 7, within(1e286));
    assertThat(Measure.predicted(new double[] {1, 3, 3, 0}, 0, 4)).as("the first of equals").isEqualTo(1);
  }

  @Test
  void noRowsAreNoReasonToFail() {
    for (var measure : Measure.values()) {
      assertThat(measure.of(new int[0], new double[0], 3)).as(measure.named()).isZero();
      assertThat(measure.summary()).isNotBlank();
    }
    assertThat(Measure.LOSS.isLargerBetter()).isFalse();
    assertThat(Measure.MACRO_F1.named()).isEqualTo("macro-f1");
  }
}
