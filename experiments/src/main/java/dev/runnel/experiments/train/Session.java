package dev.runnel.experiments.train;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.autodiff.memory.Area;
import dev.runnel.autodiff.memory.Slab;
import dev.runnel.datasets.Precision;
import dev.runnel.datasets.Prefetch;
import dev.runnel.datasets.Sequences;
import dev.runnel.experiments.modules.Measure;
import dev.runnel.models.Model;
import dev.runnel.ssm.Observed;
import dev.runnel.ssm.Scan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model with its variables, and the programs that train and use it: one for each number of rows, over the
 * same variables; kernels are shared by all.
 */
public final class Session implements AutoCloseable {
  private final Model model;
  private final Engine engine;
  private final Variables variables;
  private final DType type;
  private final Map<Integer, Program> training = new HashMap<>();
  private final Map<Integer, Program> scoring = new HashMap<>();
  private final Map<Integer, Looking> looking = new HashMap<>();
  private final Sequences data;
  private final @Nullable Optimiser optimiser;
  private final int steps;
  private final boolean unequal;
  private final Prefetch prefetch;
  private @Nullable Slab staging;

  /**
   * Nothing is compiled yet.
   *
   * @param data the sequences that will come: every program takes their longest length
   * @param optimiser null for a model that is only used
   */
  public Session(
      Model model, Engine engine, Variables variables, DType type, Sequences data, @Nullable Optimiser optimiser) {
    this.model = model;
    this.engine = engine;
    this.variables = variables;
    this.type = type;
    this.data = data;
    this.optimiser = optimiser;
    steps = data.maxLength();
    boolean differ = false;
    for (int row = 0; row < data.size(); row++) {
      differ |= data.length(row) != steps;
    }
    unequal = differ;
    prefetch = new Prefetch(data, steps);
  }

  /**
   * What one batch gave.
   *
   * @param loss mean cross-entropy of the batch
   * @param right rows whose label scored highest
   * @param gradientNorm before clipping
   */
  public record Outcome(double loss, int right, double gradientNorm) {}

  /**
   * One step of the optimiser on these rows.
   *
   * @param next the rows that come next, read meanwhile; null at an epoch's end
   */
  public Outcome train(int[] rows, int @Nullable [] next) {
    var program = trainingProgram(rows.length);
    fill(program, rows, true);
    if (next != null) {
      readAhead(next);
    }
    program.run();
    return new Outcome(
        program.output("loss").get(0), Measure.right(labels(rows), program.get("logits"), classes()),
        program.output("norm").get(0));
  }

  /** Labels of rows. */
  int[] labels(int[] rows) {
    return Arrays.stream(rows).map(data::label).toArray();
  }

  /** How many classes labels come from. */
  int classes() {
    return data.classes().size();
  }

  /** Class scores of rows, row-major. */
  public double[] logits(int[] rows) {
    var program = scoringProgram(rows.length);
    fill(program, rows, false);
    program.run();
    return program.get("logits");
  }

  /**
   * What a nonlinear scan of the model did on some rows.
   *
   * @param largest |J|
   * @param above1 share of steps and states with |J| > 1
   * @param solved how its solver fared; null where it does not iterate
   */
  public record Scanned(double largest, double above1, @Nullable Solved solved) {}

  /**
   * How an iterating solver fared.
   *
   * @param iterations each row's passes
   * @param bound the largest on an accepted step's error
   * @param finished most steps of a row that were not accepted
   */
  public record Solved(double[] iterations, double bound, double finished) {}

  /** A program that looks at scans, and whether each scan's solver iterates. */
  record Looking(Program program, List<Boolean> iterating) {}

  /** What each nonlinear scan of the model did on these rows, first layer first. */
  public List<Scanned> scans(int[] rows) {
    var looking = scansProgram(rows.length);
    var program = looking.program();
    fill(program, rows, false);
    program.run();
    var scanned = new ArrayList<Scanned>();
    for (int i = 0; i < looking.iterating().size(); i++) {
      var solved = !looking.iterating().get(i) ? null
          : new Solved(program.get("iterations" + i), program.get("bound" + i)[0], program.get("finished" + i)[0]);
      scanned.add(new Scanned(program.get("largest" + i)[0], program.get("above" + i)[0], solved));
    }
    return scanned;
  }

