package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a part of a model remembers of a sequence that comes in chunks: a variable of a tape recorded for {@link
 * Purpose#STREAMING}, which each run leaves as the next one finds it. All are zero before the first chunk.
 */
public final class Carried {
  private static final String SCOPE = "carried";

  private Carried() {}

  /** Whether a place is recorded for a stream. */
  public static boolean by(Scope p) {
    return p.purpose() == Purpose.STREAMING;
  }

  /**
   * As the chunk before left it.
   *
   * @param lengths of the rows of a chunk; none are taken, for what follows a row's end would be carried too
   */
  public static Tensor before(Scope p, String name, DType type, Shape shape, @Nullable Tensor lengths) {
    if (lengths != null) {
      throw new IllegalArgumentException(
          "streaming: chunks of whole rows expected, lengths came; give each row's own steps");
    }
    return state(p, name, type, shape);
  }

  /** Leaves a value for the next chunk. */
  public static void leave(Scope p, String name, Tensor next) {
    next.tape().assign(state(p, name, next.type(), next.shape()), next);
  }

  private static Tensor state(Scope p, String name, DType type, Shape shape) {
    return p.scope(SCOPE).state(name, type, shape, Init.zeros());
  }

  /** Whether a variable's path is that of something carried. */
  public static boolean holds(String path) {
    return List.of(path.split("\\.")).contains(SCOPE);
  }

  /** Refuses a part that reads steps after its own, or all that were. */
  public static void refuse(Scope p, String what) {
    if (by(p)) {
      throw new IllegalArgumentException(
          "streaming: parts that remember the past in a state of fixed size expected, %s came at '%s'"
              .formatted(what, p.path()));
    }
  }
}
