package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.codegen.Layout;
import dev.runnel.autodiff.kernel.Backend;
import dev.runnel.autodiff.kernel.Plan;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Plans on the CPU: Loops as generated kernels over the Vector API, products by OpenBLAS, tasks shared
 * by the caller and {@code threads - 1} helpers. The same plan on the same kind of machine gives the
 * same bits on any number of threads.
 *
 * <p>System properties: {@code runnel.lanes} = 128, 256 or 512 (bits of a register; what the JVM prefers
 * by default), {@code runnel.vector=off} (one number at a time), {@code runnel.blas=off} (plain Java
 * products). Start the JVM with the flags in {@code jvm.args}.
 */
public final class SimdBackend implements Backend {
  private final Kernels kernels;
  private final Workers workers;
  private final Arena arena = Arena.ofShared();
  private final long[] scratch;
  private final int bits;
  private final ReentrantLock lock = new ReentrantLock();
  private long scratchBytes;
  private boolean closed;

  /**
   * @param threads the caller and its helpers, at least 1
   * @throws IllegalArgumentException for fewer threads, or a register width that this machine doesn't have
   */
  public SimdBackend(int threads) {
    this(threads, chosenBits(), true);
  }

  /**
   * @param bits register width, 0 for no vectors
   * @param warms whether kernels are warmed up
   */
  SimdBackend(int threads, int bits, boolean warms) {
    if (threads < 1) {
      throw new IllegalArgumentException("simd threads: expected at least 1, came " + threads + "; leave it out for one");
    }
    this.bits = bits;
    kernels = new Kernels(bits, warms);
    workers = new Workers(threads);
    scratch = new long[threads];
  }

  private static int chosenBits() {
    if (!vectorStatus().isEmpty()) {
      return 0;
    }
    int preferred = Species.preferredBits();
    String asked = System.getProperty("runnel.lanes");
    if (asked == null) {
      return Math.clamp(preferred, 128, 512);
    }
    int bits = switch (asked) {
      case "128" -> 128;
      case "256" -> 256;
      case "512" -> 512;
      default -> Integer.MAX_VALUE;
    };
    if (bits > Math.max(128, preferred)) {
      throw new IllegalArgumentException("runnel.lanes: expected 128, 256 or 512 and at most " + preferred
          + " on this machine, came " + asked + "; leave it out");
    }
    return bits;
  }

  /** Why kernels would run without vectors, in one line; empty when they use them. */
  public static String vectorStatus() {
    if ("off".equals(System.getProperty("runnel.vector"))) {
      return "runnel.vector=off: leave it out to use vectors";
    }
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return "no Vector API: start java with --add-modules=jdk.incubator.vector";
    }
    return "";
  }

  /** What products run on: OpenBLAS's own description, or why it is not used. */
  public static String blasStatus() {
    return Blas.STATUS;
  }

  @Override
  public String name() {
    return "simd";
  }

  public int threads() {
    return workers.threads();
  }

  /** Bits of a vector register, 0 without vectors. */
  public int bits() {
    return bits;
  }

  /** Kernels that were written again in a simpler form, since the JVM kept their vectors in objects. */
  public int simplified() {
    return kernels.simplified();
  }

  @Override
  public Executable prepare(Plan plan, long[] addresses) {
    List<Kernels.Entry> entries = kernels.get(Binding.requests(plan.steps()));
    lock.lock();
    try {
      checkOpen();
      long most = Layout.SLOTS;
      for (Kernels.Entry entry : entries) {
        most = Math.max(most, entry.layout.scratch());
      }
      if (most > scratchBytes) {
        scratchBytes = most;
        for (int i = 0; i < scratch.length; i++) {
          // A line's distance from the next worker's: no false sharing.
          scratch[i] = arena.allocate(most + 128, 128).address();
        }
      }
      return new Bound(Binding.bind(plan, addresses, entries, scratch));
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalArgumentException("simd: expected an open backend, came a closed one; make another");
    }
  }

  @Override
  public Compiles compiles() {
    return new Compiles(kernels.compiled(), kernels.reused(), kernels.seconds());
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        workers.close();
        arena.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** A plan bound to memory. */
  private final class Bound implements Executable {
    private final List<Binding.Stage> stages;

    Bound(List<Binding.Stage> stages) {
      this.stages = stages;
    }

    @Override
    public void run() {
      lock.lock();
      try {
        checkOpen();
        workers.begin();
        try {
          run(stages);
        } finally {
          workers.end();
        }
      } finally {
        lock.unlock();
      }
    }

    private void run(List<Binding.Stage> all) {
      for (int i = 0; i < all.size(); i++) {
        switch (all.get(i)) {
          case Binding.Batch batch -> workers.run(batch.tasks());
          case Binding.Repeated repeated -> repeat(repeated);
        }
      }
    }

    private void repeat(Binding.Repeated repeated) {
      for (int pass = 0; pass < repeated.max() && goes(repeated); pass++) {
        List<Binding.Patch> patches = repeated.patches();
        for (int i = 0; i < patches.size(); i++) {
          Binding.Patch patch = patches.get(i);
          patch.arguments()[patch.entry()] = patch.start() + pass * patch.stride();
        }
        run(repeated.body());
      }
    }

    private static boolean goes(Binding.Repeated repeated) {
      boolean goes = repeated.flags() == 0;
      for (int i = 0; i < repeated.flags(); i++) {
        goes |= Raw.getInt(repeated.going() + 4L * i) != 0;
      }
      return goes;
    }
  }
}
