package dev.runnel.autodiff.tornado;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.codegen.Device;
import dev.runnel.autodiff.codegen.DeviceCode;
import dev.runnel.autodiff.kernel.Backend;
import java.lang.constant.ClassDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntUnaryOperator;

/**
 * A GPU in Java, for tests: kernels run as they are, a thread for each work item of a group, with barriers and local
 * memory. Items and groups without an order come in a shuffled one. Arrays have bounds, which a GPU's do not.
 */
public final class Emulator implements Accelerator {
  private static final int GROUP = 4;
  private static final AtomicInteger NAMES = new AtomicInteger();
  private final Map<DeviceCode, MethodHandle> kernels = new HashMap<>();
  private final SplittableRandom random = new SplittableRandom(5);
  private int reused;

  /** A backend on TornadoVM where tests run with it, else on a new emulator. */
  public static Backend backend() {
    var found = ServiceLoader.load(Accelerator.Provider.class).findFirst();
    return new AcceleratorBackend(found.isPresent() ? found.get().open("0:0", "") : new Emulator());
  }

  private static ClassDesc name(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  @Override
  public Device device() {
    return new Device(name(Context.class), name(Longs.class), name(Ints.class), name(Floats.class),
        name(Doubles.class), name(Functions.class), "", GROUP);
  }

  @Override
  public synchronized Session open(Schedule schedule) {
    return new Emulated(schedule);
  }

  @Override
  public Backend.Compiles compiles() {
    return new Backend.Compiles(kernels.size(), reused, 0);
  }

  private synchronized MethodHandle compiled(DeviceCode kernel) {
    reused += kernels.containsKey(kernel) ? 1 : 0;
    return kernels.computeIfAbsent(kernel, k -> {
      var name = "k_runnel" + NAMES.incrementAndGet();
      try {
        var lookup = MethodHandles.privateLookupIn(DeviceCode.class, MethodHandles.lookup());
        var type = lookup.defineHiddenClass(k.generate(device(), name), true).lookupClass();
        var method = Arrays.stream(type.getDeclaredMethods()).filter(m -> m.getName().equals(name)).findFirst();
        var handle = lookup.unreflect(method.orElseThrow());
        return handle.asSpreader(Object[].class, handle.type().parameterCount());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  /** Where a work item stands. */
  public static final class Context {
    public final Integer globalIdx;
    public final Integer groupIdx;
    public final Integer localIdx;
    private final Group group;
    private int allocated;

    private Context(int global, int index, int local, Group group) {
      globalIdx = global;
      groupIdx = index;
      localIdx = local;
      this.group = group;
    }

    public float[] allocateFloatLocalArray(int size) {
      return (float[]) group.local(allocated++, new float[size]);
    }

    public double[] allocateDoubleLocalArray(int size) {
      return (double[]) group.local(allocated++, new double[size]);
    }

    public void localBarrier() {
      group.await();
    }
  }

  /** What items that go together share. */
  private static final class Group {
    private final CyclicBarrier barrier;
    private final List<Object> arrays = new ArrayList<>();

    Group(int size) {
      barrier = new CyclicBarrier(size);
    }

    synchronized Object local(int number, Object fresh) {
      if (number == arrays.size()) {
        arrays.add(fresh);
      }
      return arrays.get(number);
    }

    void await() {
      try {
        barrier.await();
      } catch (Exception e) {
        throw new IllegalStateException("a work item left before the barrier", e);
      }
    }

    void leave() {
      barrier.reset();
    }
  }

  public static final class Floats {
    private final MemorySegment memory;

    Floats(MemorySegment memory) {
      this.memory = memory;
    }

    public float get(int i) {
      return memory.get(JAVA_FLOAT_UNALIGNED, 4L * i);
    }

    public void set(int i, float x) {
      memory.set(JAVA_FLOAT_UNALIGNED, 4L * i, x);
    }
  }

  public static final class Doubles {
    private final MemorySegment memory;

    Doubles(MemorySegment memory) {
      this.memory = memory;
    }

    public double get(int i) {
      return memory.get(JAVA_DOUBLE_UNALIGNED, 8L * i);
    }

    public void set(int i, double x) {
      memory.set(JAVA_DOUBLE_UNALIGNED, 8L * i, x);
    }
  }

  public static final class Ints {
    private final MemorySegment memory;

    Ints(MemorySegment memory) {
      this.memory = memory;
    }

    public int get(int i) {
      return memory.get(JAVA_INT_UNALIGNED, 4L * i);
    }

    public void set(int i, int x) {
      memory.set(JAVA_INT_UNALIGNED, 4L * i, x);
    }
  }

  public record Longs(long[] values) {
    public long get(int i) {
      return values[i];
    }
  }

  /** A device's own functions. */
  public static final class Functions {
    private Functions() {}

    public static float abs(float x) {
      return Math.abs(x);
    }

    public static double abs(double x) {
      return Math.abs(x);
    }

    public static float sqrt(float x) {
      return (float) Math.sqrt(x);
    }

    public static double sqrt(double x) {
      return Math.sqrt(x);
    }

    public static float exp(float x) {
      return (float) StrictMath.exp(x);
    }

    public static double exp(double x) {
      return StrictMath.exp(x);
    }

    public static float log(float x) {
      return (float) StrictMath.log(x);
    }

    public static double log(double x) {
      return StrictMath.log(x);
    }

    public static float tanh(float x) {
      return (float) StrictMath.tanh(x);
    }

    public static double tanh(double x) {
      return StrictMath.tanh(x);
    }

    public static float sin(float x) {
      return (float) StrictMath.sin(x);
    }

    public static double sin(double x) {
      return StrictMath.sin(x);
    }

    public static float cos(float x) {
      return (float) StrictMath.cos(x);
    }

    public static double cos(double x) {
      return StrictMath.cos(x);
    }

    public static float pow(float x, float y) {
      return (float) StrictMath.pow(x, y);
    }

    public static double pow(double x, double y) {
      return StrictMath.pow(x, y);
    }
  }

  /** One schedule over the host's own memory. */
  private final class Emulated implements Session {
    private final List<Object> arrays = new ArrayList<>();
    private final Ints status = new Ints(MemorySegment.ofArray(new int[1]));
    private final MemorySegment scratch;

    Emulated(Schedule schedule) {
      scratch = MemorySegment.ofArray(new double[Math.toIntExact(schedule.scratch())]);
      for (var r : schedule.regions()) {
        arrays.add(array(r.type(), MemorySegment.ofAddress(r.address()).reinterpret(r.elements() * r.type().bytes())));
      }
    }

    private static Object array(DType type, MemorySegment memory) {
      return switch (type) {
        case F32 -> new Floats(memory);
        case F64 -> new Doubles(memory);
        case I32 -> new Ints(memory);
      };
    }

    @Override
    public void begin(boolean variables) {
      status.set(0, 0);
    }

    @Override
    public void run(Schedule.Batch batch) {
      batch.launches().forEach(this::launch);
    }

    private void launch(Schedule.Launch launch) {
      var handle = compiled(launch.kernel());
      var parameters = new ArrayList<>();
      parameters.add(launch); // in the context's place
      parameters.add(new Longs(launch.arguments().clone()));
      launch.regions().forEach(r -> parameters.add(arrays.get(r)));
      if (launch.kernel().indexed()) {
        parameters.add(status);
      }
      if (launch.kernel().kept() > 0) {
        parameters.add(array(launch.kernel().type(), scratch));
      }
      int items = Math.toIntExact(launch.items());
      if (launch.kernel().together()) {
        shuffled(items).forEach(g -> together(handle, parameters, g));
        return;
      }
      int padded = Math.ceilDiv(items, GROUP) * GROUP;
      shuffled(padded).forEach(i -> call(handle, parameters, new Context(i, i / GROUP, i % GROUP, new Group(1))));
    }

    private java.util.stream.IntStream shuffled(int count) {
      int offset = count == 0 ? 0 : random.nextInt(count);
      IntUnaryOperator turned = i -> (count - 1 - i + offset) % count;
      return java.util.stream.IntStream.range(0, count).map(turned);
    }

    private void together(MethodHandle handle, List<Object> parameters, int index) {
      var group = new Group(GROUP);
      var failure = new AtomicReference<Throwable>();
      var threads = new ArrayList<Thread>();
      for (int lane = 0; lane < GROUP; lane++) {
        var context = new Context(index * GROUP + lane, index, lane, group);
        threads.add(Thread.startVirtualThread(() -> {
          try {
            call(handle, parameters, context);
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
            group.leave();
          }
        }));
      }
      for (var thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      if (failure.get() != null) {
        throw new IllegalStateException(failure.get());
      }
    }

    private static void call(MethodHandle handle, List<Object> parameters, Context context) {
      Object[] all = parameters.toArray();
      all[0] = context;
      try {
        handle.invoke(all);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public boolean any(Schedule.Flags flags) {
      var ints = (Ints) arrays.get(flags.region());
      boolean any = false;
      for (int i = 0; i < flags.count(); i++) {
        any |= ints.get((int) flags.first() + i) != 0;
      }
      return any;
    }

    @Override
    public boolean end() {
      return status.get(0) == 0;
    }

    @Override
    public void fetch() {}
  }
}
