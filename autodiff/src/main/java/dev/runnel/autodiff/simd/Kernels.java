package dev.runnel.autodiff.simd;

import com.sun.management.ThreadMXBean;
import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.codegen.Analysis;
import dev.runnel.autodiff.codegen.Generator;
import dev.runnel.autodiff.codegen.Layout;
import dev.runnel.autodiff.kernel.Loop;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
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
  private static final long LONGEST_NANOS = 10_000_000_000L;
  private static final long POLL_NANOS = 2_000_000L;
  private static final int MOST_ROUNDS = 5;
  private static final int LATE_CALLS = 200;

  /** Calls and jumps back after which code that profiles is compiled, as scaled by {@code jvm.args}. */
  private static final int ENOUGH = 16;

  /** Wait where the compiler's queue can't be seen. */
  private static final long BLIND_NANOS = 300_000_000L;

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

  /** @param warms whether new kernels are called until they are compiled */
  Kernels(int bits, boolean warms) {
    this.bits = bits;
    this.warms = warms;
  }

  /** Keeps kernels from the fast compiler, whose code with its vectors in objects isn't worth its time. */
  private static final class Directive {
    private static final String TEXT = "[{match: \"dev/runnel/autodiff/simd/Kernel*.run\", c1: {Exclude: true}}]";

    static {
      try {
        Path file = Files.createTempFile("runnel", ".json");
        Files.writeString(file, TEXT);
        diagnose("compilerDirectivesAdd", file.toString());
        Files.delete(file);
      } catch (IOException e) {
        LOG.debug("kernels go through both compilers: {}", e.toString());
      }
    }

    private Directive() {}

    /** Once in a JVM, and waited for. */
    static void set() {}
  }

  /** A kernel and how it was written. */
  static final class Entry {
    private static final AtomicInteger NAMES = new AtomicInteger();
    final Loop loop;
    final Layout layout;
    private Kernel kernel;
    private String name;
    private int paired;
    private int width;
    private int attempts;

    private Entry(Loop loop, int paired, int width) {
      this.loop = loop;
      this.paired = paired;
      this.width = width;
      layout = new Layout(loop);
      name = "Kernel" + NAMES.incrementAndGet();
      kernel = define(Generator.generate(loop, width, paired, name));
    }

    private void write() {
      name = "Kernel" + NAMES.incrementAndGet();
      kernel = define(Generator.generate(loop, width, paired, name));
    }

    private static Kernel define(byte[] bytes) {
      try {
        return (Kernel) MethodHandles.lookup().defineHiddenClass(bytes, true).lookupClass().getConstructor()
            .newInstance();
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("kernel: can't define a class: " + e, e);
      }
    }

    Kernel kernel() {
      return kernel;
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
        int paired = Analysis.pairing(request.loop(), request.positions(), request.vector(), bits);
        entry = new Entry(request.loop(), paired, bits);
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

  /**
   * A round is a few calls and a wait while the kernel is being compiled: for the interpreter's count, then
   * for that of code that profiles, then what the optimising compiler made is looked at. More calls would have
   * a loop compiled from its middle, where the compiler knows less of the vectors, and would keep a core busy
   * that it needs.
   */
  private void warm(List<Entry> fresh) {
    if (EARLY) {
      Directive.set();
    }
    try (Arena arena = Arena.ofConfined()) {
      var pending = new ArrayList<Trial>();
      for (Entry entry : fresh) {
        pending.add(new Trial(entry, arena));
      }
      // The last is called first: what takes longest to compile.
      pending.sort(Comparator.comparingInt(t -> t.entry.loop.instructions().size()));
      long end = System.nanoTime() + LONGEST_NANOS;
      while (!pending.isEmpty()) {
        if (System.nanoTime() >= end || Thread.currentThread().isInterrupted()) {
          LOG.debug("{} of {} kernels are not compiled after {} s of warming up{}", pending.size(), fresh.size(),
              LONGEST_NANOS / 1_000_000_000L, EARLY ? "" : "; start the JVM with @jvm.args");
          return;
        }
        String busy = compiling();
        for (int i = pending.size() - 1; i >= 0; i--) {
          Trial trial = pending.get(i);
          if (busy.contains(trial.entry.name + "/")) {
            continue;
          }
          if (trial.rounds >= 2 && trial.boxed() < FEW_BYTES) {
            pending.remove(i);
            continue;
          }
          if (EARLY && trial.rounds == MOST_ROUNDS) {
            simplify(trial.entry);
            trial.rounds = 0;
          }
          trial.round();
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  /** What the JVM compiles and is going to, in its own words. */
  private static String compiling() {
    String queue = diagnose("compilerQueue");
    if (queue.isEmpty()) {
      LockSupport.parkNanos(BLIND_NANOS);
    }
    return queue;
  }

  /** The answer to a diagnostic command, empty when there is none. */
  private static String diagnose(String command, String... arguments) {
    try {
      return String.valueOf(ManagementFactory.getPlatformMBeanServer().invoke(
          new ObjectName("com.sun.management:type=DiagnosticCommand"), command, new Object[] {arguments},
          new String[] {String[].class.getName()}));
    } catch (JMException e) {
      LOG.debug("the JVM doesn't answer {}: {}", command, e.toString());
      return "";
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
    entry.write();
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

    /** Calls enough to be compiled further, and too few for a loop of the kernel on its own. */
    void round() {
      rounds++;
      int jumps = 2;
      int times = 2;
      for (int axis = 1; axis < entry.loop.axes(); axis++) {
        times *= axis == entry.loop.walk() || axis == entry.loop.vectorAxis() ? 2 : 1;
        jumps += times;
      }
      int calls = !EARLY ? LATE_CALLS : rounds == 1 ? 2 : Math.max(2, ENOUGH / (1 + jumps) + 1);
      for (int i = 0; i < calls; i++) {
        call();
      }
    }

    private void call() {
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
