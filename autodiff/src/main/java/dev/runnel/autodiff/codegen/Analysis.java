package dev.runnel.autodiff.codegen;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What every instruction of a Loop depends on, and so where in the nest it is computed. Level {@code k}
 * is inside the {@code k} outermost loops of the nest; a place is a straight piece of code: a level's
 * start, what follows a walk, or a Replay's step.
 */
public final class Analysis {
  /** Where an instruction stands in the Loop. */
  enum Section {
    PRE,
    BODY,
    POST,
    REPLAY
  }

  /** Added to a level: after the walk; in the steps that Replay repeats. */
  static final int AFTER = 1000;

  static final int REPEATED = 2000;

  final Loop loop;
  final boolean vector;

  /** Axis of which two positions are computed at once, or -1. */
  final int paired;

  /** Axes that kernels don't loop over, as bits: each work item has one position. None on a CPU. */
  final int spread;

  private final boolean device;

  final List<Ins> instructions;
  final int vectorLevel;

  /** Level inside of every loop but the walk's. */
  final int inner;

  final int deepest;

  /** Axis of the loop that level {@code k} is directly inside of. */
  final int[] order;

  private final int[] levelOf;
  private final Section[] sections;
  private final Kind[] kinds;
  private final int[] depends;
  private final int[] levels;
  private final int[] uses;
  private final int[] user;
  private final boolean[] broadcast;
  private final int[] carryDepends;
  private final int[] replayDepends;

  public Analysis(Loop loop, boolean vector, int paired) {
    this(loop, vector, paired, -1);
  }

  Analysis(Loop loop, boolean vector, int paired, int owned) {
    this.loop = loop;
    device = owned >= 0;
    spread = Math.max(0, owned);
    this.vector = vector;
    this.paired = paired;
    instructions = loop.instructions();
    int n = instructions.size();
    order = new int[loop.axes() + 1];
    levelOf = new int[loop.axes()];
    int level = 1;
    for (int round = 1; round >= 0; round--) { // spread axes are outermost
      for (int axis = 0; axis < loop.axes(); axis++) {
        if (axis != loop.walk() && (spread >> axis & 1) == round) {
          order[level] = axis;
          levelOf[axis] = level++;
        }
      }
    }
    inner = level - 1;
    vectorLevel = levelOf[loop.vectorAxis()];
    if (loop.walk() >= 0) {
      order[level] = loop.walk();
      levelOf[loop.walk()] = level++;
    }
    deepest = level - 1;
    sections = new Section[n];
    kinds = new Kind[n];
    depends = new int[n];
    levels = new int[n];
    uses = new int[n];
    user = new int[n];
    broadcast = new boolean[n];
    Arrays.fill(user, -1);
    int pre = loop.pre().size();
    int body = pre + loop.body().size();
    int post = body + loop.post().size();
    for (int i = 0; i < n; i++) {
      sections[i] = i < pre ? Section.PRE : i < body ? Section.BODY : i < post ? Section.POST : Section.REPLAY;
      kinds[i] = kindOf(instructions.get(i));
    }
    carryDepends = new int[loop.carries()];
    Loop.Replay replay = loop.replay();
    replayDepends = new int[replay == null ? 0 : replay.next().size()];
    settle();
    placeAll();
    countUses();
  }

  private Kind kindOf(Ins ins) {
    return switch (ins) {
      case Ins.Load load -> loop.operands().get(load.operand()).type() == DType.I32 ? Kind.INT : Kind.FLOAT;
      case Ins.Const c -> c.kind();
      case Ins.Axis a -> Kind.INT;
      case Ins.Compute c -> c.prim().result();
      case Ins.Store s -> kinds[s.value()];
      case Ins.Reduce r -> kinds[r.value()];
      case Ins.Scatter s -> kinds[s.value()];
      case Ins.Carry c -> Kind.FLOAT;
      case Ins.Replayed r -> Kind.FLOAT;
    };
  }

  /** Axes that an operand's address moves with, as bits. */
  int moves(int operand) {
    Operand o = loop.operands().get(operand);
    int last = 1 << loop.vectorAxis();
    return (o.moves() & ~last) | (o.vector() == Operand.Along.SAME ? 0 : last);
  }

