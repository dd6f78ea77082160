package dev.runnel.datasets.generate;

import dev.runnel.datasets.SplitMix;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Draws one picture. A curve is a chain of dashes: the first at a drawn place and angle, each next one
 * begins {@code 2 margin} further on, so that middles are {@code length + 2 margin} apart; the way there is drawn
 * with weight {@code cos^2(min(continuity |turn|, pi / 2))} where the dash would keep {@code margin} pixels
 * from all drawn before, and none elsewhere. A curve that can't go on spoils the picture, which is begun anew. The second
 * target begins {@code apart} pixels from the first and the two grow dash by dash in turn; then come the distractors,
 * and then a disc at one end of a target and another at its other end, or at an end of the other target.
 *
 * @param size pixels of each side
 * @param length of a dash
 * @param thickness of a dash, drawn at least a pixel wide
 * @param margins of which one is drawn for each picture
 * @param padding pixels at the border that stay empty
 * @param apart how far the targets' beginnings are from each other, and twice that is where they keep to the middle
 * @param disc radius
 * @param contour dashes of a target
 * @param distractor dashes of a distractor
 * @param distractors how many
 * @param continuity how straight curves are
 * @param contrast brightness of dashes
 */
@SuppressWarnings("ArrayRecordComponent")
record PathfinderImage(int size, double length, double thickness, int[] margins, int padding, double apart, double disc,
    int contour, int distractor, int distractors, double continuity, double contrast) {
  private static final int ANGLES = 72;
  private static final int SEEDS = 200;
  private static final int SAMPLES = 4; // along each side of a pixel

  /** Pathfinder's, 32 x 32. */
  static PathfinderImage small() {
    return new PathfinderImage(32, 2, 0.5, new int[] {1}, 1, 7, 1.5, 14, 4, 5, 1.0, 0.75);
  }

  /** Path-X's, 128 x 128. */
  static PathfinderImage large() {
    return new PathfinderImage(128, 5, 1.5, new int[] {2, 3}, 1, 20, 3, 14, 4, 8, 1.8, 0.9);
  }

  /** A dash from one end to the other. */
  private record Dash(double x0, double y0, double x1, double y1) {
    double angle() {
      return Math.atan2(y1 - y0, x1 - x0);
    }
  }

  /** A curve as it grows: its two outermost points, and the way it goes on. */
  private static final class Curve {
    final Dash first;
    Dash last;
    int dashes = 1;

    Curve(Dash first) {
      this.first = first;
      this.last = first;
    }
  }

  /** Brightness of all pixels, row after row, from 0 to 1. */
  double[] draw(boolean connected, SplitMix random) {
    for (;;) {
      double[] picture = attempt(connected, random);
      if (picture != null) {
        return picture;
      }
    }
  }

  private double @Nullable [] attempt(boolean connected, RandomGenerator random) {
    int margin = margins[Sizes.below(random, margins.length)];
    double[] picture = new double[size * size];
    boolean[] taken = new boolean[size * size];
    double border = Math.min(2 * apart, size / 2.0 - 2); // the first begins where there is way to go
    Dash one = new Dash(0, 0, 0, 0);
    boolean found = false;
    for (int i = 0; i < SEEDS && !found; i++) {
      one = dash(between(border, random), between(border, random), 2 * Math.PI * random.nextDouble());
      found = free(one, taken, margin);
    }
    if (!found) {
      return null;
    }
    put(one, picture, taken);
    Dash two = one;
    found = false;
    for (int i = 0; i < SEEDS && !found; i++) {
      double way = 2 * Math.PI * random.nextDouble();
      two = dash(one.x0 + apart * Math.cos(way), one.y0 + apart * Math.sin(way), 2 * Math.PI * random.nextDouble());
      found = free(two, taken, margin);
    }
    if (!found) {
      return null;
    }
    put(two, picture, taken);
    Curve[] targets = {new Curve(one), new Curve(two)};
    for (int i = 1; i < contour; i++) {
      for (Curve curve : targets) {
        if (!extend(curve, picture, taken, margin, random)) {
          return null;
        }
      }
    }
    for (int i = 0; i < distractors; i++) {
      if (!distract(picture, taken, margin, random)) {
        return null;
      }
    }
    Curve marked = targets[Sizes.below(random, 2)];
    Curve other = marked == targets[0] ? targets[1] : targets[0];
    boolean head = random.nextDouble() < 0.5;
    mark(marked, head, picture);
    if (connected) {
      mark(marked, !head, picture);
    } else {
      mark(other, random.nextDouble() < 0.5, picture);
    }
    return picture;
  }

  private double between(double border, RandomGenerator random) {
    return border + random.nextDouble() * (size - 2 * border);
  }

  private Dash dash(double x, double y, double angle) {
    return new Dash(x, y, x + length * Math.cos(angle), y + length * Math.sin(angle));
  }

  private boolean distract(double[] picture, boolean[] taken, int margin, RandomGenerator random) {
    for (int i = 0; i < SEEDS; i++) {
      Dash dash = dash(between(padding, random), between(padding, random), 2 * Math.PI * random.nextDouble());
      if (!free(dash, taken, margin)) {
        continue;
      }
      double[] before = picture.clone();
      boolean[] takenBefore = taken.clone();
      put(dash, picture, taken);
      Curve curve = new Curve(dash);
      while (curve.dashes < distractor && extend(curve, picture, taken, margin, random)) {
        continue;
      }
      if (curve.dashes == distractor) {
        return true;
      }
      System.arraycopy(before, 0, picture, 0, before.length);
      System.arraycopy(takenBefore, 0, taken, 0, taken.length);
    }
    return false;
  }

  /** Adds a dash, or tells that there is no room for one. */
  private boolean extend(Curve curve, double[] picture, boolean[] taken, int margin, RandomGenerator random) {
    Dash last = curve.last;
    double before = last.angle();
    double[] weights = new double[ANGLES];
    Dash[] dashes = new Dash[ANGLES];
    double sum = 0;
    double start = 2 * Math.PI * random.nextDouble() / ANGLES;
    for (int i = 0; i < ANGLES; i++) {
      double turn = Math.IEEEremainder(start + 2 * Math.PI * i / ANGLES, 2 * Math.PI);
      double cosine = Math.cos(Math.min(continuity * Math.abs(turn), Math.PI / 2));
      if (cosine * cosine < 1e-9) {
        continue;
      }
      // The gap is on the way: its end and the dash's lie on one ray from the last end.
      double c = Math.cos(before + turn);
      double s = Math.sin(before + turn);
      double gap = 2.0 * margin;
      dashes[i] = new Dash(last.x1 + gap * c, last.y1 + gap * s, last.x1 + (gap + length) * c,
          last.y1 + (gap + length) * s);
      weights[i] = free(dashes[i], taken, margin) ? cosine * cosine : 0;
      sum += weights[i];
    }
    if (sum == 0) {
      return false;
    }
    double left = random.nextDouble() * sum;
    int chosen = -1;
    for (int i = 0; i < ANGLES && left >= 0; i++) {
      if (weights[i] > 0) {
        chosen = i;
        left -= weights[i];
      }
    }
    curve.last = dashes[chosen];
    curve.dashes++;
    put(curve.last, picture, taken);
    return true;
  }

  /** Whether the dash is inside and no pixel within the margin of it is taken. */
  private boolean free(Dash dash, boolean[] taken, int margin) {
    double low = padding + thickness / 2;
    double high = size - padding - thickness / 2;
    if (Math.min(Math.min(dash.x0, dash.x1), Math.min(dash.y0, dash.y1)) < low
        || Math.max(Math.max(dash.x0, dash.x1), Math.max(dash.y0, dash.y1)) > high) {
      return false;
    }
    double reach = margin + thickness / 2;
    int[] box = box(dash, reach);
    for (int y = box[1]; y <= box[3]; y++) {
      for (int x = box[0]; x <= box[2]; x++) {
        if (taken[y * size + x] && squaredDistance(dash, x + 0.5, y + 0.5) < reach * reach) {
          return false;
        }
      }
    }
    return true;
  }

  private int[] box(Dash dash, double reach) {
    return new int[] {
        Math.clamp((long) Math.floor(Math.min(dash.x0, dash.x1) - reach), 0, size - 1),
        Math.clamp((long) Math.floor(Math.min(dash.y0, dash.y1) - reach), 0, size - 1),
        Math.clamp((long) Math.ceil(Math.max(dash.x0, dash.x1) + reach), 0, size - 1),
        Math.clamp((long) Math.ceil(Math.max(dash.y0, dash.y1) + reach), 0, size - 1)};
  }

  private static double squaredDistance(Dash dash, double x, double y) {
    double dx = dash.x1 - dash.x0;
    double dy = dash.y1 - dash.y0;
    double along = Math.clamp(((x - dash.x0) * dx + (y - dash.y0) * dy) / (dx * dx + dy * dy), 0, 1);
    double ex = x - dash.x0 - along * dx;
    double ey = y - dash.y0 - along * dy;
    return ex * ex + ey * ey;
  }

  private void put(Dash dash, double[] picture, boolean[] taken) {
    double radius = Math.max(thickness, 1) / 2;
    int[] box = box(dash, radius + 1);
    for (int y = box[1]; y <= box[3]; y++) {
      for (int x = box[0]; x <= box[2]; x++) {
        double cover = 0;
        for (int i = 0; i < SAMPLES * SAMPLES; i++) {
          double sx = x + (i % SAMPLES + 0.5) / SAMPLES;
          double sy = y + (i / SAMPLES + 0.5) / SAMPLES;
          cover += squaredDistance(dash, sx, sy) <= radius * radius ? 1 : 0;
        }
        double light = contrast * cover / (SAMPLES * SAMPLES);
        picture[y * size + x] = Math.max(picture[y * size + x], light);
        taken[y * size + x] |= light > 0.4 * contrast;
      }
    }
  }

  private void mark(Curve curve, boolean head, double[] picture) {
    double cx = head ? curve.first.x0 : curve.last.x1;
    double cy = head ? curve.first.y0 : curve.last.y1;
    int[] box = box(new Dash(cx, cy, cx, cy), disc + 1);
    for (int y = box[1]; y <= box[3]; y++) {
      for (int x = box[0]; x <= box[2]; x++) {
        double cover = 0;
        for (int i = 0; i < SAMPLES * SAMPLES; i++) {
          double sx = x + (i % SAMPLES + 0.5) / SAMPLES - cx;
          double sy = y + (i / SAMPLES + 0.5) / SAMPLES - cy;
          cover += sx * sx + sy * sy <= disc * disc ? 1 : 0;
        }
        picture[y * size + x] = Math.max(picture[y * size + x], cover / (SAMPLES * SAMPLES));
      }
    }
  }

  @Override
  public String toString() {
    return "PathfinderImage[" + size + " pixels, margins " + Arrays.toString(margins) + "]";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PathfinderImage p && size == p.size && Arrays.equals(margins, p.margins);
  }

  @Override
  public int hashCode() {
    return size;
  }
}
