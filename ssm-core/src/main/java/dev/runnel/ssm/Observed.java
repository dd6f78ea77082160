package dev.runnel.ssm;

import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a nonlinear scan of a whole model does, without a change to the model: read from the tape that the model was
 * recorded on. {@link #on} leaves linear scans out, for their Jacobian does not depend on the trajectory.
 *
 * @param jacobian the spectral norm of {@code d x_t / d x_(t-1)}, {@code (B, T, lanes..)}; 1 past a row's end
 * @param states {@code x_1 .. x_T}, the first component's where a state has two, {@code (B, T, lanes..)}
 * @param solution how its solver came to the trajectory; null where none iterates
 */
public record Observed(Tensor jacobian, Tensor states, Scan.@Nullable Solution solution) {

  /** The nonlinear scans of a tape in the order in which they were recorded: a model's layers, first to last. */
  public static List<Observed> on(Tape tape) {
    return on(tape, false);
  }

  /** The same with linear scans among them. */
  public static List<Observed> all(Tape tape) {
    return on(tape, true);
  }

  private static List<Observed> on(Tape tape, boolean linear) {
    var scans = new ArrayList<Observed>();
    for (var node : List.copyOf(tape.nodes())) {
      if (node.op() instanceof Op.Call(Recurrence scan) && !scan.backward()
          && (linear || !scan.body().linear(scan.components()))) {
        scans.add(of(tape, scan, node.operands().stream().map(tape::tensor).toList()));
      }
    }
    return scans;
  }

  private static Observed of(Tape tape, Recurrence scan, List<Tensor> operands) {
    int n = scan.components();
    var results = tape.call(scan, operands); // a node that is there already
    var before = results.subList(0, n).stream().map(x -> x.slice(1, 0, scan.space().get(1))).toList();
    var entries = scan.on(scan.body().jacobian(n), before, operands);
    return new Observed(
        norm(entries),
        results.getFirst().slice(1, 1, scan.space().get(1) + 1),
        scan.iterates() ? new Scan.Solution(results.get(n), results.get(n + 1), results.get(n + 2)) : null);
  }

  /** The largest singular value of {@code [a b; c d]}. */
  private static Tensor norm(List<Tensor> m) {
    if (m.size() == 1) {
      return m.getFirst().abs();
    }
    var turn = length(m.get(0).plus(m.get(3)), m.get(2).minus(m.get(1)));
    return turn.plus(length(m.get(0).minus(m.get(3)), m.get(1).plus(m.get(2)))).times(0.5);
  }

  private static Tensor length(Tensor a, Tensor b) {
    return a.times(a).plus(b.times(b)).sqrt();
  }
}