  private void settle() {
    int walk = loop.walk() < 0 ? 0 : 1 << loop.walk();
    Arrays.fill(carryDepends, walk);
    Arrays.fill(replayDepends, walk);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < depends.length; i++) {
        depends[i] = dependsOf(instructions.get(i), sections[i]);
      }
      for (int k = 0; k < carryDepends.length; k++) {
        int bits = carryDepends[k] | depends[loop.init().get(k)] | depends[loop.next().get(k)];
        changed |= bits != carryDepends[k];
        carryDepends[k] = bits;
      }
      Loop.Replay replay = loop.replay();
      for (int k = 0; replay != null && k < replayDepends.length; k++) {
        int bits = replayDepends[k] | moves(replay.checkpoints().get(k)) | depends[replay.next().get(k)];
        changed |= bits != replayDepends[k];
        replayDepends[k] = bits;
      }
    }
  }

  private int dependsOf(Ins ins, Section section) {
    int here = -1;
    if (loop.walk() >= 0 && (section == Section.PRE || section == Section.POST)) {
      here = ~(1 << loop.walk()); // outside of the walk its position is 0
    }
    return switch (ins) {
      case Ins.Load load -> (moves(load.operand()) & here) | (load.index() < 0 ? 0 : depends[load.index()]);
      case Ins.Const c -> 0;
      case Ins.Axis a -> 1 << a.axis();
      case Ins.Compute c -> depends[c.a()] | (c.b() < 0 ? 0 : depends[c.b()]) | (c.c() < 0 ? 0 : depends[c.c()]);
      case Ins.Store s -> (moves(s.operand()) & here) | depends[s.value()];
      case Ins.Reduce r -> (moves(r.operand()) & here) | depends[r.value()];
      case Ins.Scatter s -> moves(s.operand()) | depends[s.value()] | depends[s.index()];
      case Ins.Carry c -> carryOf(c.k());
      case Ins.Replayed r -> replayDepends[r.k()];
    };
  }

  private int carryOf(int k) {
    // A Carry in a Replay's body is the replay's: both sets are taken together, which is safe.
    return carryDepends[k] | (k < replayDepends.length ? replayDepends[k] : 0);
  }

  private void placeAll() {
    for (int i = 0; i < levels.length; i++) {
      Section section = sections[i];
      int depth = section == Section.PRE || section == Section.POST ? inner : deepest;
      levels[i] = switch (instructions.get(i)) {
        case Ins.Store s -> section == Section.POST || (loop.walk() >= 0 && depth == deepest)
            ? depth
            : Math.max(levels[s.value()], level(depends[i]));
        case Ins.Reduce r -> depth;
        case Ins.Scatter s -> depth;
        case Ins.Carry c -> depth;
        case Ins.Replayed r -> depth;
        case Ins.Compute c -> Math.max(levels[c.a()],
            Math.max(c.b() < 0 ? 0 : levels[c.b()], c.c() < 0 ? 0 : levels[c.c()]));
        case Ins.Load load -> Math.max(level(depends[i]), load.index() < 0 ? 0 : levels[load.index()]);
        case Ins.Axis a -> level(1 << a.axis());
        case Ins.Const c -> 0;
      };
      if (levels[i] > depth) {
        throw new IllegalArgumentException("loop instruction " + i + ": expected nothing that moves along the walk in "
            + section + ", came " + instructions.get(i) + "; put it in the body");
      }
    }
  }

  private int level(int axes) {
    int level = 0;
    for (int axis = 0; axis < loop.axes(); axis++) {
      if ((axes >> axis & 1) != 0) {
        level = Math.max(level, levelOf[axis]);
      }
    }
    return level;
  }

  private void countUses() {
    for (int i = 0; i < uses.length; i++) {
      switch (instructions.get(i)) {
        case Ins.Load load -> use(load.index(), i, false);
        case Ins.Compute c -> {
          boolean shift = switch (c.prim()) {
            case ISHL, ISHR, IUSHR -> true;
            default -> false;
          };
          use(c.a(), i, isVector(i));
          use(c.b(), i, isVector(i) && !shift);
          use(c.c(), i, isVector(i));
        }
        case Ins.Store s ->
            use(s.value(), i, vector && loop.operands().get(s.operand()).vector() != Operand.Along.SAME);
        case Ins.Reduce r -> use(r.value(), i, vector);
        case Ins.Scatter s -> {
          use(s.index(), i, false);
          use(s.value(), i, vector);
        }
        default -> { }
      }
    }
    // Named twice, so that they get a variable of their own.
    for (int k = 0; k < loop.carries(); k++) {
      use(loop.init().get(k), -1, carryIsVector(k));
      use(loop.next().get(k), -1, carryIsVector(k));
    }
    Loop.Replay replay = loop.replay();
    for (int k = 0; replay != null && k < replay.next().size(); k++) {
      use(replay.next().get(k), -1, carryIsVector(k));
    }
  }

  private void use(int value, int by, boolean asVector) {
    if (value < 0) {
      return;
    }
    uses[value] += by < 0 ? 2 : 1;
    user[value] = by;
    broadcast[value] |= asVector && !isVector(value);
  }

  Kind kind(int i) {
    return kinds[i];
  }

  /** In how many copies an instruction is emitted. */
  int copies(int i) {
    return copiesOf(depends[i]);
  }

  int copiesOf(int axes) {
    return paired >= 0 && (axes >> paired & 1) != 0 ? 2 : 1;
  }

  boolean used(int i) {
    return uses[i] > 0;
  }

  /** Whether the value differs between lanes and is held in a vector. */
  boolean isVector(int i) {
    return vector && (depends[i] >> loop.vectorAxis() & 1) != 0;
  }

  boolean carryIsVector(int k) {
    return vector && (carryOf(k) >> loop.vectorAxis() & 1) != 0;
  }

  int carryDepends(int k) {
    return carryOf(k);
  }

  /** Whether a value that is the same in all lanes is wanted as a vector as well. */
  boolean isBroadcast(int i) {
    return broadcast[i];
  }

  /** The straight piece of code that an instruction belongs to. */
  int place(int i) {
    int level = levels[i];
    if (loop.walk() >= 0 && sections[i] == Section.POST && level == inner) {
      return level + AFTER;
    }
    return level == deepest && sections[i] == Section.REPLAY ? level + REPEATED : level;
  }

  /** Instructions of a place in their order. */
  List<Integer> at(int place) {
    var found = new ArrayList<Integer>();
    for (int i = 0; i < levels.length; i++) {
      if (place(i) == place) {
        found.add(i);
      }
    }
    return found;
  }

  /** Whether a vector mask: these are computed where they are used, since held over a loop they are boxed. */
  boolean isLaneMask(int i) {
    return kinds[i] == Kind.MASK && isVector(i);
  }

  /** Whether a computed value needs no variable: its only user stands in the same straight code. */
  boolean isInline(int i) {
    if (!(instructions.get(i) instanceof Ins.Compute)
        || uses[i] != 1
        || place(i) != place(user[i])
        || copies(i) != copies(user[i])) {
      return false;
    }
    return !isLaneMask(user[i]) || (uses[user[i]] == 1 && place(user[i]) == place(user[user[i]]));
  }

  /** Level inside which a Reduce keeps its sum in registers; the deepest of its section means that it has none. */
  int sumLevel(int i, int operand) {
    return Math.min(depth(i), level(moves(operand)));
  }

  /**
   * Whether a Reduce's result is written and not added to what is there: on a CPU where it folds over the vector axis
   * alone, and on a device if no loop outside of its sum goes through the same places again.
   */
  public boolean isWritten(int i) {
    if (device) {
      int moves = moves(((Ins.Reduce) instructions.get(i)).operand());
      boolean once = true;
      for (int k = 1; k <= sumLevel(i, ((Ins.Reduce) instructions.get(i)).operand()); k++) {
        once &= ((spread | moves) >> order[k] & 1) != 0;
      }
      return once;
    }
    int all = (1 << loop.axes()) - 1;
    if (depth(i) == inner && loop.walk() >= 0) {
      all &= ~(1 << loop.walk());
    }
    int folded = all & ~moves(((Ins.Reduce) instructions.get(i)).operand());
    return folded == 1 << loop.vectorAxis();
  }

  int depth(int i) {
    return sections[i] == Section.BODY ? deepest : inner;
  }

  /** Axis to pair for a shape: only forward walks gain, and sums must keep their order. */
  public static int pairing(Loop loop, int positions, int vector, int bits) {
    boolean plain = loop.walk() >= 0 && !loop.backward();
    for (Ins ins : loop.instructions()) {
      plain &= !(ins instanceof Ins.Reduce) && !(ins instanceof Ins.Scatter);
    }
    if (!plain || bits == 0) {
      return -1;
    }
    if (loop.walk() != 0 && loop.axes() > 1 && positions > 1) {
      return 0;
    }
    int lanes = bits / (8 * loop.type().bytes());
    return vector > lanes ? loop.vectorAxis() : -1;
  }
}
