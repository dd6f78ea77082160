package dev.runnel.autodiff.tornado;

import dev.runnel.autodiff.kernel.Backend;
import dev.runnel.autodiff.kernel.Plan;
import java.util.List;

/** Plans on an accelerator. Variables stay there between runs, until the host asks for them. */
public record AcceleratorBackend(Accelerator accelerator) implements Backend {

  @Override
  public String name() {
    return "tornado";
  }

  @Override
  public boolean ownMaths() {
    return true;
  }

  @Override
  public Executable prepare(Plan plan, long[] addresses) {
    var schedule = Schedule.of(plan, addresses, accelerator.device().group());
    return new Bound(accelerator.open(schedule), schedule.stages());
  }

  @Override
  public Compiles compiles() {
    return accelerator.compiles();
  }

  @Override
  public void close() {
    accelerator.close();
  }

  /** A plan with its arrays. */
  private static final class Bound implements Executable {
    private final Accelerator.Session session;
    private final List<Schedule.Stage> stages;
    private boolean stale = true;

    Bound(Accelerator.Session session, List<Schedule.Stage> stages) {
      this.session = session;
      this.stages = stages;
    }

    @Override
    public void run() {
      session.begin(stale);
      stale = false;
      run(stages);
      if (!session.end()) {
        throw new IllegalArgumentException(
            "gather: expected every index in range, came one outside; check the indexes that are fed");
      }
    }

    private void run(List<Schedule.Stage> all) {
      for (var stage : all) {
        switch (stage) {
          case Schedule.Batch batch -> session.run(batch);
          case Schedule.Repeated r -> {
            for (int pass = 0; pass < r.max() && (r.flags() == null || session.any(r.flags())); pass++) {
              for (var patch : r.patches()) {
                patch.arguments()[patch.entry()] = patch.start() + pass * patch.stride();
              }
              run(r.body());
            }
          }
        }
      }
    }

    @Override
    public void fetch() {
      session.fetch();
    }

    @Override
    public void refresh() {
      stale = true;
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
