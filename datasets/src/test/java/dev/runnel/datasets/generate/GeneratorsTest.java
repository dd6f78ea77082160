package dev.runnel.datasets.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.Storage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** What is made up obeys its definition, recomputed here from the values alone, and is the same each time. */
class GeneratorsTest {
  private static final Map<String, DatasetSource> SMALL = Map.of(
      "adding", new Adding(1, 60, 40, 51), "copying", new Copying(1, 60, 40, 5, 4, 20),
      "selective-copying", new SelectiveCopying(1, 60, 40, 5, 4, 20), "mqar", new Mqar(1, 60, 40, 20, 4, 40, 0.01),
      "parity", new Parity(1, 60, 40, 1, 9, 30), "mackey-glass", new MackeyGlass(1, 6, 4, 50, 17, 15),
      "lorenz", new Lorenz(1, 6, 4, 50, 0.05, 0.2, 0), "listops", new ListOps(1, 60, 20, 20, 10, 100, 5));

  private static void with(String name, Consumer<Dataset> check) {
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = SMALL.get(name).load(allocator, Storage.standard())) {
      check.accept(data);
    }
  }

  @Test
  void everyGeneratorIsHereAndMakesTheSameTwice() {
    assertThat(SMALL.keySet()).isSubsetOf(Generators.standard().keySet());
    SMALL.forEach((name, source) -> {
      assertThat(source.name()).isEqualTo(name);
      with(name, one -> with(name, again -> assertThat(again.hash()).isEqualTo(one.hash())));
    });
    try (RootAllocator allocator = new RootAllocator();
        Dataset one = new Adding(1, 3, 2, 8).load(allocator, Storage.standard());
        Dataset other = new Adding(2, 3, 2, 8).load(allocator, Storage.standard());
        Dataset more = new Adding(1, 4, 2, 8).load(allocator, Storage.standard())) {
      assertThat(other.hash()).isNotEqualTo(one.hash());
      assertThat(more.value(2, 5, 0)).isEqualTo(one.value(2, 5, 0)); // a row doesn't depend on how many there are
    }
  }

  @Test
  void adding() {
    with("adding", data -> {
      for (int row = 0; row < data.size(); row++) {
        double sum = 0;
        int marks = 0;
        for (int t = 0; t < 51; t++) {
          sum += data.value(row, t, 0) * data.value(row, t, 1);
          marks += (int) data.value(row, t, 1) << (t < 25 ? 0 : 8);
        }
        assertThat(marks).isEqualTo(0x101); // one in each half
        assertThat(data.number(row)).isCloseTo(sum, within(1e-15));
      }
    });
  }

  @Test
  void copying() {
    with("copying", data -> {
      for (int row = 0; row < data.size(); row++) {
        for (int t = 0; t < 29; t++) {
          assertThat(data.stepLabel(row, t)).isEqualTo(t < 25 ? -1 : (int) data.value(row, t - 25, 0));
          assertThat(t < 4 || data.value(row, t, 0) == (t == 24 ? 6 : 5)).isTrue();
        }
      }
    });
  }

  @Test
  void selectiveCopying() {
    with("selective-copying", data -> {
      for (int row = 0; row < data.size(); row++) {
        int r = row;
        int[] symbols = IntStream.range(0, 20).map(t -> (int) data.value(r, t, 0)).filter(v -> v < 5).toArray();
        int[] asked = IntStream.range(20, 24).map(t -> data.stepLabel(r, t)).toArray();
        assertThat(asked).isEqualTo(symbols);
        assertThat(IntStream.range(0, 20).map(t -> data.stepLabel(r, t))).containsOnly(-1);
        assertThat(data.value(row, 20, 0)).isEqualTo(6);
      }
    });
  }

  @Test
  void associativeRecall() {
    with("mqar", data -> {
      for (int row = 0; row < data.size(); row++) {
        Map<Integer, Integer> memory = new HashMap<>();
        int asked = 0;
        for (int t = 0; t < 8; t += 2) {
          memory.put((int) data.value(row, t, 0), (int) data.value(row, t + 1, 0));
        }
        assertThat(memory).hasSize(4);
        assertThat(memory.keySet()).allMatch(k -> k >= 1 && k < 10);
        assertThat(memory.values()).allMatch(v -> v >= 10 && v < 20);
        for (int t = 0; t < 40; t++) {
          if (data.stepLabel(row, t) >= 0) {
            asked++;
            assertThat(t).isGreaterThanOrEqualTo(8);
            assertThat(data.stepLabel(row, t)).isEqualTo(memory.get((int) data.value(row, t, 0)));
          }
        }
        assertThat(asked).isEqualTo(4);
      }
    });
  }

  @Test
  void parity() {
    with("parity", data -> {
      for (int row = 0; row < data.size(); row++) {
        double ones = 0;
        for (int t = 0; t < data.length(row); t++) {
          ones += data.value(row, t, 0);
        }
        assertThat(data.label(row)).isEqualTo((int) ones % 2);
        assertThat(data.length(row)).isBetween(1, row < 60 ? 9 : 30);
      }
      assertThat(data.maxLength()).isGreaterThan(20);
    });
  }

  @Test
  void mackeyGlassIsIntegratedToFourthOrder() {
    MackeyGlass equation = new MackeyGlass(0, 1, 0, 1, 17, 1);
    double[] coarse = equation.solution(1.2, 60, 10);
    double[] fine = equation.solution(1.2, 60, 20);
    double[] finest = equation.solution(1.2, 60, 160);
    double error = 0;
    double half = 0;
    for (int t = 0; t < 60; t++) {
      error = Math.max(error, Math.abs(coarse[t] - finest[t]));
      half = Math.max(half, Math.abs(fine[t] - finest[t]));
    }
    assertThat(error).isLessThan(1e-6);
    assertThat(error / half).isBetween(8.0, 32.0); // 16 at order 4
    assertThat(coarse[1]).isCloseTo(closedForm(1.2), within(1e-9)); // the history is constant up to t = 17
    with("mackey-glass", data -> assertThat(data.length(0)).isEqualTo(50));
  }

  private static double closedForm(double history) {
    double drive = 0.2 * history / (1 + Math.pow(history, 10));
    return drive / 0.1 + (history - drive / 0.1) * Math.exp(-0.1);
  }

  @Test
  void lorenzIsOnItsAttractorAtIrregularTimes() {
    double[] one = {1, 2, 20};
    double[] two = {1, 2, 20};
    Lorenz.advance(one, 1);
    for (int i = 0; i < 1000; i++) {
      Lorenz.advance(two, 0.001);
    }
    assertThat(one[0]).isCloseTo(two[0], within(1e-5));
    with("lorenz", data -> {
      double waits = 0;
      for (int row = 0; row < data.size(); row++) {
        assertThat(data.value(row, 0, 3)).isZero();
        for (int t = 1; t < 50; t++) {
          double wait = data.time(row, t) - data.time(row, t - 1);
          assertThat(wait).isPositive().isCloseTo(data.value(row, t, 3), within(1e-12));
          assertThat(data.value(row, t, 2)).isBetween(0.0, 55.0);
          waits += wait;
        }
      }
      assertThat(waits / 490).isCloseTo(0.05, within(0.01));
    });
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(() -> new Adding(0, 0, 1, 5)).hasMessageContaining("at least 1 train row");
    assertThatThrownBy(() -> new Mqar(0, 1, 1, 20, 4, 41, 0.01)).hasMessageContaining("an even length");
    assertThatThrownBy(() -> new Copying(0, 1, 1, 1, 4, 4))
        .hasMessage("copying: alphabet of at least 2 expected, came 1");
    assertThat(List.copyOf(Generators.standard().values())).allMatch(source -> source.summary().contains("generated"));
  }
}
