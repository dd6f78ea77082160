package dev.runnel.datasets.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.RealData;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Two evaluators that share no code agree with each other and with recorded answers; lengths are the benchmark's. */
class ListOpsTest {
  /** A second evaluator: one pass with a stack of counts of digits, no sorting, no recursion. */
  private static int counted(double[] symbols, int length) {
    Deque<int[]> open = new ArrayDeque<>(); // operator, then how often each digit came
    int result = -1;
    for (int i = 0; i < length; i++) {
      String symbol = ListOps.SYMBOLS.get((int) symbols[i]);
      if (symbol.startsWith("[")) {
        int[] frame = new int[11];
        frame[10] = (int) symbols[i];
        open.push(frame);
        continue;
      }
      int value = symbol.equals("]") ? close(open.pop()) : Integer.parseInt(symbol);
      if (open.isEmpty()) {
        result = value;
      } else {
        open.peek()[value]++;
      }
    }
    return result;
  }

  private static int close(int[] frame) {
    int count = 0;
    int sum = 0;
    for (int digit = 0; digit < 10; digit++) {
      count += frame[digit];
      sum += digit * frame[digit];
    }
    return switch (ListOps.SYMBOLS.get(frame[10])) {
      case "[MIN" -> nth(frame, 1);
      case "[MAX" -> nth(frame, count);
      case "[MED" -> (nth(frame, (count + 1) / 2) + nth(frame, count / 2 + 1)) / 2;
      default -> sum % 10;
    };
  }

  /** The n-th smallest, counted from 1. */
  private static int nth(int[] frame, int n) {
    int digit = 0;
    for (int left = n - frame[0]; left > 0; left -= frame[digit]) {
      digit++;
    }
    return digit;
  }

  @Test
  void bothEvaluatorsEqualTheRecordedAnswers() {
    RealData.folder("ListOps");
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Archive(List.of(RealData.folder())).load("ListOps", allocator, Storage.standard())) {
      assertThat(data.size()).isEqualTo(10_000);
      double[] row = new double[data.maxLength()];
      for (int r = 0; r < data.size(); r++) {
        data.read(r, row);
        int[] expression = Arrays.stream(row, 0, data.length(r)).mapToInt(v -> (int) v).toArray();
        assertThat(ListOps.value(expression)).as("row " + r).isEqualTo(data.label(r));
        assertThat(counted(row, data.length(r))).as("row " + r).isEqualTo(data.label(r));
      }
    }
  }

  @Test
  void acceptanceAndLengthAreTheBenchmarks() {
    ListOps benchmark = ListOps.standard();
    int accepted = 0;
    long symbols = 0;
    int deepest = 10;
    int[] lengths = new int[40_000];
    int draws = 40_000;
    for (int i = 0; i < draws; i++) {
      int[] expression = benchmark.draw(new SplitMix(5, i));
      if (expression.length > 0) {
        lengths[accepted++] = expression.length;
        symbols += expression.length;
        deepest = Math.min(deepest, depth(expression));
      }
    }
    double rate = accepted / (double) draws;
    assertThat(rate).isBetween(0.079, 0.088); // 8.35 %, three deviations of 0.14
    assertThat(symbols / (double) accepted).isBetween(1018.0, 1062.0); // 1040, three deviations of 7
    int[] sorted = Arrays.stream(lengths, 0, accepted).sorted().toArray();
    assertThat(sorted[accepted / 2]).isBetween(928, 988); // 958
    assertThat(deepest).isGreaterThanOrEqualTo(9);
    System.out.printf("listops: %.2f %% accepted, mean length %.0f, median %d%n", 100 * rate,
        symbols / (double) accepted, sorted[accepted / 2]);
  }

  /** Levels, a digit being one. */
  private static int depth(int[] expression) {
    int depth = 0;
    int deepest = 0;
    for (int symbol : expression) {
      String text = ListOps.SYMBOLS.get(symbol);
      depth += text.startsWith("[") ? 1 : text.equals("]") ? -1 : 0;
      deepest = Math.max(deepest, depth + (text.length() == 1 && !text.equals("]") ? 1 : 0));
    }
    return deepest;
  }

  @Test
  void generatedAnswersAreRightAndRowsDiffer() {
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new ListOps(3, 300, 20, 20, 20, 200, 6).load(allocator, Storage.standard())) {
      double[] row = new double[data.maxLength()];
      for (int r = 0; r < data.size(); r++) {
        data.read(r, row);
        assertThat(data.length(r)).isBetween(21, 199);
        assertThat(counted(row, data.length(r))).isEqualTo(data.label(r));
      }
      assertThat(dev.runnel.datasets.Duplicates.of(data).groups()).isEmpty();
      assertThat(data.validationRows()).isEqualTo(20);
    }
  }

  @Test
  void whatIsNoExpressionIsRefused() {
    for (int[] wrong : new int[][] {{}, {10}, {10, 14}, {10, 3}, {14}, {3, 4}, {15}, {10, 3, 14, 14}}) {
      assertThatThrownBy(() -> ListOps.value(wrong)).as(Arrays.toString(wrong)).hasMessageContaining("expected");
    }
  }
}
