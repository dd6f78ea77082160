package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Pass;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Recurrence.Keep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Writes a recurrence's trajectories as walks over chunks of time, scans of affine maps, and passes of both. */
final class Parallel {
  /** What a correction may be; more, or no number, is none. */
  private static final double LIMIT = 1e8;

  /** Stands for no step at all, among numbers of steps. */
  private static final double NEVER = 1e9;

  /** Steps below which a sequence is walked. */
  private static final int SHORT = 32;

  private final Recurrence scan;
  private final Body body;
  private final int m;
  private final int n;
  private final Tape tape;
  private final DType type;
  private final Chunks chunks;
  private final List<Tensor> first;
  private final List<Tensor> drives;
  private final List<Tensor> guess; // none, or trajectories to begin with
  private final List<Tensor> main; // the drives as chunks read them
  private final List<Tensor> jacobian;

  Parallel(Recurrence scan, List<Tensor> operands) {
    this.scan = scan;
    body = scan.body();
    m = scan.components();
    drives = scan.drives(operands);
    n = drives.size();
    tape = operands.getFirst().tape();
    type = body.tape().type();
    var space = scan.space();
    chunks =
        scan.solver() instanceof Solver.Segmented s
            ? Chunks.of(space, Math.max(1, space.get(1) / s.segments()))
            : Chunks.of(space);
    var start = space.with(1, 1);
    first = operands.subList(0, m).stream().map(x -> x.broadcastTo(start)).toList();
    guess = operands.subList(m + n, operands.size());
    main = chunks.count() == 0 ? List.of() : drives.stream().map(chunks::main).toList();
    jacobian = body.jacobian(m);
  }

  /** The trajectories, and what a solver that iterates reports. */
  List<Tensor> results() {
    if (chunks.count() < 2 || (chunks.steps() < SHORT && !(scan.solver() instanceof Solver.Segmented))) {
      var results = new ArrayList<>(Affine.walked(tape, body, scan.space(), Keep.TRAJECTORY, scan.backward(), first, drives));
      if (scan.iterates()) {
        var none = tape.constant(DType.I32, 0, Shape.of(chunks.batch()));
        results.addAll(List.of(none, none.toFloat(), none));
      }
      return results;
    }
    if (!scan.iterates()) {
      return linear();
    }
    return switch (scan.solver()) {
      case Solver.Newton newton -> newton(newton);
      case Solver.Segmented segmented -> segmented(segmented);
      case Solver.Sequential _, Solver.Auto _ -> throw new IllegalStateException("scan: a chosen solver expected");
    };
  }

  private List<Tensor> on(Body.Inputs in, List<Tensor> wanted, List<Tensor> states) {
    return body.on(
        in.tape(),
        name -> {
          int k = Integer.parseInt(name.substring(1));
          return name.charAt(0) == 'x' ? states.get(k) : in.u(k);
        },
        wanted);
  }

  private Body written(Function<Body.Inputs, List<Tensor>> next) {
    return Body.written(type, chunks.lanes(), next);
  }

  // Linear recurrences: one scan.

  private List<Tensor> linear() {
    boolean backward = scan.backward();
    var compose = written(in -> {
      var q = in.xs(m * m, m);
      var next = Affine.product(m, on(in, jacobian, q), in.xs(0, m * m));
      next.addAll(on(in, body.outputs(), q));
      return next;
    });
    var start = first;
    List<Tensor> rest = List.of();
    if (chunks.rest() > 0 && backward) {
      rest = rest(first, true);
      start = rest.stream().map(x -> x.slice(1, 0, 1)).toList();
    }
    var maps =
        Affine.walked(
                tape, compose, chunks.space(), Keep.END, backward,
                Affine.identity(tape, type, chunks.space().rank(), m), main)
            .stream().map(chunks::ofRows).toList();
    var entries = Affine.scan(maps.subList(0, m * m), maps.subList(m * m, maps.size()), start, backward);
    var steps =
        Affine.walked(
            tape, body, chunks.space(), Keep.STEPS, backward, entries.each().stream().map(chunks::firsts).toList(), main);
    if (chunks.rest() > 0 && !backward) {
      rest = rest(entries.end(), false);
    }
    var results = new ArrayList<Tensor>();
    for (int k = 0; k < m; k++) {
      var x = chunks.joined(steps.get(k));
      var parts = new ArrayList<Tensor>(List.of(x));
      parts.add(backward ? parts.size() : 0, backward && !rest.isEmpty() ? rest.get(k) : first.get(k));
      if (!backward && !rest.isEmpty()) {
        parts.add(rest.get(k).slice(1, 1, chunks.rest() + 1));
      }
      results.add(Tensor.concat(1, parts));
    }
    return results;
  }

