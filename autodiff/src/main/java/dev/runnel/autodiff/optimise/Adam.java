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
 * Adam (Kingma, Ba 2015, Algorithm 1) with decoupled weight decay (Loshchilov, Hutter 2019; AdamW) and
 * clipping by the global norm of all gradients:
 *
 * <pre>{@code
 * g <- g min(1, clip / ||g||)
 * m <- beta1 m + (1 - beta1) g          v <- beta2 v + (1 - beta2) g^2
 * p <- p - rate (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + decay p)
 * }</pre>
 *
 * <p>Moments are variables {@code optimiser.m.<path>} and {@code optimiser.v.<path>}; the number of steps
 * done is {@code optimiser.step}.
 *
 * @param clip largest global norm; infinity for none
 * @param groups rates and decays of their own by path pattern; the last that matches holds
 */
public record Adam(
    double rate, double beta1, double beta2, double epsilon, double decay, double clip, List<Group> groups) {

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
      var regex = new StringBuilder();
      for (var part : pattern.split("\\*", -1)) {
        regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
      }
      return path.matches(regex.toString());
    }
  }

  public Adam {
    groups = List.copyOf(groups);
    check("rate", rate, rate >= 0 && Double.isFinite(rate), "0 or more");
    check("beta1", beta1, beta1 >= 0 && beta1 < 1, "in [0, 1)");
    check("beta2", beta2, beta2 >= 0 && beta2 < 1, "in [0, 1)");
    check("epsilon", epsilon, epsilon > 0, "more than 0");
    check("decay", decay, decay >= 0 && Double.isFinite(decay), "0 or more");
    check("clip", clip, clip > 0, "more than 0");
  }

  private static void check(String name, double value, boolean good, String expected) {
    if (!good) {
      throw new IllegalArgumentException("adam.%s: %s expected, %s came".formatted(name, expected, value));
    }
  }

  /** The usual constants, without decay and clipping. */
  public static Adam of(double rate) {
    return new Adam(rate, 0.9, 0.999, 1e-8, 0, Double.POSITIVE_INFINITY, List.of());
  }

  public Adam withDecay(double other) {
    return new Adam(rate, beta1, beta2, epsilon, other, clip, groups);
  }

  public Adam withClip(double other) {
    return new Adam(rate, beta1, beta2, epsilon, decay, other, groups);
  }

  /** One more group. */
  public Adam withGroup(String pattern, double groupRate, double groupDecay) {
    var more = new ArrayList<>(groups);
    more.add(new Group(pattern, groupRate, groupDecay));
    return new Adam(rate, beta1, beta2, epsilon, decay, clip, more);
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
    var scope = tape.scope().scope("optimiser");
    var step = scope.state("step", DType.I32, Shape.of(), Init.zeros());
    var now = step.plus(1);
    tape.assign(step, now);
    var correct1 = correction(now, beta1);
    var correct2 = correction(now, beta2);
    for (int i = 0; i < parameters.size(); i++) {
      var group = groupOf(paths.get(i));
      if (group.rate() > 0) {
        var g = gradients.get(i);
        if (Double.isFinite(clip)) {
          g = g.times(norm.greater(clip).select(norm.like(clip).div(norm), 1));
        }
        step(tape, paths.get(i), parameters.get(i), g, correct1, correct2, group);
      }
    }
    return norm;
  }

  private Group groupOf(String path) {
    var found = new Group("*", rate, decay);
    for (var group : groups) {
      found = group.matches(path) ? group : found;
    }
    return found;
  }

  /** {@code 1 / (1 - beta^t)}. */
  private static Tensor correction(Tensor t, double beta) {
    return t.tape().constant(1).div(t.toFloat().times(Math.log(beta)).expm1().unaryMinus());
  }

  private void step(Tape tape, String path, Tensor p, Tensor g, Tensor correct1, Tensor correct2, Group group) {
    var m = moment(tape, "m", path, p);
    var v = moment(tape, "v", path, p);
    var newM = m.times(beta1).plus(g.times(1 - beta1));
    var newV = v.times(beta2).plus(g.times(g).times(1 - beta2));
    var change = newM.times(correct1).div(newV.times(correct2).sqrt().plus(epsilon));
    if (group.decay() > 0) {
      change = change.plus(p.times(group.decay()));
    }
    tape.assign(m, newM);
    tape.assign(v, newV);
    tape.assign(p, p.minus(change.times(group.rate())));
  }

  private static Tensor moment(Tape tape, String name, String path, Tensor p) {
    return tape.variable(
        new Tape.Declaration("optimiser.%s.%s".formatted(name, path), p.type(), p.shape(), Init.zeros(), false));
  }
}
