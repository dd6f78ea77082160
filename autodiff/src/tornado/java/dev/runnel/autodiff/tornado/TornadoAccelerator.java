package dev.runnel.autodiff.tornado;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.codegen.Device;
import dev.runnel.autodiff.codegen.DeviceCode;
import dev.runnel.autodiff.kernel.Backend;
import dev.runnel.autodiff.kernel.Plan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.constant.ClassDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Kernels on a device of TornadoVM's. Its settings that matter are made in {@link TornadoProvider}, before it is loaded. */
final class TornadoAccelerator implements Accelerator {
  private static final int GROUP = 64;

  /** What stays when inputs change. */
  private static final Set<Plan.Role> HELD = Set.of(Plan.Role.TEMP, Plan.Role.OUTPUT, Plan.Role.VARIABLE);

  /** A kernel takes no more parameters. */
  private static final int MOST_PARAMETERS = 20;

  /** A graph can't have many more than twice as many. */
  private static final int MOST_TASKS = 60;

  private static final AtomicInteger NAMES = new AtomicInteger();

  private final TornadoDevice target;
  private final Map<DeviceCode, Object> kernels = new HashMap<>();
  private int reused;

  private final String dump;

  TornadoAccelerator(TornadoDevice target, String dump) {
    this.target = target;
    this.dump = dump;
  }

  @Override
  public Device device() {
    return new Device(name(KernelContext.class), name(LongArray.class), name(IntArray.class), name(FloatArray.class),
        name(DoubleArray.class), name(TornadoMath.class),
        "uk.ac.manchester.tornado.api.common.TornadoFunctions$Task", GROUP);
  }

  private static ClassDesc name(Class<?> type) {
    return ClassDesc.of(type.getName());
  }

  @Override
  public synchronized Session open(Schedule schedule) {
    long largest = target.getDeviceMaxWorkgroupDimensions()[0];
    if (largest < GROUP) {
      throw new IllegalArgumentException("tornado: work groups of %d expected on %s, it has %d at most"
          .formatted(GROUP, target.getDeviceName(), largest));
    }
    long bytes = schedule.regions().stream().mapToLong(r -> r.elements() * r.type().bytes()).sum();
    if (bytes > target.getMaxGlobalMemory()) {
      throw new IllegalArgumentException("tornado: %,d bytes needed on %s, it has %,d; take a smaller batch or model"
          .formatted(bytes, target.getDeviceName(), target.getMaxGlobalMemory()));
    }
    return new Opened(schedule);
  }

  @Override
  public synchronized Backend.Compiles compiles() {
    return new Backend.Compiles(kernels.size(), reused, 0);
  }

