package dev.runnel.models;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.ssm.Carried;
import java.util.HashMap;
import java.util.Map;

/**
 * A model on sequences that come in chunks of any size: states, the last inputs of convolutions and what pooling has
 * summed stay from one chunk to the next, so that after each chunk the scores are those of all steps so far, to
 * rounding. Memory does not grow with time.
 *
 * <p>One program is compiled for each number of steps that comes. What is carried lies among the variables,
 * as {@link Carried} names it: variables serve one stream at a time.
 */
public final class Streamed implements AutoCloseable {
  private final Model model;
  private final Engine engine;
  private final Variables variables;
  private final DType type;
  private final int rows;
  private final int channels;
  private final Map<Integer, Program> programs = new HashMap<>();

  /**
   * Before the first step.
   *
   * @param variables with the model's weights
   * @param rows sequences that advance together
   */
  public Streamed(Model model, Engine engine, Variables variables, DType type, int rows, int channels) {
    this.model = model;
    this.engine = engine;
    this.variables = variables;
    this.type = type;
    this.rows = rows;
    this.channels = channels;
    reset();
  }

  /**
   * What the model gives after all steps so far, row-major: scores {@code (rows, classes)} if it pools.
   *
   * @param chunk {@code (rows, steps, channels)}, row-major
   * @throws IllegalArgumentException if it is of another size, or the model reads steps before they come
   */
  public double[] next(int steps, double... chunk) {
    if (steps < 0 || chunk.length != rows * steps * channels) {
      throw new IllegalArgumentException(
          "streaming: %d x %d x %d numbers expected, %d came".formatted(rows, steps, channels, chunk.length));
    }
    var program = programs.computeIfAbsent(steps, n -> engine.compile(tape(n), variables));
    program.set("x", chunk);
    program.run();
    return program.get("logits");
  }

  /** Forgets all steps. */
  public void reset() {
    var once = tape(0);
    variables.declare(once);
    for (var d : once.declarations()) {
      if (!d.trained() && Carried.holds(d.path())) {
        variables.set(d.path(), new double[Math.toIntExact(d.shape().size())]);
      }
    }
  }

  private Tape tape(int steps) {
    var tape = new Tape(type);
    var x = tape.input("x", Shape.of(rows, steps, channels));
    tape.output("logits", model.logits(tape.scope().with(Purpose.STREAMING), x, null));
    return tape;
  }

  @Override
  public void close() {
    programs.values().forEach(Program::close);
    programs.clear();
  }
}
