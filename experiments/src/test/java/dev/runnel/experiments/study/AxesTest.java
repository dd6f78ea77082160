package dev.runnel.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class AxesTest {
  private static final Axes WIDTH = Axes.of("model.hidden", 8, 16);
  private static final Axes RATE = Axes.of("train.optimiser.rate", 1e-3, 0.01, 0.1);

  private static List<String> named(Axes axes) {
    return axes.points().stream().map(Axes.Point::toString).toList();
  }

  @Test
  void productVariesTheLastAxisFastest() {
    assertThat(named(WIDTH.times(RATE))).containsExactly(
        "model.hidden=8, train.optimiser.rate=0.001", "model.hidden=8, train.optimiser.rate=0.01",
        "model.hidden=8, train.optimiser.rate=0.1", "model.hidden=16, train.optimiser.rate=0.001",
        "model.hidden=16, train.optimiser.rate=0.01", "model.hidden=16, train.optimiser.rate=0.1");
  }

  @Test
  void zipGoesSideBySide() {
    assertThat(named(WIDTH.zip(Axes.of("model.state", 4, 2)))).containsExactly(
        "model.hidden=8, model.state=4", "model.hidden=16, model.state=2");
    assertThatThrownBy(() -> WIDTH.zip(RATE)).hasMessage(
        "axes: zip: as many points on both sides expected, came 2 and 3");
  }

  @Test
  void unionHasEachPointOnce() {
    assertThat(named(WIDTH.plus(Axes.of("model.hidden", 16, 32)))).containsExactly(
        "model.hidden=8", "model.hidden=16", "model.hidden=32");
  }

  @Test
  void exclusionTakesAwayWhatHasAllOfItsValues() {
    var without = WIDTH.times(RATE).minus(Axes.of("model.hidden", 16).times(Axes.of("train.optimiser.rate", 0.01, 0.1)));
    assertThat(named(without)).hasSize(4).doesNotContain("model.hidden=16, train.optimiser.rate=0.1");
    assertThatThrownBy(() -> WIDTH.minus(Axes.of("model.hidden", 9))).hasMessageContaining("'model.hidden=9' is none");
    assertThatThrownBy(() -> WIDTH.minus(WIDTH)).hasMessageContaining("none is left");
  }

  @Test
  void aKeyOnTwoAxesIsRefused() {
    assertThatThrownBy(() -> WIDTH.times(WIDTH)).hasMessage(
        "axes: each key on one axis expected, 'model.hidden' came on two");
  }

  @Test
  void valuesArePlain() {
    assertThatThrownBy(() -> Axes.of("model.hidden", List.of(1))).hasMessageContaining("came [1]");
    assertThat(Axes.of("data.name", "a b").points().getFirst().settings()).containsExactly("data.name=\"a b\"");
  }

  @Test
  void drawsAreKeyedByTheirNumberAndLieInTheirRange() {
    var ranges = List.of(new Axes.Range("train.optimiser.rate", 1e-4, 1e-2, true, false),
        new Axes.Range("model.hidden", 4, 64, false, true));
    var few = Axes.random(5, 3, ranges);
    assertThat(Axes.random(200, 3, ranges).points()).startsWith(few.points().toArray(Axes.Point[]::new));
    assertThat(Axes.random(5, 4, ranges)).isNotEqualTo(few);
    var points = Axes.random(2000, 3, ranges).points();
    double below = 0;
    for (var point : points) {
      double rate = (double) point.values().get("train.optimiser.rate");
      assertThat(rate).isBetween(1e-4, 1e-2);
      assertThat((long) point.values().get("model.hidden")).isBetween(4L, 64L);
      below += rate < 1e-3 ? 1 : 0;
    }
    assertThat(below / points.size()).as("half of the logarithms below the middle").isBetween(0.46, 0.54);
    Set<Object> widths = points.stream().map(p -> p.values().get("model.hidden")).collect(Collectors.toSet());
    assertThat(widths).hasSize(61);
  }
}
