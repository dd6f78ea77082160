package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What scripts are promised of measurements. */
final class BenchTest {
  private static JsonNode bench(String... arguments) {
    var json = Ran.here(arguments).json();
    assertThat(json.get("verified").isBoolean()).isTrue();
    assertThat(json.get("verified").asBoolean()).isTrue();
    assertThat(json.get("statistic").asString()).isEqualTo("median");
    assertThat(json.get("runs").asInt()).isGreaterThanOrEqualTo(20);
    return json;
  }

  @Test
  void trainPlansTheMemoryThatItTakes() {
    var json = bench("bench", "train", "--model", "lrcssm", "--batch", "4", "--length", "128", "--channels", "6",
        "--hidden", "32", "--state", "16", "--layers", "2", "--threads", "2", "--json");
    assertThat(json.get("ms_per_step").asDouble()).isPositive();
    assertThat(json.get("compile_s").asDouble()).isPositive();
    assertThat(json.get("parameters").asLong()).isEqualTo(parameters(6, 32, 16, 2, 2));
    double planned = json.get("planned_bytes").asDouble();
    double peak = json.get("peak_bytes").asDouble();
    System.out.printf("bench train 4 x 128, 32, 16, 2: %.2f ms, planned %.0f, peak %.0f bytes%n",
        json.get("ms_per_step").asDouble(), planned, peak);
    assertThat(peak).isCloseTo(planned, Percentage.withPercentage(5));
  }

  @Test
  void trainTakesAModelsOptions() {
    String[] small = {"bench", "train", "--batch", "2", "--length", "8", "--channels", "3", "--hidden", "4", "--state",
        "4", "--layers", "1", "--threads", "1", "--json", "--option", "cell=rnn"};
    assertThat(bench(small).get("parameters").asLong()).isLessThan(parameters(3, 4, 4, 1, 2));
    small[small.length - 1] = "cel=rnn";
    Ran.here(small).refuses(2, "cel");
  }

  /** Encoder, blocks of cell and MLP, head; a cell has eight numbers a state, two an input, and W and Q. */
  private static long parameters(int channels, int hidden, int state, int layers, int classes) {
    long encoder = mlp(channels, hidden, hidden);
    long block = 8L * state + 2L * hidden + 2L * state * hidden + mlp(state, hidden, hidden);
    return encoder + layers * block + mlp(hidden, hidden, classes);
  }

  private static long mlp(int in, int hidden, int out) {
    return (long) in * hidden + hidden + (long) hidden * out + out;
  }

  @Test
  void scanHoldsWhatIsPromised() {
    var json = bench("bench", "scan", "--cell", "lrc", "--batch", "3", "--length", "50", "--state", "7", "--solver",
        "sequential", "--threads", "1", "--json");
    assertThat(json.propertyNames()).contains("forward_ms", "backward_ms", "iterations", "residual",
        "finished_sequentially", "max_error_vs_sequential");
    assertThat(json.get("forward_ms").asDouble()).isPositive();
    assertThat(json.get("max_error_vs_sequential").asDouble()).isLessThan(1e-4);
  }

  @Test
  void gemmHoldsWhatIsPromised() {
    var json = bench("bench", "gemm", "--m", "17", "--n", "5", "--k", "33", "--json");
    assertThat(json.get("gflops").asDouble()).isPositive();
  }

  @Test
  void gpuPredictsAndSaysWhyItDoesNotMeasure() {
    var json = Ran.here("bench", "gpu", "--batch", "2", "--length", "40", "--channels", "3", "--hidden", "8", "--state",
        "8", "--layers", "1", "--json").json();
    assertThat(json.get("launches").asInt()).isGreaterThan(10);
    assertThat(json.get("predicted_ms").asDouble()).isBetween(5e-3 * json.get("launches").asInt(), 10.0);
    if (json.has("measured_ms")) {
      assertThat(json.get("verified").asBoolean()).isTrue();
    } else {
      assertThat(json.get("not_measured").asString()).startsWith("tornado: ").doesNotContain("\n");
    }
  }

  @Test
  void autoExplainsItself() {
    var chosen = Ran.here("inspect", "gestures", "--set", "model.solver=auto", "--set", "train.batch=1", "--set",
        "model.state=8", "--set", "backend.threads=64", "--json").json().get("chosen");
    assertThat(chosen.size()).isEqualTo(2);
    assertThat(chosen.get(0).asString()).startsWith("sequential: ").contains("for 64 workers");
    var other = Ran.here("inspect", "gestures", "--set", "model.solver=newton", "--json").json();
    assertThat(other.has("chosen")).isFalse();
    assertThat(other.get("solver").asString()).isEqualTo("newton");
  }

  @Test
  void inspectTellsParametersMemoryAndKernels() {
    var json = Ran.here("inspect", "gestures", "--json").json();
    assertThat(json.propertyNames()).contains("parameters", "planned_bytes", "steps", "items", "shapes");
    assertThat(json.get("parameters").asLong()).isEqualTo(parameters(6, 32, 32, 2, 8));
    assertThat(json.get("shapes").get("blocks.1.cell.W").asString()).contains("32");
    var plain = Ran.here("inspect", "gestures");
    assertThat(plain.code()).isZero();
    assertThat(plain.out()).contains("blocks.0.cell.leak", "encoder.0.weight");
  }
}
