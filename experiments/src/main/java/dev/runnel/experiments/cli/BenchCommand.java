package dev.runnel.experiments.cli;

import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.experiments.bench.GemmBench;
import dev.runnel.experiments.bench.Roofline;
import dev.runnel.experiments.bench.ScanBench;
import dev.runnel.experiments.bench.SolveBench;
import dev.runnel.experiments.bench.TrainBench;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.train.Trained;
import dev.runnel.models.Size;
import dev.runnel.ssm.Solver;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "bench", description = "Measures: times after a check against the oracle, passes, and an experiment.")
final class BenchCommand {
  /** The first one, where there are several. */
  private static final String DEVICE = "0:0";

  /** Kernels that are shown: those that take longest. */
  private static final int SHOWN = 16;

  private static final int CLASSES = 2;

  private final Common common;

  BenchCommand(Common common) {
    this.common = common;
  }

  static CommandLine of(Common common) {
    return new CommandLine(new BenchCommand(common)).addSubcommand(new RotationCommand(common));
  }

  @Command(name = "train", description = "One training step.")
  int train(
      @Option(names = "--model", defaultValue = "lrcssm") String model,
      @Option(names = "--batch", required = true) int batch,
      @Option(names = "--length", required = true) int length,
      @Option(names = "--channels", required = true) int channels,
      @Option(names = "--hidden", required = true) int hidden,
      @Option(names = "--state", required = true) int state,
      @Option(names = "--layers", required = true) int layers,
      @Option(names = "--solver", defaultValue = "sequential") String solver,
      @Option(names = "--option", paramLabel = "KEY=VALUE", description = "Of model.options; may be repeated.")
          @Nullable List<String> options,
      @Option(names = "--backend", defaultValue = "simd") String backend,
      @Option(names = "--threads", defaultValue = "0") int threads,
      @Option(names = "--json") boolean json) {
    positive("batch", batch);
    positive("length", length);
    var made =
        Registry.find("model", common.registry().models(), model)
            .create(
                new Size(channels, CLASSES, hidden, state, layers),
                solver(solver, threads),
                Configs.values(options == null ? List.of() : options));
    return run(backend, threads, json, engine -> new TrainBench(made, batch, length, channels).run(engine));
  }

  @Command(
      name = "gpu",
      description = "One training step kernel by kernel: what it would take on an H100 at least, and what it takes here.")
  int gpu(
      @Option(names = "--model", defaultValue = "lrcssm") String model,
      @Option(names = "--batch", required = true) int batch,
      @Option(names = "--length", required = true) int length,
      @Option(names = "--channels", required = true) int channels,
      @Option(names = "--hidden", required = true) int hidden,
      @Option(names = "--state", required = true) int state,
      @Option(names = "--layers", required = true) int layers,
      @Option(names = "--solver", defaultValue = "sequential") String solver,
      @Option(names = "--passes", defaultValue = "4", description = "Newton's passes that are predicted.") int passes,
      @Option(names = "--device", defaultValue = DEVICE) String device,
      @Option(names = "--dump-kernels", paramLabel = "DIR", defaultValue = "") String dump,
      @Option(names = "--json") boolean json) {
    positive("batch", batch);
    positive("length", length);
    var made =
        Registry.find("model", common.registry().models(), model)
            .create(new Size(channels, CLASSES, hidden, state, layers), solver(solver, 1), Map.of());
    var bench = new TrainBench(made, batch, length, channels);
    var kernels = bench.kernels(Roofline.H100, passes);
    var result = new LinkedHashMap<String, Object>();
    result.put("launches", kernels.stream().mapToLong(Roofline.Kernel::times).sum());
    result.put("bytes", kernels.stream().mapToDouble(k -> k.bytes() * k.times()).sum());
    result.put("operations", kernels.stream().mapToDouble(k -> k.operations() * k.times()).sum());
    result.put("predicted_ms", 1e3 * kernels.stream().mapToDouble(Roofline.Kernel::seconds).sum());
    result.put("predicted_for", Roofline.H100.name());
    if (!json) {
      kernels.stream().sorted(Comparator.comparingDouble(k -> -k.seconds())).limit(SHOWN).forEach(k ->
          common.console().out().println("%8.1f us  %6d x  %10.1f kB  %10.1f Mop  %s".formatted(
              1e6 * k.seconds(), k.times(), k.bytes() / 1e3, k.operations() / 1e6, k.what())));
    }
    int code = 0;
    try (var engine =
        Registry.find("backend", common.registry().backends(), "tornado").create(1, device, dump)) {
      var measured = bench.run(engine);
      result.put("measured_ms", measured.get("ms_per_step"));
      result.put("verified", measured.get("verified"));
      code = Boolean.TRUE.equals(measured.get("verified")) ? 0 : 1;
    } catch (IllegalArgumentException e) {
      result.put("not_measured", String.valueOf(e.getMessage()));
    }
    common.console().result(result, json);
    return code;
  }

