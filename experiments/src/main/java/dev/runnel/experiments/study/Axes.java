package dev.runnel.experiments.study;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Points at which each arm of a study is tried. Axes combine by product, zip, union and exclusion; in Kotlin {@code a * b},
 * {@code a zip b}, {@code a + b} and {@code a - b}.
 *
 * @param points in order, no two alike; one point that sets nothing is no axis at all
 */
public record Axes(List<Point> points) {
  /** One point that sets nothing. */
  public static final Axes NONE = new Axes(List.of(new Point(Map.of())));

  /**
   * Values by key of a config.
   *
   * @param values texts, numbers and truth values, in the order of their axes
   */
  public record Point(Map<String, Object> values) {
    /** Copies the map. */
    public Point {
      values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** As {@code --set} takes them. */
    public List<String> settings() {
      return values.entrySet().stream()
          .map(e -> e.getKey() + "="
              + ConfigValueFactory.fromAnyRef(e.getValue()).render(ConfigRenderOptions.concise()))
          .toList();
    }

    /** For people: {@code key=value, ...}. */
    @Override
    public String toString() {
      return values.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(", "));
    }

    private Point and(Point other) {
      var all = new LinkedHashMap<>(values);
      other.values.forEach((key, value) -> {
        if (all.putIfAbsent(key, value) != null) {
          throw new IllegalArgumentException("axes: each key on one axis expected, '%s' came on two".formatted(key));
        }
      });
      return new Point(all);
    }

    private boolean has(Point part) {
      return values.entrySet().containsAll(part.values.entrySet());
    }
  }

  /** Copies the list; drops what comes twice. */
  public Axes {
    points = List.copyOf(new LinkedHashSet<>(points));
    if (points.isEmpty()) {
      throw new IllegalArgumentException("axes: one point or more expected, none is left");
    }
  }

  /** One key's values. */
  public static Axes of(String key, Object... values) {
    return new Axes(List.of(values).stream().map(value -> new Point(Map.of(key, plain(key, value)))).toList());
  }

  private static Object plain(String key, Object value) {
    return switch (value) {
      case String text -> text;
      case Boolean truth -> truth;
      case Integer whole -> whole.longValue();
      case Long whole -> whole;
      case Number real -> real.doubleValue();
      default -> throw new IllegalArgumentException(
          "axes: %s: a text, a number or a truth value expected, came %s".formatted(key, value));
    };
  }

  /**
   * A key's range to draw from.
   *
   * @param log whether the logarithm is drawn uniformly, not the value
   * @param whole whether the value is rounded
   */
  public record Range(String key, double from, double to, boolean log, boolean whole) {
    /** Checks the values. */
    public Range {
      if (!(from < to && (!log || from > 0) && Double.isFinite(to) && Double.isFinite(from))) {
        throw new IllegalArgumentException("%s: from below to%s expected, came %s and %s"
            .formatted(key, log ? ", both above 0," : "", from, to));
      }
    }

    private Object at(double share) {
      double value = log ? Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from))) : from + share * (to - from);
      // Five digits are enough to say it again by hand.
      return whole ? (Object) Math.round(value) : Double.valueOf("%.4e".formatted(value));
    }
  }

  /** Points drawn at random, each keyed by the seed and its own number: more draws only add points. */
  public static Axes random(int draws, long seed, List<Range> ranges) {
    var points = new ArrayList<Point>();
    for (int draw = 0; draw < draws; draw++) {
      var random = new SplittableRandom(seed * 1_000_003 + draw);
      var values = new LinkedHashMap<String, Object>();
      for (Range range : ranges) {
        values.put(range.key, range.at(random.nextDouble()));
      }
      points.add(new Point(values));
    }
    return new Axes(points);
  }

  /** Each point with each of the other's: a grid. */
  public Axes times(Axes other) {
    return new Axes(points.stream().flatMap(a -> other.points.stream().map(a::and)).toList());
  }

  /** The first with the first, the second with the second: as many of both expected. */
  public Axes zip(Axes other) {
    if (points.size() != other.points.size()) {
      throw new IllegalArgumentException(
          "axes: zip: as many points on both sides expected, came %d and %d".formatted(points.size(), other.points.size()));
    }
    var zipped = new ArrayList<Point>();
    for (int i = 0; i < points.size(); i++) {
      zipped.add(points.get(i).and(other.points.get(i)));
    }
    return new Axes(zipped);
  }

  /** The points of both. */
  public Axes plus(Axes other) {
    var all = new ArrayList<>(points);
    all.addAll(other.points);
    return new Axes(all);
  }

  /** Without the points that have all values of one of the other's points; each of those must match something. */
  public Axes minus(Axes other) {
    for (Point excluded : other.points) {
      if (points.stream().noneMatch(point -> point.has(excluded))) {
        throw new IllegalArgumentException("axes: exclude: a point that is there expected, '%s' is none".formatted(excluded));
      }
    }
    return new Axes(points.stream().filter(p -> other.points.stream().noneMatch(p::has)).toList());
  }
}