  private synchronized Object task(DeviceCode kernel) {
    reused += kernels.containsKey(kernel) ? 1 : 0;
    return kernels.computeIfAbsent(kernel, k -> {
      var name = "k_runnel" + NAMES.incrementAndGet();
      byte[] bytes = k.generate(device(), name);
      try {
        dump(name, k);
        return MethodHandles.privateLookupIn(DeviceCode.class, MethodHandles.lookup()).defineClass(bytes)
            .getConstructor().newInstance();
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  /** Writes the Loop that a kernel is, beside the source that TornadoVM makes of it. */
  private void dump(String name, DeviceCode kernel) throws IOException {
    if (!dump.isEmpty()) {
      Files.createDirectories(Path.of(dump));
      Files.writeString(Path.of(dump, name + ".txt"), kernel.describe());
    }
  }

  /** One schedule's arrays and graphs, all of one execution plan. */
  private final class Opened implements Session {
    private final Schedule schedule;
    private final List<TornadoNativeArray> arrays = new ArrayList<>();
    private final IntArray status = new IntArray(1);

    /** Memory that is the kernels' own: whether an index was out of range, and what work items keep. */
    private final Map<DType, TornadoNativeArray> own = new EnumMap<>(DType.class);

    private final KernelContext context = new KernelContext();
    private final GridScheduler grids = new GridScheduler();
    private final Map<Schedule.Batch, List<Integer>> graphs = new IdentityHashMap<>();
    private final Map<long[], LongArray> patched = new IdentityHashMap<>();
    private final TornadoExecutionPlan plan;
    private final String prefix = "g" + NAMES.incrementAndGet() + "x";
    private @Nullable TornadoExecutionResult last;
    private int made;
    private int names;

    Opened(Schedule schedule) {
      this.schedule = schedule;
      long kept = schedule.scratch();
      own.put(DType.I32, status);
      if (kept > 0) {
        own.put(DType.F32, new FloatArray(Math.toIntExact(kept)));
        own.put(DType.F64, new DoubleArray(Math.toIntExact(kept)));
      }
      for (var region : schedule.regions()) {
        arrays.add(wrapped(region));
      }
      var snapshots = new ArrayList<ImmutableTaskGraph>();
      var rest = Set.of(Plan.Role.TEMP, Plan.Role.OUTPUT);
      snapshots.add(up(rest, Set.of(), DataTransferMode.FIRST_EXECUTION));
      snapshots.add(up(Set.of(Plan.Role.VARIABLE), rest, DataTransferMode.EVERY_EXECUTION));
      snapshots.add(up(Set.of(Plan.Role.INPUT), HELD, DataTransferMode.EVERY_EXECUTION));
      batches(schedule.stages(), Set.of(), snapshots);
      plan = new TornadoExecutionPlan(snapshots.toArray(ImmutableTaskGraph[]::new));
      plan.withGridScheduler(grids).withDevice(target);
      plan.withAllGraphs().withGridScheduler(grids).withDevice(target);
      execute(0);
    }

    /** A region's memory and the 16 bytes before it, as an array of TornadoVM's. */
    private static TornadoNativeArray wrapped(Schedule.Region region) {
      long header = TornadoNativeArray.ARRAY_HEADER;
      var memory = MemorySegment.ofAddress(region.address() - header)
          .reinterpret(header + region.elements() * region.type().bytes());
      return switch (region.type()) {
        case F32 -> FloatArray.fromSegmentShallow(memory);
        case F64 -> DoubleArray.fromSegmentShallow(memory);
        case I32 -> IntArray.fromSegmentShallow(memory);
      };
    }

    private Object[] of(Set<Plan.Role> roles) {
      var found = new ArrayList<Object>();
      for (int r = 0; r < arrays.size(); r++) {
        if (roles.contains(schedule.regions().get(r).role())) {
          found.add(arrays.get(r));
        }
      }
      return found.toArray();
    }

    /** Brings arrays of some roles up; a graph must have a task, which puts each array's first element where it is. */
    private ImmutableTaskGraph up(Set<Plan.Role> roles, Set<Plan.Role> consumed, int mode) {
      var graph = new TaskGraph(prefix + made++);
      consume(graph, consumed);
      Object[] moved = of(roles);
      if (moved.length > 0) {
        graph.transferToDevice(mode, moved);
      }
      for (int r = 0; r < arrays.size(); r++) {
        if (roles.contains(schedule.regions().get(r).role())) {
          touch(graph, schedule.regions().get(r).type(), arrays.get(r));
        }
      }
      if (consumed.isEmpty()) {
        own.forEach((type, array) -> {
          graph.transferToDevice(mode, array);
          touch(graph, type, array);
        });
      } else if (moved.length == 0) { // a graph has a task
        touch(graph, DType.I32, status);
      }
      graph.persistOnDevice(of(consumed));
      graph.persistOnDevice(own.values().toArray());
      if (moved.length > 0) {
        graph.persistOnDevice(moved);
      }
      return graph.snapshot();
    }

    private void touch(TaskGraph graph, DType type, TornadoNativeArray array) {
      add(graph, "u" + names++, Schedule.touching(type), DataTransferMode.FIRST_EXECUTION, List.of(array));
    }

    private void batches(List<Schedule.Stage> stages, Set<long[]> moving, List<ImmutableTaskGraph> snapshots) {
      for (var stage : stages) {
        switch (stage) {
          case Schedule.Batch batch -> {
            var parts = new ArrayList<Integer>();
            for (int from = 0; from < batch.launches().size(); from += MOST_TASKS) {
              parts.add(snapshots.size());
              int to = Math.min(from + MOST_TASKS, batch.launches().size());
              snapshots.add(graph(batch.launches().subList(from, to), moving));
            }
            graphs.put(batch, parts);
          }
          case Schedule.Repeated r -> {
            var inner = Collections.<long[]>newSetFromMap(new IdentityHashMap<>());
            r.patches().forEach(p -> inner.add(p.arguments()));
            batches(r.body(), inner, snapshots);
          }
        }
      }
    }

    private ImmutableTaskGraph graph(List<Schedule.Launch> launches, Set<long[]> moving) {
      var graph = new TaskGraph(prefix + made++);
      consume(graph, Set.of(Plan.Role.values()));
      int number = 0;
      for (var launch : launches) {
        boolean moves = moving.contains(launch.arguments());
        add(graph, "t" + number++, launch,
            moves ? DataTransferMode.EVERY_EXECUTION : DataTransferMode.FIRST_EXECUTION,
            launch.regions().stream().map(arrays::get).toList());
      }
      graph.persistOnDevice(arrays.toArray());
      graph.persistOnDevice(own.values().toArray());
      return graph.snapshot();
    }

    /** What the graph before this one, whichever it is, leaves on the device. */
    private void consume(TaskGraph graph, Set<Plan.Role> roles) {
      if (!roles.isEmpty()) {
        graph.consumeFromDevice(of(roles));
        graph.consumeFromDevice(own.values().toArray());
      }
    }

    private void add(
        TaskGraph graph, String name, Schedule.Launch launch, int mode, List<TornadoNativeArray> over) {
      var arguments = new LongArray(launch.arguments().length);
      copy(launch.arguments(), arguments);
      if (mode == DataTransferMode.EVERY_EXECUTION) {
        patched.put(launch.arguments(), arguments);
      }
      graph.transferToDevice(mode, arguments);
      var parameters = new ArrayList<Object>(List.of(context, arguments));
      parameters.addAll(over);
      if (launch.kernel().indexed()) {
        parameters.add(requireNonNull(own.get(DType.I32)));
      }
      if (launch.kernel().kept() > 0) {
        parameters.add(requireNonNull(own.get(launch.kernel().type())));
      }
      if (parameters.size() > MOST_PARAMETERS) {
        throw new IllegalArgumentException("tornado: a kernel takes at most %d arrays, %d came; compile programs that"
            .formatted(MOST_PARAMETERS, parameters.size()) + " share variables from one tape first");
      }
      long items = launch.kernel().together() ? launch.items() * GROUP : Math.ceilDiv(launch.items(), GROUP) * GROUP;
      var grid = new WorkerGrid1D(Math.toIntExact(items));
      grid.setLocalWork(GROUP, 1, 1);
      grids.addWorkerGrid(graph.getTaskGraphName() + "." + name, grid);
      invoke(graph, name, task(launch.kernel()), parameters);
    }

    private static void copy(long[] from, LongArray to) {
      for (int i = 0; i < from.length; i++) {
        to.set(i, from[i]);
      }
    }

    private static void invoke(TaskGraph graph, String name, Object task, List<Object> parameters) {
      for (Method method : TaskGraph.class.getMethods()) {
        if (method.getName().equals("task") && method.getParameterCount() == parameters.size() + 2) {
          var all = new ArrayList<Object>(List.of(name, task));
          all.addAll(parameters);
          try {
            method.invoke(graph, all.toArray());
            return;
          } catch (InvocationTargetException e) {
            throw TornadoProvider.failure(" " + task.getClass().getSimpleName(), e.getTargetException());
          } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
          }
        }
      }
      throw new IllegalStateException("no task of " + parameters.size() + " parameters");
    }

    private TornadoExecutionResult execute(int graph) {
      try {
        return plan.withGraph(graph).execute();
      } catch (RuntimeException | Error e) {
        throw TornadoProvider.failure(" graph " + graph, e);
      }
    }

    @Override
    public void begin(boolean variables) {
      if (variables) {
        execute(1);
      }
      execute(2);
    }

    @Override
    public void run(Schedule.Batch batch) {
      for (var launch : batch.launches()) {
        var moving = patched.get(launch.arguments());
        if (moving != null) {
          copy(launch.arguments(), moving);
        }
      }
      requireNonNull(graphs.get(batch)).forEach(graph -> last = execute(graph));
    }

    @Override
    public boolean any(Schedule.Flags flags) {
      var ints = (IntArray) arrays.get(flags.region());
      if (last != null) {
        last.transferToHost(ints);
      }
      boolean any = false;
      for (int i = 0; i < flags.count(); i++) {
        any |= ints.get((int) flags.first() + i) != 0;
      }
      return any;
    }

    @Override
    public boolean end() {
      if (last == null) {
        return true;
      }
      last.transferToHost(of(Set.of(Plan.Role.OUTPUT)));
      last.transferToHost(status);
      return status.get(0) == 0;
    }

    @Override
    public void fetch() {
      if (last != null) {
        last.transferToHost(of(Set.of(Plan.Role.VARIABLE)));
      }
    }

    @Override
    public void close() {
      try {
        plan.freeDeviceMemory();
        plan.close();
      } catch (TornadoExecutionPlanException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
