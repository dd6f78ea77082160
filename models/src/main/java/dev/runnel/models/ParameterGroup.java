package dev.runnel.models;

import java.util.regex.Pattern;

/**
 * Parameters that a model's authors train otherwise than the rest: with {@code min(most, share rate)} as learning
 * rate, and the decay times {@code decay}.
 *
 * @param pattern paths, {@code *} standing for anything
 * @param share of the learning rate
 * @param most largest learning rate
 * @param decay share of the weight decay; 0 for none
 */
public record ParameterGroup(String pattern, double share, double most, double decay) {
  public ParameterGroup {
    if (!(share >= 0 && Double.isFinite(share)) || !(most > 0) || !(decay >= 0 && Double.isFinite(decay))) {
      throw new IllegalArgumentException(
          "group '%s': shares of 0 or more and a largest rate above 0 expected, %s, %s and %s came"
              .formatted(pattern, share, decay, most));
    }
  }

  /** The usual rate, no decay. */
  public static ParameterGroup undecayed(String pattern) {
    return new ParameterGroup(pattern, 1, Double.POSITIVE_INFINITY, 0);
  }

  /** A share of the rate, no decay. */
  public static ParameterGroup slower(String pattern, double share) {
    return new ParameterGroup(pattern, share, Double.POSITIVE_INFINITY, 0);
  }

  /** The rate, but no more than this; no decay. */
  public static ParameterGroup atMost(String pattern, double rate) {
    return new ParameterGroup(pattern, 1, rate, 0);
  }

  /** Whether a parameter of this path belongs to the group. */
  public boolean matches(String path) {
    return path.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
  }

  /** The group's learning rate. */
  public double rate(double usual) {
    return Math.min(most, share * usual);
  }
}