  @Command(name = "scan", description = "The recurrence alone: drives given.")
  int scan(
      @Option(names = "--cell", defaultValue = "lrc") String cell,
      @Option(names = "--batch", required = true) int batch,
      @Option(names = "--length", required = true) int length,
      @Option(names = "--state", required = true) int state,
      @Option(names = "--solver", defaultValue = "sequential") String solver,
      @Option(names = "--backend", defaultValue = "simd") String backend,
      @Option(names = "--threads", defaultValue = "0") int threads,
      @Option(names = "--json") boolean json) {
    positive("batch", batch);
    positive("length", length);
    positive("state", state);
    var made = Registry.find("cell", common.registry().cells(), cell).create(state);
    var how = solver(solver, threads);
    return run(backend, threads, json, engine -> new ScanBench(made, how, batch, length).run(engine));
  }

  @Command(
      name = "solve",
      description = "How a solver comes through the scans of a trained run, a line a layer: passes, and |J|.")
  int solve(
      @Option(names = "--run", paramLabel = "DIR", required = true) Path run,
      @Option(names = "--data", paramLabel = "DIR", description = "The folder where datasets lie.") @Nullable Path data,
      @Option(names = "--solver", defaultValue = "newton") String solver,
      @Option(names = "--rows", defaultValue = "16", description = "Rows of the test part, from its first.") int rows,
      @Option(names = "--json") boolean json) {
    positive("rows", rows);
    var trained = Trained.of(run, null, null).withSolver(solver);
    var trials = common.trials(data);
    try (var allocator = Memory.exact();
        var dataset = trials.load(trained.config().data(), allocator)) {
      int[] test = trials.split(trained.config().data(), dataset, trained.config().seed()).test();
      int[] some = Arrays.copyOf(test, Math.min(rows, test.length));
      var layers =
          trained.over(
              dataset, common.registry(), allocator, (session, _) -> new SolveBench(session, some).run(solver));
      if (json) {
        common.console().results(layers, true);
      } else {
        layers.forEach(layer -> common.console().result(layer, false));
      }
    }
    return 0;
  }

  @Command(name = "gemm", description = "A matrix product.")
  int gemm(
      @Option(names = "--m", required = true) int m,
      @Option(names = "--n", required = true) int n,
      @Option(names = "--k", required = true) int k,
      @Option(names = "--backend", defaultValue = "simd") String backend,
      @Option(names = "--threads", defaultValue = "0") int threads,
      @Option(names = "--json") boolean json) {
    positive("m", m);
    positive("n", n);
    positive("k", k);
    return run(backend, threads, json, engine -> new GemmBench(m, n, k).run(engine));
  }

  private int run(String backend, int threads, boolean json, Function<Engine, Map<String, Object>> bench) {
    try (var engine = Registry.find("backend", common.registry().backends(), backend).create(workers(threads), DEVICE, "")) {
      var result = bench.apply(engine);
      common.console().result(result, json);
      return Boolean.TRUE.equals(result.get("verified")) ? 0 : 1;
    }
  }

  private Solver solver(String name, int threads) {
    return Registry.find("solver", common.registry().solvers(), name).create(workers(threads));
  }

  private static int workers(int threads) {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("bench: --%s of 1 or more expected, %d came".formatted(name, value));
    }
  }
}
