package dev.runnel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.autodiff.simd.SimdBackend;
import dev.runnel.experiments.study.State;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Scan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's snippets: they stand there as they stand here, and they run. */
final class ExamplesTest {
  private static final Path ROOT = Path.of(System.getProperty("runnel.root", ".."));
  private static final Pattern SNIPPET =
      Pattern.compile("<!-- snippet: (\\S+) -->\\R```\\w+\\R(.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  @Test
  void snippetsStandInTheReadmeAsInTheirSources() throws Exception {
    var found = SNIPPET.matcher(Files.readString(ROOT.resolve("README.md"))).results().toList();
    assertEquals(3, found.size(), "snippets in README.md");
    for (var snippet : found) {
      var source = Files.readString(ROOT.resolve(snippet.group(1)));
      var part = source.substring(source.indexOf("// begin\n") + 9, source.indexOf("// end")).stripIndent();
      assertEquals(lines(part), lines(snippet.group(2)), snippet.group(1));
    }
  }

  private static List<String> lines(String text) {
    return text.strip().lines().map(String::stripTrailing).toList();
  }

  @Test
  void theJavaCellLearns() {
    learns(new LeakyGate(8));
  }

  @Test
  void theKotlinCellLearns() {
    learns(new CoupledGate(8));
  }

  private static void learns(Cell cell) {
    var tape = new Tape(DType.F32);
    var u = tape.input("u", Shape.of(4, 20, 3));
    var states = Scan.of(cell).run(tape.scope(), u).output();
    var miss = states.slice(2, 0, 3).minus(u);
    var loss = miss.times(miss).mean();
    tape.output("loss", loss);
    Adam.of(0.02).minimise(loss);
    try (var allocator = new RootAllocator();
        var engine = new PlannedEngine(new SimdBackend(1));
        var variables = new Variables(allocator, 1);
        var program = engine.compile(tape, variables)) {
      program.set("u", new SplittableRandom(1).doubles(4 * 20 * 3, -1, 1).toArray());
      program.run();
      double before = program.get("loss")[0];
      for (int i = 0; i < 200; i++) {
        program.run();
      }
      assertTrue(program.get("loss")[0] < 0.75 * before, "loss fell from " + before + " to " + program.get("loss")[0]);
    }
  }

  @Test
  void theAblationRuns() {
    var view = Ablation.elastance(folder, "train.epochs=1", "model.hidden=8", "model.state=8", "model.layers=1");
    assertEquals(List.of("asymmetric", "symmetric"), view.arms());
    assertEquals(6, view.count(State.DONE));
    assertTrue(view.chosen("symmetric").stream().allMatch(t -> t.done().testAccuracy() > 0), view::toString);
    assertEquals(view, Ablation.elastance(folder, "train.epochs=1", "model.hidden=8", "model.state=8", "model.layers=1"));
  }
}