  /**
   * What the last scan of the model does on some rows, step by step.
   *
   * @param states row-major (row, step, state): the first component's
   * @param jacobian |J| of each of these
   * @param steps of the longest row
   * @param width states a step
   * @param lengths steps of each row; what comes after them means nothing
   */
  public record Trajectories(double[] states, double[] jacobian, int steps, int width, int[] lengths) {}

  /** Runs the model on rows and looks into its last scan that runs forward; null where it has none. */
  public @Nullable Trajectories trajectories(int[] rows) {
    var tape = new Tape(type);
    tape.output("logits", logits(tape.scope(), rows.length));
    var observed = Observed.all(tape);
    if (observed.isEmpty()) {
      return null;
    }
    var last = observed.getLast();
    tape.output("states", last.states());
    tape.output("jacobian", last.jacobian());
    int walked = last.states().shape().get(1);
    int[] lengths = Arrays.stream(rows).map(row -> walked == steps ? data.length(row) : walked).toArray();
    try (var program = engine.compile(tape, variables)) {
      fill(program, rows, false);
      program.run();
      double[] states = program.get("states");
      return new Trajectories(
          states, program.get("jacobian"), walked, states.length / (rows.length * walked), lengths);
    }
  }

  /** The program of {@link #scans} for a number of rows, compiled if need be. */
  Looking scansProgram(int rows) {
    return looking.computeIfAbsent(rows, n -> {
      var tape = new Tape(type);
      tape.output("logits", logits(tape.scope(), n));
      var iterating = new ArrayList<Boolean>();
      for (var scan : Observed.on(tape)) {
        int i = iterating.size();
        var jacobian = scan.jacobian();
        tape.output("largest" + i, jacobian.max());
        tape.output("above" + i, jacobian.like(1).less(jacobian).toFloat().mean());
        if (scan.solution() instanceof Scan.Solution solution) {
          tape.output("iterations" + i, solution.iterations().toFloat());
          tape.output("bound" + i, solution.bound().max());
          tape.output("finished" + i, solution.finished().toFloat().max());
        }
        iterating.add(scan.solution() != null);
      }
      return new Looking(engine.compile(tape, variables), iterating);
    });
  }

  private void readAhead(int[] rows) {
    var area = trainingProgram(rows.length).input("x");
    long address = reserve(rows.length);
    var memory = MemorySegment.ofAddress(address).reinterpret(area.segment().byteSize());
    prefetch.begin(rows, memory, strides(area));
  }

  /** Room to read so many rows ahead; its address. */
  long reserve(int rows) {
    long bytes = trainingProgram(rows).input("x").segment().byteSize();
    var room = staging;
    if (room == null || room.bytes() < bytes) {
      if (room != null) {
        room.close();
        staging = null;
      }
      room = new Slab(variables.allocator(), bytes);
      staging = room;
    }
    return room.address();
  }

  /** The scoring program for a number of rows, compiled if need be. */
  Program scoringProgram(int rows) {
    return scoring.computeIfAbsent(rows, n -> compile(n, false));
  }

  /** The training program for a number of rows, compiled if need be. */
  public Program trainingProgram(int rows) {
    return training.computeIfAbsent(rows, n -> compile(n, true));
  }

  /** Paths of what the model in use reads, parameters and statistics: all that its weights are. */
  public Set<String> weights() {
    return declared(model, type, data.channels()).variables().keySet();
  }

  /** A tape that declares what a model in use reads. */
  public static Tape declared(Model model, DType type, int channels) {
    var tape = new Tape(type);
    model.logits(tape.scope(), tape.input("x", Shape.of(1, 1, channels)), null);
    return tape;
  }

