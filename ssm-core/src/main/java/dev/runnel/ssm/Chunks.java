package dev.runnel.ssm;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;

/**
 * A sequence cut into {@code count} chunks of {@code length} steps, which become rows {@code (B * count, length,
 * lanes..)}, and a rest of fewer steps than a chunk has.
 */
record Chunks(int batch, int count, int length, int steps, Shape lanes) {
  /** What a chunk's length is near: its steps are walked one after another. */
  private static final int USUAL = 16;

  /** Chunks of a given length. */
  static Chunks of(Shape space, int length) {
    int steps = space.get(1);
    return new Chunks(space.get(0), steps / length, length, steps, space.range(2, space.rank()));
  }

  /** Chunks of about 16 steps, without a rest if a length from 8 to 64 allows it. */
  static Chunks of(Shape space) {
    int steps = space.get(1);
    int best = USUAL;
    for (int length = 64; length >= 8; length--) {
      boolean closer = steps % best != 0 || Math.abs(Math.log(length / 16.0)) <= Math.abs(Math.log(best / 16.0));
      best = steps % length == 0 && closer ? length : best;
    }
    return of(space, best);
  }

  int cut() {
    return count * length;
  }

  int rest() {
    return steps - cut();
  }

  /** What chunks are as rows. */
  Shape space() {
    return shape(batch * count, length);
  }

  /** The rest's space. */
  Shape restSpace() {
    return shape(batch, rest());
  }

  /** {@code (rows, steps, lanes..)}. */
  Shape shape(int rows, int extent) {
    return Shape.of(rows, extent).append(dims(lanes));
  }

  /** An operand of the whole sequence as chunks read it. */
  Tensor main(Tensor x) {
    int rows = x.shape().get(0);
    var own = dims(x.shape().range(2, x.shape().rank()));
    if (x.shape().get(1) == 1) {
      return rows == 1 ? x : x.broadcastTo(Shape.of(rows, count).append(own)).reshape(Shape.of(rows * count, 1).append(own));
    }
    var cut = x.slice(1, 0, cut());
    var wide = rows == batch ? cut : cut.broadcastTo(Shape.of(batch, cut()).append(own));
    return wide.reshape(Shape.of(batch * count, length).append(own));
  }

  /** An operand of the whole sequence as the rest reads it. */
  Tensor rest(Tensor x) {
    return x.shape().get(1) == 1 ? x : x.slice(1, cut(), steps);
  }

  /** {@code (B, count, lanes..)} as first values of the chunks, {@code (B * count, 1, lanes..)}. */
  Tensor firsts(Tensor x) {
    return x.reshape(shape(batch * count, 1));
  }

  /** One value a chunk, {@code (B * count, 1, lanes..)}, as {@code (B, count, lanes..)}. */
  Tensor ofRows(Tensor x) {
    return x.reshape(shape(batch, count));
  }

  /** Values after each step of the chunks, as a sequence {@code (B, count * length, lanes..)}. */
  Tensor joined(Tensor x) {
    return x.reshape(shape(batch, cut()));
  }

  /** The last value of each chunk, {@code (B, count, lanes..)}. */
  Tensor ends(Tensor x) {
    return ofRows(x.slice(1, length - 1, length));
  }

  static int[] dims(Shape shape) {
    return shape.dims().stream().mapToInt(i -> i).toArray();
  }
}