  private List<Tensor> rest(List<Tensor> from, boolean backward) {
    return Affine.walked(
        tape, body, chunks.restSpace(), Keep.TRAJECTORY, backward, from, drives.stream().map(chunks::rest).toList());
  }

  // Newton's method on every state.

  private List<Tensor> newton(Solver.Newton solver) {
    double tolerance = Solver.tolerance(solver.tolerance(), type);
    var results = approached(solver.maxIterations(), begun(solver.guess()), tolerance, solver.noise());
    var count = results.get(1);
    if (solver.noise() != Solver.UNDAMPED) {
      results = approached(solver.maxIterations(), results.subList(2, results.size()), tolerance, Solver.UNDAMPED);
      count = count.plus(results.get(1));
    }
    return accepted(count, results.subList(2, results.size()), tolerance);
  }

  /** States of the chunks to begin with: those given, or else of a kind. */
  private List<Tensor> begun(Solver.Guess kind) {
    if (scan.warm()) {
      return guessed();
    }
    var zeros = Collections.nCopies(m, tape.constant(type, 0, chunks.space()));
    return switch (kind) {
      case ZEROS -> zeros;
      case DRIVES ->
          body.on(tape, name -> (name.charAt(0) == 'x' ? zeros : main).get(Integer.parseInt(name.substring(1))))
              .stream().map(x -> x.broadcastTo(chunks.space())).toList();
    };
  }

  /** The given trajectories as chunks have them. */
  private List<Tensor> guessed() {
    return guess.stream().map(chunks::main).toList();
  }

  private List<Tensor> approached(int most, List<Tensor> guess, double tolerance, double noise) {
    var summary = newtonSummary(noise);
    var step = newtonStep(tolerance, noise);
    int filters = noise == Solver.UNDAMPED ? 0 : 1;
    return passes(most, guess, pass -> {
      var x = carried(pass);
      var here = pass.tape();
      var starts = starts(first.stream().map(pass::whole).toList(), x);
      var read = new ArrayList<>(main.stream().map(pass::whole).toList());
      read.addAll(x);
      var begin = new ArrayList<>(starts.stream().map(chunks::firsts).toList());
      var one = new Shape(Collections.nCopies(chunks.space().rank(), 1));
      var variance = Collections.nCopies(filters, here.constant(type, 1, one));
      begin.addAll(variance);
      begin.addAll(Affine.identity(here, type, chunks.space().rank(), m));
      var maps =
          called(here, summary, nothing(m + filters), Keep.END, m * m + m, begin, read).stream().map(chunks::ofRows).toList();
      var zero = here.constant(type, 0, chunks.shape(chunks.batch(), 1));
      var deltas =
          Affine.scan(maps.subList(0, m * m), maps.subList(m * m, maps.size()), Collections.nCopies(m, zero), false);
      var entry = new ArrayList<>(starts.stream().map(chunks::firsts).toList());
      for (int k = 0; k < m; k++) {
        entry.add(chunks.firsts(starts.get(k).plus(sane(deltas.each().get(k)))));
      }
      entry.addAll(m, variance);
      entry.add(here.constant(type, 0, one));
      var keeps = new ArrayList<>(nothing(m + filters));
      keeps.addAll(Collections.nCopies(m, Keep.STEPS));
      keeps.add(Keep.END);
      entry.addAll(read);
      var next = here.call(Recurrence.walk(step, chunks.space(), keeps, false), entry);
      return left(pass, next.getLast(), next.subList(0, m));
    });
  }

