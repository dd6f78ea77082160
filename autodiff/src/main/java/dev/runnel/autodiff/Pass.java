package dev.runnel.autodiff;

import java.util.ArrayList;
import java.util.List;

/** One pass of a {@link Tape#repeat} while its body is recorded. */
public final class Pass {

  /**
   * What a pass leaves.
   *
   * @param carried to the next pass, shaped as what it began with
   * @param kept of extent 1 along the repeat's axis: kept for every pass
   */
  public record Left(List<Tensor> carried, List<Tensor> kept) {
    public Left {
      carried = List.copyOf(carried);
      kept = List.copyOf(kept);
    }
  }

  private final Tape body;
  private final int axis;
  private final List<Tensor> carried = new ArrayList<>();
  private final List<Tensor> sliced = new ArrayList<>();
  private final List<Tensor> whole = new ArrayList<>();

  Pass(Tape body, int axis, List<Tensor> first) {
    this.body = body;
    this.axis = axis;
    for (int k = 0; k < first.size(); k++) {
      carried.add(body.input("c" + k, first.get(k).type(), first.get(k).shape()));
    }
  }

  /** The tape of the body. */
  public Tape tape() {
    return body;
  }

  /** Carried value {@code k} as the pass finds it. */
  public Tensor carried(int k) {
    return carried.get(k);
  }

  /** A tensor from outside. */
  public Tensor whole(Tensor outside) {
    return body.input("w" + number(whole, outside), outside.type(), outside.shape());
  }

  /** Position {@code p} of a tensor from outside along the repeat's axis in pass {@code p}, which keeps the axis. */
  public Tensor at(Tensor outside) {
    return body.input("s" + number(sliced, outside), outside.type(), outside.shape().with(axis, 1));
  }

  private static int number(List<Tensor> list, Tensor x) {
    if (!list.contains(x)) {
      list.add(x);
    }
    return list.indexOf(x);
  }

  List<Tensor> sliced() {
    return sliced;
  }

  List<Tensor> whole() {
    return whole;
  }
}
