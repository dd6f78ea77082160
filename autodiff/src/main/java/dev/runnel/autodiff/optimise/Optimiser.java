package dev.runnel.autodiff.optimise;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Steps down a loss, with clipping by the global norm of all gradients and decoupled weight decay (Loshchilov, Hutter
 * 2019): with the rule's change, after {@code t} steps,
 *
 * <pre>{@code
 * g <- g min(1, clip / ||g||)
 * p <- p - rate schedule(t) (change(g) + decay p)
 * }</pre>
 *
 * <p>What the rule keeps are variables {@code optimiser.<name>.<path>}; the number of steps done is {@code
 * optimiser.step}.
 *
 * @param clip largest global norm; infinity for none
 * @param groups rates and decays of their own by path pattern; the last that matches holds
 */
public record Optimiser(
    Rule rule, double rate, double decay, double clip, Schedule schedule, List<Group> groups) {

  /** What a gradient becomes before it is scaled by the rate. */
  public interface Rule {

    /** Records the change, and what is kept of it under the parameter's path. */
    Tensor change(String path, Tensor gradient, Tensor step);
  }

  /** The share of the rate by the number of steps done, I32. */
  @FunctionalInterface
  public interface Schedule {
    Schedule CONSTANT = step -> step.tape().constant(1);

    Tensor factor(Tensor step);
  }

  /**
   * Parameters that are trained otherwise.
   *
   * @param pattern a path in which {@code *} stands for anything
   * @param rate 0 freezes
   */
  public record Group(String pattern, double rate, double decay) {
    public Group {
      var where = "'%s'.".formatted(pattern);
      check(where + "rate", rate, rate >= 0 && Double.isFinite(rate), "0 or more");
      check(where + "decay", decay, decay >= 0 && Double.isFinite(decay), "0 or more");
    }

    boolean matches(String path) {
      return path.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
    }
  }

  public Optimiser {
    groups = List.copyOf(groups);
    check("rate", rate, rate >= 0 && Double.isFinite(rate), "0 or more");
    check("decay", decay, decay >= 0 && Double.isFinite(decay), "0 or more");
    check("clip", clip, clip > 0, "more than 0");
  }

  /** Refuses a setting. */
  public static void check(String name, double value, boolean good, String expected) {
    if (!good) {
      throw new IllegalArgumentException("optimiser.%s: %s expected, %s came".formatted(name, expected, value));
    }
  }

  /** Without decay, clipping, schedule and groups. */
  public static Optimiser of(Rule rule, double rate) {
    return new Optimiser(rule, rate, 0, Double.POSITIVE_INFINITY, Schedule.CONSTANT, List.of());
  }

  public Optimiser withDecay(double other) {
    return new Optimiser(rule, rate, other, clip, schedule, groups);
  }

  public Optimiser withClip(double other) {
    return new Optimiser(rule, rate, decay, other, schedule, groups);
  }

  public Optimiser withSchedule(Schedule other) {
    return new Optimiser(rule, rate, decay, clip, other, groups);
  }

  /** One more group. */
  public Optimiser withGroup(String pattern, double groupRate, double groupDecay) {
    var more = new ArrayList<>(groups);
    more.add(new Group(pattern, groupRate, groupDecay));
    return new Optimiser(rule, rate, decay, clip, schedule, more);
  }

  /**
   * Records one step on every parameter of the tape.
   *
   * @param loss a scalar
   * @return the gradients' global norm, before clipping
   * @throws IllegalArgumentException if a group's pattern matches no parameter
   */
  public Tensor minimise(Tensor loss) {
    var tape = loss.tape();
    var paths = new ArrayList<>(tape.parameters().keySet());
    for (var group : groups) {
      if (paths.stream().noneMatch(group::matches)) {
        throw new IllegalArgumentException(
            "optimiser: a pattern that matches a parameter expected, '%s' came; there are %s"
                .formatted(group.pattern(), paths));
      }
    }
    var parameters = new ArrayList<>(tape.parameters().values());
    var gradients = tape.gradients(loss, parameters);
    var squares = tape.constant(0);
    for (var g : gradients) {
      squares = squares.plus(g.times(g).sum());
    }
    var norm = squares.sqrt();
    var scale = Double.isFinite(clip) ? norm.greater(clip).select(norm.like(clip).div(norm), 1) : norm.like(1);
    var step = tape.scope().scope("optimiser").state("step", DType.I32, Shape.of(), Init.zeros());
    tape.assign(step, step.plus(1));
    for (int i = 0; i < parameters.size(); i++) {
      var p = parameters.get(i);
      var group = groupOf(paths.get(i));
      if (group.rate() > 0) {
        var change = rule.change(paths.get(i), gradients.get(i).times(scale), step);
        var decayed = group.decay() > 0 ? change.plus(p.times(group.decay())) : change;
        tape.assign(p, p.minus(decayed.times(group.rate()).times(schedule.factor(step))));
      }
    }
    return norm;
  }

  private Group groupOf(String path) {
    return groups.stream().filter(g -> g.matches(path)).reduce(new Group("*", rate, decay), (a, b) -> b);
  }

  /** A variable that a rule keeps for the parameter of a path, zero at first. */
  public static Tensor kept(Tape tape, String name, String path, Tensor like) {
    return tape.variable(
        new Tape.Declaration("optimiser.%s.%s".formatted(name, path), like.type(), like.shape(), Init.zeros(), false));
  }
}
