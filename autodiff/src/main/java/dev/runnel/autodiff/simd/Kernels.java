package dev.runnel.autodiff.simd;

import com.sun.management.ThreadMXBean;
import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Loop;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kernels by Loop. New ones are called on a little scratch memory until the JVM has compiled them,
 * which shows in that they no longer allocate; one that still does when the compiler is idle keeps its
 * vectors in objects, and is written again in a simpler form.
 */
final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
  private static final long FEW_BYTES = 200;
  private static final int LONGER = 8;
  private static final long LONGEST_NANOS = 3_000_000_000L;
  private static final long POLL_NANOS = 2_000_000L;
  private static final int MOST_ROUNDS = 5;
  private static final int LATE_CALLS = 200;

  /** Whether the JVM was told, as {@code jvm.args} does, to compile kernels after a few calls. */
  private static final boolean EARLY = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
      .anyMatch(a -> a.contains("CompileThresholdScaling") && a.contains("Kernel"));

  private final int bits;
  private final boolean warms;
  private final Map<Loop, Entry> entries = new HashMap<>();
  private int compiled;
  private int reused;
  private int simplified;
  private long nanos;
  private int names;

  /** @param warms whether new kernels are called until they are compiled */
  Kernels(int bits, boolean warms) {
    this.bits = bits;
    this.warms = warms;
  }

  /** A kernel and how it was written. */
  static final class Entry {
    final Loop loop;
    final Layout layout;
    private Kernel kernel;
    private int paired;
    private int width;
    private int attempts;

    private Entry(Loop loop, Kernel kernel, int paired, int width) {
      this.loop = loop;
      this.kernel = kernel;
      this.paired = paired;
      this.width = width;
      layout = new Layout(loop);
    }

    Kernel kernel() {
      return kernel;
    }

    /** Axis of which two positions are computed at once, or -1. */
    int paired() {
      return paired;
    }

    /** Bits of a register, 0 for a kernel of single numbers. */
    int width() {
      return width;
    }
  }

  /** A Loop and the extents that it will mostly run over. */
  record Request(Loop loop, int positions, int vector) {}

  /** Entries of the requested Loops; what was not compiled before is compiled and warm. */
  synchronized List<Entry> get(List<Request> requests) {
    var found = new ArrayList<Entry>();
    var fresh = new ArrayList<Entry>();
    long start = System.nanoTime();
    for (Request request : requests) {
      Entry entry = entries.get(request.loop());
      if (entry == null) {
        int paired = Generator.pairing(request.loop(), request.positions(), request.vector(), bits);
        entry = new Entry(request.loop(), make(request.loop(), bits, paired), paired, bits);
        entries.put(request.loop(), entry);
        fresh.add(entry);
        compiled++;
      } else {
        reused++;
      }
      found.add(entry);
    }
    if (!fresh.isEmpty()) {
      if (warms) {
        warm(fresh);
      }
      nanos += System.nanoTime() - start;
    }
    return found;
  }

  synchronized int compiled() {
    return compiled;
  }

  synchronized int reused() {
    return reused;
  }

  /** Kernels that had to be written again in a simpler form. */
  synchronized int simplified() {
    return simplified;
  }

  synchronized double seconds() {
    return nanos * 1e-9;
  }

  private Kernel make(Loop loop, int width, int paired) {
    byte[] bytes = Generator.generate(loop, width, paired, "Kernel" + ++names);
    try {
      return (Kernel) MethodHandles.lookup().defineHiddenClass(bytes, true).lookupClass().getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("kernel: can't define a class: " + e, e);
    }
  }

  /**
   * A round is two calls and a wait: the interpreter's count, then those of code that profiles, then what the
   * optimising compiler made is looked at. More calls would have a loop compiled from its middle, where the
   * compiler knows less of the vectors, and would keep a core busy that it needs.
   */
  private void warm(List<Entry> fresh) {
    try (Arena arena = Arena.ofConfined()) {
      var pending = new ArrayList<Trial>();
      for (Entry entry : fresh) {
        pending.add(new Trial(entry, arena));
      }
      long end = System.nanoTime() + LONGEST_NANOS;
      while (!pending.isEmpty()) {
        for (Trial trial : pending) {
          for (int i = 0; i < (EARLY ? 2 : LATE_CALLS); i++) {
            trial.call();
          }
        }
        while (isCompiling() && System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
          LockSupport.parkNanos(POLL_NANOS);
        }
        if (System.nanoTime() >= end || Thread.currentThread().isInterrupted()) {
          LOG.debug("{} of {} kernels are not compiled after {} s of warming up{}", pending.size(), fresh.size(),
              LONGEST_NANOS / 1_000_000_000L, EARLY ? "" : "; start the JVM with @jvm.args");
          return;
        }
        for (int i = pending.size() - 1; i >= 0; i--) {
          Trial trial = pending.get(i);
          if (++trial.rounds > 1 && trial.boxed() < FEW_BYTES) {
            pending.remove(i);
          } else if (EARLY && trial.rounds == MOST_ROUNDS) {
            simplify(trial.entry);
            trial.rounds = 0;
          }
        }
      }
    }
  }

  /** Whether a kernel is being compiled or waits for it, as the JVM's own report says. */
  private static boolean isCompiling() {
    try {
      Object report = ManagementFactory.getPlatformMBeanServer().invoke(
          new ObjectName("com.sun.management:type=DiagnosticCommand"), "compilerQueue", new Object[0], new String[0]);
      return report.toString().contains(Kernel.class.getName());
    } catch (JMException e) {
      LOG.debug("the JVM doesn't tell what it compiles: {}", e.toString());
      return true;
    }
  }

  private void simplify(Entry entry) {
    // What a compilation makes of a kernel is partly chance: the same form gets a second one.
    if (++entry.attempts % 2 == 0) {
      simplified++;
      if (entry.paired >= 0) {
        entry.paired = -1;
      } else {
        entry.width = 0;
      }
    }
    LOG.debug("a kernel of {} instructions kept its vectors in objects; written again with {} bits, {} at a time",
        entry.loop.instructions().size(), entry.width, entry.paired < 0 ? 1 : 2);
    entry.kernel = make(entry.loop, entry.width, entry.paired);
  }

  /** A tiny call that goes through every piece of a kernel's code: all strides 0, extents of 1 to 3. */
  private static final class Trial {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Entry entry;
    private final long[] arguments;
    private final long scratch;
    private int rounds;

    Trial(Entry entry, Arena arena) {
      this.entry = entry;
      Loop loop = entry.loop;
      Layout layout = entry.layout;
      arguments = new long[layout.size];
      scratch = arena.allocate(layout.scratch(), 64).address();
      long numbers = arena.allocate(4096, 64).address();
      long indexes = arena.allocate(4096, 64).address();
      Arrays.fill(arguments, Layout.EXTENTS, Layout.EXTENTS + loop.axes(), 1);
      if (loop.walk() >= 0) {
        arguments[Layout.EXTENTS + loop.walk()] = 2;
      }
      for (int op = 0; op < loop.operands().size(); op++) {
        arguments[layout.base(op)] = loop.operands().get(op).type() == DType.I32 ? indexes : numbers;
        if (layout.index(op) >= 0) {
          arguments[layout.index(op) + 1] = 1;
        }
      }
    }

    void call() {
      int lanes = entry.width == 0 ? 1 : entry.width / (8 * entry.loop.type().bytes());
      boolean wide = entry.paired == entry.loop.vectorAxis();
      int to = entry.loop.walk() == 0 ? (int) arguments[Layout.EXTENTS] : entry.paired == 0 ? 3 : 2;
      entry.kernel.run(arguments, 0, to, 0, wide ? 2 * lanes + 1 : lanes + 1, scratch);
    }

    /**
     * Bytes that kernels allocate where it matters: anywhere without a walk, and in the steps of one. (A few
     * objects for each walk as a whole, which is some thousand steps long, cost nothing.)
     */
    long boxed() {
      long few = allocated();
      int walk = entry.loop.walk();
      if (walk < 0 || few < FEW_BYTES) {
        return few;
      }
      arguments[Layout.EXTENTS + walk] += LONGER;
      long more = allocated();
      arguments[Layout.EXTENTS + walk] -= LONGER;
      return more - few;
    }

    private long allocated() {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      call();
      return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
  }
}
