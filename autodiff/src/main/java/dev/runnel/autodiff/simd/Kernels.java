package dev.runnel.autodiff.simd;

import com.sun.management.ThreadMXBean;
import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Loop;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kernels by Loop. New ones are called on a little scratch memory until the JVM has compiled them,
 * which shows in that they no longer allocate; one that still does when the compiler is idle keeps its
 * vectors in objects, and is written again in a simpler form.
 */
final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
  private static final int CALLS = 10;
  private static final long FEW_BYTES = 200;
  private static final int LONGER = 8;
  private static final long LONGEST_NANOS = 3_000_000_000L;
  private static final long IDLE_NANOS = 200_000_000L;

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

  private void warm(List<Entry> fresh) {
    try (Arena arena = Arena.ofConfined()) {
      var trials = new ArrayList<Trial>();
      for (Entry entry : fresh) {
        trials.add(new Trial(entry, arena));
      }
      for (int i = 0; i < CALLS; i++) {
        for (Trial trial : trials) {
          trial.call();
        }
      }
      wait(trials);
    }
  }

  private void wait(List<Trial> trials) {
    var pending = new ArrayList<>(trials);
    @Nullable CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    boolean timed = compiler != null && compiler.isCompilationTimeMonitoringSupported();
    long start = System.nanoTime();
    long changed = start;
    long spent = -1;
    while (true) {
      for (int i = pending.size() - 1; i >= 0; i--) {
        Trial trial = pending.get(i);
        for (int repeat = 0; !EARLY && repeat < 20; repeat++) {
          trial.call();
        }
        if (trial.boxed() < FEW_BYTES) {
          pending.remove(i);
        }
      }
      long now = System.nanoTime();
      if (pending.isEmpty()) {
        return;
      }
      if (now - start > LONGEST_NANOS) {
        LOG.debug("{} of {} kernels are not compiled after {} s of warming up{}", pending.size(), trials.size(),
            LONGEST_NANOS / 1_000_000_000L, EARLY ? "" : "; start the JVM with @jvm.args");
        return;
      }
      long time = timed && compiler != null ? compiler.getTotalCompilationTime() : now;
      if (time != spent) {
        spent = time;
        changed = now;
      } else if (EARLY && now - changed > IDLE_NANOS && !isCompiling()) {
        for (Trial trial : pending) {
          simplify(trial.entry);
          trial.call();
        }
        changed = now;
      }
      try {
        Thread.sleep(EARLY ? 5 : 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
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
    simplified++;
    if (entry.paired >= 0) {
      entry.paired = -1;
    } else {
      entry.width = 0;
    }
    LOG.debug("a kernel of {} instructions kept its vectors in objects; written again {}",
        entry.loop.instructions().size(), entry.width == 0 ? "without vectors" : "one position at a time");
    entry.kernel = make(entry.loop, entry.width, entry.paired);
  }

  /** A tiny call that goes through every piece of a kernel's code: all strides 0, extents of 2 or 3. */
  private static final class Trial {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Entry entry;
    private final long[] arguments;
    private final long scratch;

    Trial(Entry entry, Arena arena) {
      this.entry = entry;
      Loop loop = entry.loop;
      Layout layout = entry.layout;
      arguments = new long[layout.size];
      scratch = arena.allocate(layout.scratch(), 64).address();
      long numbers = arena.allocate(4096, 64).address();
      long indexes = arena.allocate(4096, 64).address();
      Arrays.fill(arguments, Layout.EXTENTS, Layout.EXTENTS + loop.axes(), 2);
      if (loop.walk() >= 0) {
        Loop.Replay replay = loop.replay();
        arguments[Layout.EXTENTS + loop.walk()] = replay == null ? 3 : replay.every() + 1;
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
      int to = entry.loop.walk() == 0 ? (int) arguments[Layout.EXTENTS] : 3;
      entry.kernel.run(arguments, 0, to, 0, 2 * lanes + 1, scratch);
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
