package dev.runnel.autodiff.codegen;

import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Loop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a device's work items share a Loop. Axes along which everything written moves are <em>spread</em>, a position
 * for each item; the others are looped over, axis 0 of them in chunks. Where only sums over the vector axis remain, a
 * group of items goes through it together and adds up in local memory, as a tree.
 *
 * <p>After what {@link Layout} has, arguments are: positions in a chunk, number of chunks, address of the flags of
 * rows, positions for each flag, and for each operand what a chunk moves it on.
 */
public final class Grid {
  public final Loop loop;
  public final Layout layout;

  /** Spread axes, as bits. */
  public final int spread;

  /** Whether a group of items goes through the vector axis together. */
  public final boolean together;

  /** Whether axis 0 is looped over, in chunks. */
  public final boolean chunked;

  /** Whether an index chooses positions, so that there is a place to say that one was out of range. */
  public final boolean indexed;

  public Grid(Loop loop) {
    this.loop = loop;
    layout = new Layout(loop);
    int all = (1 << loop.axes()) - 1;
    int last = 1 << loop.vectorAxis();
    int owned = loop.walk() < 0 ? all : all & ~(1 << loop.walk());
    boolean folds = false;
    boolean alone = false;
    var plain = new Analysis(loop, false, -1, 0);
    for (Ins ins : loop.instructions()) {
      int written = switch (ins) {
        case Ins.Store s -> s.operand();
        case Ins.Reduce r -> r.operand();
        case Ins.Scatter s -> s.operand();
        default -> -1;
      };
      if (written >= 0) {
        owned &= plain.moves(written);
        boolean folded = (plain.moves(written) & last) == 0;
        folds |= folded && ins instanceof Ins.Reduce;
        alone |= folded && !(ins instanceof Ins.Reduce);
      }
    }
    spread = owned;
    chunked = (spread & 1) == 0 && loop.walk() != 0;
    var analysis = analysis();
    List<Ins> instructions = loop.instructions();
    for (int i = 0; i < instructions.size(); i++) {
      alone |= instructions.get(i) instanceof Ins.Reduce r && (plain.moves(r.operand()) & last) == 0
          && analysis.sumLevel(i, r.operand()) >= analysis.vectorLevel;
    }
    together = folds && !alone && (spread & last) == 0;
    boolean chosen = false;
    for (int op = 0; op < loop.operands().size(); op++) {
      chosen |= layout.index(op) >= 0;
    }
    indexed = chosen;
  }

  /** Grids of equal Loops are equal: they follow from it. */
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Grid other && loop.equals(other.loop);
  }

  @Override
  public int hashCode() {
    return loop.hashCode();
  }

  Analysis analysis() {
    return new Analysis(loop, false, -1, spread);
  }

  public int chunk() {
    return layout.size;
  }

  public int chunks() {
    return layout.size + 1;
  }

  public int flags() {
    return layout.size + 2;
  }

  public int each() {
    return layout.size + 3;
  }

  public int chunkStride(int operand) {
    return layout.size + 4 + operand;
  }

  public int size() {
    return layout.size + 4 + loop.operands().size();
  }

  /** Numbers that each item keeps in scratch memory. */
  public int kept() {
    Loop.Replay replay = loop.replay();
    return replay == null ? 0 : replay.every() * replay.next().size();
  }

  /** Reduces whose result must hold the fold's identity before the kernel begins. */
  public List<Ins.Reduce> begun() {
    var analysis = analysis();
    return java.util.stream.IntStream.range(0, analysis.instructions.size())
        .filter(i -> analysis.instructions.get(i) instanceof Ins.Reduce && !analysis.isWritten(i))
        .mapToObj(i -> (Ins.Reduce) analysis.instructions.get(i))
        .toList();
  }
}