  private static List<Keep> nothing(int count) {
    return Collections.nCopies(count, Keep.NOTHING);
  }

  private List<Tensor> called(
      Tape here, Body walk, List<Keep> before, Keep keep, int kept, List<Tensor> begin, List<Tensor> read) {
    var keeps = new ArrayList<>(before);
    keeps.addAll(Collections.nCopies(kept, keep));
    var operands = new ArrayList<>(begin);
    operands.addAll(read);
    return here.call(Recurrence.walk(walk, chunks.space(), keeps, false), operands);
  }

  /** Passes that carry the rows still going, their number, and {@code x}. */
  private List<Tensor> passes(int most, List<Tensor> x, Function<Pass, Pass.Left> body) {
    var rows = Shape.of(chunks.batch());
    var begin = new ArrayList<>(List.of(tape.constant(DType.I32, 1, rows), tape.constant(DType.I32, 0, rows)));
    begin.addAll(x);
    return tape.repeat(most, 1, true, begin, body);
  }

  private List<Tensor> carried(Pass pass) {
    var x = new ArrayList<Tensor>();
    for (int k = 0; k < m; k++) {
      x.add(pass.carried(2 + k));
    }
    return x;
  }

  /** @param moved above 0 where a state is not settled, rows first */
  private Pass.Left left(Pass pass, Tensor moved, List<Tensor> x) {
    int each = (int) (moved.shape().size() / chunks.batch());
    var going = moved.reshape(chunks.batch(), each).max(1).reshape(chunks.batch()).greater(0).toInt();
    var next = new ArrayList<>(List.of(going, pass.carried(1).plus(1)));
    next.addAll(x);
    return new Pass.Left(next, List.of());
  }

  /** The state before each chunk, {@code (B, count, lanes..)}: the given first one, then where chunks end. */
  private List<Tensor> starts(List<Tensor> begin, List<Tensor> x) {
    var starts = new ArrayList<Tensor>();
    for (int k = 0; k < m; k++) {
      starts.add(Tensor.concat(1, begin.get(k), chunks.ends(x.get(k)).slice(1, 0, chunks.count() - 1)));
    }
    return starts;
  }

  /** States: the trajectory's last value, the filter's if damped, P, q; {@code q <- a (J q + step - x)}, P alike. */
  private Body newtonSummary(double noise) {
    return written(in -> {
      var old = in.xs(0, m);
      var x = in.us(n, m);
      var j = on(in, jacobian, old);
      var f = on(in, body.outputs(), old);
      var next = new ArrayList<>(x);
      var share = damped(in, j, noise, next);
      int at = next.size();
      Affine.product(m, j, in.xs(at, m * m)).forEach(p -> next.add(sane(share.apply(p))));
      var q = in.xs(at + m * m, m);
      for (int i = 0; i < m; i++) {
        next.add(sane(share.apply(Affine.row(m, j, i, q).plus(f.get(i).minus(x.get(i))))));
      }
      return next;
    });
  }

  /**
   * States: the trajectory's last value, the filter's if damped, the new value, whether any moved; {@code new <- x + a
   * (step + J (new - last) - x)}.
   */
  private Body newtonStep(double tolerance, double noise) {
    return written(in -> {
      var old = in.xs(0, m);
      var x = in.us(n, m);
      var j = on(in, jacobian, old);
      var f = on(in, body.outputs(), old);
      var next = new ArrayList<>(x);
      var share = damped(in, j, noise, next);
      int at = next.size();
      var fresh = in.xs(at, m);
      var change = new ArrayList<Tensor>();
      for (int k = 0; k < m; k++) {
        change.add(fresh.get(k).minus(old.get(k)));
      }
      var moved = in.x(at + m);
      for (int i = 0; i < m; i++) {
        var settled = x.get(i);
        var whole = Affine.row(m, j, i, change).plus(f.get(i));
        var to = noise == Solver.UNDAMPED ? whole : settled.plus(share.apply(whole.minus(settled)));
        var fine = to.minus(settled).abs().less(LIMIT);
        var taken = fine.select(to, settled);
        next.add(taken);
        moved = moved.maximum(fine.select(unsettled(taken, settled, tolerance), 1));
      }
      next.add(moved);
      return next;
    });
  }