  /** Bytes of all programs' plans and of the variables. */
  public long plannedBytes() {
    long bytes = variables.bytes() + (staging == null ? 0 : staging.bytes());
    for (var programs : List.of(training, scoring)) {
      bytes += programs.values().stream().mapToLong(Program::plannedBytes).sum();
    }
    return bytes + looking.values().stream().mapToLong(l -> l.program().plannedBytes()).sum();
  }

  private Program compile(int rows, boolean trains) {
    var tape = new Tape(type);
    var logits = logits(tape.scope().with(trains ? Purpose.TRAINING : Purpose.USE), rows);
    if (trains) {
      record(tape, logits, rows);
    }
    tape.output("logits", logits);
    return engine.compile(tape, variables);
  }

  /**
   * What a training step on these rows reads and makes, by name: {@code x}, {@code logits} and {@code gradient of PATH}
   * each, row-major. Parameters stay as they are.
   */
  Map<String, double[]> stepInside(int[] rows) {
    var tape = new Tape(type);
    var logits = logits(tape.scope().with(Purpose.TRAINING), rows.length);
    tape.output("logits", logits);
    var loss = logits.crossEntropy(tape.input("labels", DType.I32, Shape.of(rows.length))).mean();
    var gradients = tape.gradients(loss, List.copyOf(tape.parameters().values()));
    var names = new ArrayList<>(List.of("logits"));
    for (var path : tape.parameters().keySet()) {
      tape.output("gradient of " + path, gradients.get(names.size() - 1));
      names.add("gradient of " + path);
    }
    var made = new LinkedHashMap<String, double[]>();
    try (var program = engine.compile(tape, variables)) {
      fill(program, rows, true);
      made.put("x", program.input("x").read());
      program.run();
      names.forEach(name -> made.put(name, program.get(name)));
    }
    return made;
  }

  private Tensor logits(Scope scope, int rows) {
    var x = scope.tape().input("x", Shape.of(rows, steps, data.channels()));
    var lengths = unequal ? scope.tape().input("lengths", DType.I32, Shape.of(rows)) : null;
    return model.logits(scope, x, lengths);
  }

  private void record(Tape tape, Tensor logits, int rows) {
    if (optimiser == null) {
      throw new IllegalStateException("session: made without an optimiser, asked to train");
    }
    var loss = logits.crossEntropy(tape.input("labels", DType.I32, Shape.of(rows))).mean();
    tape.output("loss", loss);
    tape.output("norm", optimiser.minimise(loss));
  }

  private void fill(Program program, int[] rows, boolean trains) {
    var area = program.input("x");
    prefetch.copy(rows, area.segment(), strides(area));
    if (unequal) {
      double[] lengths = new double[rows.length];
      for (int i = 0; i < rows.length; i++) {
        lengths[i] = data.length(rows[i]);
      }
      program.set("lengths", lengths);
    }
    if (trains) {
      program.set("labels", Arrays.stream(labels(rows)).asDoubleStream().toArray());
    }
  }

  private Sequences.Strides strides(Area area) {
    var strides = area.layout().strides();
    int bytes = area.type().bytes();
    return new Sequences.Strides(
        rowStride(strides.get(0), strides.get(1), bytes),
        stepStride(strides.get(1), bytes),
        area.type() == DType.F64 ? Precision.DOUBLE : Precision.SINGLE);
  }

  /** An axis of extent 1 has stride 0 in a layout; any stride that leaves room will do. */
  private long rowStride(long stride, long step, int bytes) {
    return stride != 0 ? stride * bytes : Math.max(step, data.channels()) * bytes * steps;
  }

  private long stepStride(long stride, int bytes) {
    return stride != 0 ? stride * bytes : (long) data.channels() * bytes;
  }

  @Override
  public void close() {
    prefetch.close();
    if (staging != null) {
      staging.close();
    }
    training.values().forEach(Program::close);
    scoring.values().forEach(Program::close);
    looking.values().forEach(l -> l.program().close());
    training.clear();
    scoring.clear();
    looking.clear();
  }
}
