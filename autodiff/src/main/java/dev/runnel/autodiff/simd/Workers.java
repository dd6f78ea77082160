package dev.runnel.autodiff.simd;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The caller and its helping threads. Between {@link #begin} and {@link #end} helpers spin for tasks,
 * which costs a fraction of a microsecond where waking costs fifty; otherwise they are parked.
 *
 * <p>Who takes which task is left to chance, so tasks must not depend on it.
 */
final class Workers implements AutoCloseable {
  /** A piece of work. */
  interface Task {
    /**
     * @param worker who runs it, from 0
     */
    void run(int worker);
  }

  private static final int SPINS = 20_000;
  private static final int MOST = 1 << 20;
  private static final Task[] NONE = {};

  private final List<Helper> helpers = new ArrayList<>();

  /** Number of the present batch (24 bits), how many tasks it has (20), how many are taken (20). */
  private final AtomicLong ticket = new AtomicLong();

  private final AtomicInteger remaining = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile Task[] tasks = NONE;
  private volatile boolean busy;
  private volatile boolean closed;

  Workers(int threads) {
    for (int i = 1; i < threads; i++) {
      var helper = new Helper(i);
      helpers.add(helper);
      helper.thread.start();
    }
  }

  int threads() {
    return helpers.size() + 1;
  }

  /** Wakes the helpers: a run begins. */
  void begin() {
    busy = true;
    wake();
  }

  /** Lets the helpers park. */
  void end() {
    busy = false;
  }

  private void wake() {
    for (int i = 0; i < helpers.size(); i++) {
      Helper helper = helpers.get(i);
      if (helper.parked) {
        LockSupport.unpark(helper.thread);
      }
    }
  }

  /** Runs all tasks and returns when they are done; the first failure is thrown. */
  void run(Task[] batch) {
    if (batch.length == 1 || helpers.isEmpty()) {
      for (Task task : batch) {
        task.run(0);
      }
      return;
    }
    if (batch.length == 0) {
      return;
    }
    if (batch.length >= MOST) {
      throw new IllegalArgumentException("plan: expected fewer than " + MOST + " tasks in a step, came "
          + batch.length + "; use larger chunks");
    }
    tasks = batch;
    remaining.set(batch.length);
    long number = (ticket.get() >>> 40) + 1;
    ticket.set(number << 40 | (long) batch.length << 20);
    wake();
    help(0);
    for (int spin = 0; remaining.get() > 0; spin++) {
      if (spin < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    Throwable thrown = failure.getAndSet(null);
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }

  /** Takes tasks until there are none; tells whether there was one. */
  private boolean help(int worker) {
    boolean any = false;
    while (true) {
      // A look first, so that idle helpers don't count the ticket up.
      if (!waiting(ticket.get())) {
        return any;
      }
      long taken = ticket.getAndIncrement();
      if (!waiting(taken)) {
        return any;
      }
      any = true;
      try {
        tasks[(int) (taken & MOST - 1)].run(worker);
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      } finally {
        remaining.decrementAndGet();
      }
    }
  }

  private static boolean waiting(long ticket) {
    return (ticket & MOST - 1) < (ticket >>> 20 & MOST - 1);
  }

  @Override
  public void close() {
    closed = true;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper.thread);
    }
  }

  private final class Helper implements Runnable {
    final Thread thread;
    volatile boolean parked;
    private final int number;

    Helper(int number) {
      this.number = number;
      thread = Thread.ofPlatform().daemon().name("runnel-simd-" + number).unstarted(this);
    }

    @Override
    public void run() {
      int idle = 0;
      while (!closed) {
        if (help(number)) {
          idle = 0;
        } else if (busy && idle++ < SPINS) {
          Thread.onSpinWait();
        } else {
          parked = true;
          if (!closed && !waiting(ticket.get()) && !(busy && idle < SPINS)) {
            LockSupport.park(Workers.this);
          }
          parked = false;
          idle = 0;
        }
      }
    }
  }
}