  /** Times {@code 1 - K}; adds the filter's variance after the step to what comes next. See {@link Solver.Newton}. */
  private UnaryOperator<Tensor> damped(Body.Inputs in, List<Tensor> j, double noise, List<Tensor> next) {
    if (noise == Solver.UNDAMPED) {
      return UnaryOperator.identity();
    }
    var squares = j.stream().map(e -> e.times(e)).reduce(Tensor::plus).orElseThrow();
    var predicted = squares.times(in.x(m)).plus(1).minimum(LIMIT * noise);
    var share = predicted.like(noise).div(predicted.plus(noise));
    next.add(share.times(predicted));
    return share::times;
  }

  /** 1 where two values differ by more than the tolerance or are no numbers, else 0. */
  private static Tensor unsettled(Tensor a, Tensor b, double tolerance) {
    var slack = a.abs().plus(1).times(tolerance).minus(a.minus(b).abs());
    return slack.less(0).plus(slack.equalTo(slack).times(-1).plus(1)).minimum(1);
  }

  /** What is finite and not too large, else 0. */
  private static Tensor sane(Tensor x) {
    return x.abs().less(LIMIT).select(x, 0);
  }

  // Multiple shooting.

  private List<Tensor> segmented(Solver.Segmented solver) {
    double tolerance = Solver.tolerance(solver.tolerance(), type);
    var shoot = written(in -> {
      var x = in.xs(0, m);
      var next = new ArrayList<>(on(in, body.outputs(), x));
      Affine.product(m, on(in, jacobian, x), in.xs(m, m * m)).forEach(p -> next.add(sane(p)));
      return next;
    });
    var correct = written(in -> { // drives: where stretches arrive, their Jacobians, where they set out
      var next = new ArrayList<Tensor>();
      for (int i = 0; i < m; i++) {
        var sum = in.u(i);
        for (int j = 0; j < m; j++) {
          var change = in.x(j).minus(in.u(m + m * m + j));
          sum = sum.plus(change.equalTo(0).select(0, in.u(m + i * m + j).times(change)));
        }
        next.add(sum.minus(in.u(i)).abs().less(LIMIT).select(sum, in.u(i)));
      }
      return next;
    });
    var all = chunks.shape(chunks.batch(), chunks.count());
    var begun = scan.warm() ? starts(first, guessed()) : first.stream().map(x -> x.broadcastTo(all)).toList();
    var results = passes(solver.maxIterations(), begun, pass -> {
      var here = pass.tape();
      var starts = carried(pass);
      var begin = new ArrayList<>(starts.stream().map(chunks::firsts).toList());
      begin.addAll(Affine.identity(here, type, chunks.space().rank(), m).subList(0, m * m));
      var read = main.stream().map(pass::whole).toList();
      var ends = called(here, shoot, List.of(), Keep.END, m + m * m, begin, read).stream().map(chunks::ofRows).toList();
      var given = new ArrayList<>(ends);
      given.addAll(starts);
      var corrected =
          Affine.walked(
                  here, correct, all, Keep.TRAJECTORY, false, first.stream().map(pass::whole).toList(), given)
              .stream().map(x -> x.slice(1, 0, chunks.count())).toList();
      var moved = unsettled(corrected.getFirst(), starts.getFirst(), tolerance);
      for (int k = 1; k < m; k++) {
        moved = moved.maximum(unsettled(corrected.get(k), starts.get(k), tolerance));
      }
      return left(pass, moved, corrected);
    });
    var begin = results.subList(2, results.size()).stream().map(chunks::firsts).toList();
    var x = Affine.walked(tape, body, chunks.space(), Keep.STEPS, false, begin, main);
    return accepted(results.get(1), x, tolerance);
  }

