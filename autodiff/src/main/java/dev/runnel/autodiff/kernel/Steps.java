package dev.runnel.autodiff.kernel;

import java.util.List;

/** Writes one step of a walk: the next values of the carries. */
@FunctionalInterface
public interface Steps {
  List<Integer> write(Step step);
}
