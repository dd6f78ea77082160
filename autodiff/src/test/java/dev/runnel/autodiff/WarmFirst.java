package dev.runnel.autodiff;

import java.util.Comparator;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;

/**
 * The compiled backend's own tests before all others: they judge what the JIT makes of a warm kernel, and thousands
 * of kernels that ran without a warm-up leave it other profiles of the Vector API.
 */
public final class WarmFirst implements ClassOrderer {
  @Override
  public void orderClasses(ClassOrdererContext context) {
    context.getClassDescriptors().sort(Comparator.comparing(WarmFirst::late));
  }

  private static boolean late(ClassDescriptor test) {
    return !test.getTestClass().getPackageName().endsWith(".simd");
  }
}