  // Acceptance.

  /**
   * What stands of a trajectory: with residuals {@code r_t = step(x_(t-1)) - x_t}, {@code E_t = |J_t| E_(t-1) + |r_t|}
   * bounds its error to first order. Steps from the first with {@code E_t} over the tolerance on are stepped
   * again.
   *
   * @param x states of the chunks
   */
  private List<Tensor> accepted(Tensor passes, List<Tensor> x, double tolerance) {
    int rank = chunks.space().rank();
    var starts = starts(first, x);
    var read = new ArrayList<>(main);
    read.addAll(x);
    var begin = new ArrayList<>(starts.stream().map(chunks::firsts).toList());
    var measured = new ArrayList<>(begin);
    begin.addAll(Affine.identity(tape, type, rank, m));
    var summary = written(in -> {
      var old = in.xs(0, m);
      var j = slopes(in, old);
      var next = new ArrayList<>(in.us(n, m));
      next.addAll(Affine.product(m, j, in.xs(m, m * m)));
      next.addAll(errors(j, on(in, body.outputs(), old), in.us(n, m), in.xs(m + m * m, m)));
      return next;
    });
    var maps = called(tape, summary, nothing(m), Keep.END, m * m + m, begin, read).stream().map(chunks::ofRows).toList();
    var none = tape.constant(type, 0, chunks.shape(chunks.batch(), 1));
    var errors = Affine.scan(maps.subList(0, m * m), maps.subList(m * m, maps.size()), Collections.nCopies(m, none), false);
    var one = new Shape(Collections.nCopies(rank, 1));
    var counters = List.of(tape.constant(type, 0, one), tape.constant(type, NEVER, one), tape.constant(type, 0, one));
    measured.addAll(errors.each().stream().map(chunks::firsts).toList());
    measured.addAll(counters);
    var judge = written(in -> {
      var old = in.xs(0, m);
      var now = in.us(n, m);
      return judged(in, now, errors(slopes(in, old), on(in, body.outputs(), old), now, in.xs(m, m)), tolerance);
    });
    var keepsLast = new ArrayList<>(nothing(2 * m + 1));
    keepsLast.addAll(List.of(Keep.END, Keep.END));
    measured.addAll(read);
    var verdict =
        tape.call(Recurrence.walk(judge, chunks.space(), keepsLast, false), measured).stream().map(chunks::ofRows).toList();
    var offsets = tape.iota(verdict.getFirst().shape(), 1).toFloat().times(chunks.length());
    var stops = least(verdict.get(0).plus(offsets));
    var bound = verdict.get(1);
    List<Tensor> rest = List.of();
    if (chunks.rest() > 0) {
      var go = written(in -> {
        var old = in.xs(0, m);
        var f = on(in, body.outputs(), old);
        return judged(in, f, errors(slopes(in, old), f, f, in.xs(m, m)), tolerance);
      });
      var from = new ArrayList<>(x.stream().map(k -> chunks.ends(k).slice(1, chunks.count() - 1, chunks.count())).toList());
      from.addAll(errors.end());
      from.addAll(counters);
      from.addAll(drives.stream().map(chunks::rest).toList());
      var keeps = new ArrayList<>(Collections.nCopies(m, Keep.STEPS));
      keeps.addAll(nothing(m + 1));
      keeps.addAll(List.of(Keep.END, Keep.END));
      rest = tape.call(Recurrence.walk(go, chunks.restSpace(), keeps, false), from);
      stops = stops.minimum(least(rest.get(m).plus(chunks.cut())));
      bound = Tensor.concat(1, bound, rest.get(m + 1));
    }
    var whole = new ArrayList<Tensor>();
    for (int k = 0; k < m; k++) {
      var parts = new ArrayList<>(List.of(first.get(k), chunks.joined(x.get(k))));
      if (!rest.isEmpty()) {
        parts.add(rest.get(k));
      }
      whole.add(Tensor.concat(1, parts));
    }
    var unfinished = stops.less(chunks.steps());
    var results = new ArrayList<>(finished(unfinished, stops, whole));
    int each = (int) (bound.shape().size() / chunks.batch());
    results.add(passes);
    results.add(bound.reshape(chunks.batch(), each).max(1).reshape(chunks.batch()));
    results.add(unfinished.select(stops.times(-1).plus(chunks.steps()), 0).toInt());
    return results;
  }

  /** {@code |J|}. */
  private List<Tensor> slopes(Body.Inputs in, List<Tensor> states) {
    return on(in, jacobian, states).stream().map(Tensor::abs).toList();
  }

  /** {@code |J| E + |f - x|}. */
  private List<Tensor> errors(List<Tensor> absolute, List<Tensor> f, List<Tensor> x, List<Tensor> e) {
    var next = new ArrayList<Tensor>();
    for (int i = 0; i < m; i++) {
      next.add(Affine.row(m, absolute, i, e).plus(f.get(i).minus(x.get(i)).abs()));
    }
    return next;
  }

  /** After x and E: steps so far, the first step whose error is too large, the largest error before it. */
  private List<Tensor> judged(Body.Inputs in, List<Tensor> x, List<Tensor> e, double tolerance) {
    var step = in.x(2 * m);
    var stop = in.x(2 * m + 1);
    var over = step.like(0);
    var largest = e.getFirst();
    for (int i = 0; i < m; i++) {
      over = over.maximum(unsettled(x.get(i), x.get(i).plus(e.get(i)), tolerance));
      largest = largest.maximum(e.get(i));
    }
    var first = stop.minimum(over.select(step, NEVER));
    var next = new ArrayList<>(x);
    next.addAll(e);
    next.addAll(List.of(step.plus(1), first, first.less(NEVER).select(in.x(2 * m + 2), in.x(2 * m + 2).maximum(largest))));
    return next;
  }

  /** The smallest of each row, {@code (B)}. */
  private Tensor least(Tensor x) {
    int each = (int) (x.shape().size() / chunks.batch());
    return x.reshape(chunks.batch(), each).times(-1).max(1).reshape(chunks.batch()).times(-1);
  }

  /** Steps again through what does not stand, in the rows that have any. */
  private List<Tensor> finished(Tensor unfinished, Tensor stops, List<Tensor> whole) {
    var body = written(in -> {
      var f = on(in, this.body.outputs(), in.xs(0, m));
      var next = new ArrayList<Tensor>();
      for (int k = 0; k < m; k++) {
        next.add(in.u(n + m).select(in.u(n + k), f.get(k)));
      }
      return next;
    });
    var begin = new ArrayList<>(List.of(unfinished.toInt()));
    begin.addAll(whole);
    var results = tape.repeat(1, 1, true, begin, pass -> {
      var here = pass.tape();
      var read = new ArrayList<>(drives.stream().map(pass::whole).toList());
      for (int k = 0; k < m; k++) {
        read.add(pass.carried(1 + k).slice(1, 1, chunks.steps() + 1));
      }
      var steps = here.iota(Shape.of(chunks.batch(), chunks.steps()), 1).toFloat();
      var shape = Shape.of(chunks.batch(), chunks.steps());
      for (int i = 0; i < chunks.lanes().rank(); i++) {
        shape = shape.append(1);
      }
      read.add(steps.less(pass.whole(stops).unsqueeze(1)).reshape(shape));
      var next = new ArrayList<>(List.of(pass.carried(0).like(0)));
      next.addAll(
          Affine.walked(
              here, body, scan.space(), Keep.TRAJECTORY, false, first.stream().map(pass::whole).toList(), read));
      return new Pass.Left(next, List.of());
    });
    return results.subList(1, results.size());
  }
}
