package dev.runnel.experiments.cli;

import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.train.Stop;
import dev.runnel.experiments.train.Stopped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * SIGINT and SIGTERM while work lasts that can be stopped and gone on with: the first has it save and end, with one
 * line and exit code 130 or 143, the second ends the process at once.
 */
final class Signals {
  private static final List<String> NAMES = List.of("INT", "TERM");
  private static final int BASE = 128;

  private Signals() {}

  /** What was replaced, to be put back. */
  private record Before(Signal signal, SignalHandler handler) {}

  /**
   * Does work that asks the stop now and then.
   *
   * @return its exit code, or what a process has that ends by the signal that stopped it
   */
  static int during(Console console, ToIntFunction<Stop> work) {
    var code = new AtomicInteger();
    SignalHandler handler = signal -> {
      if (!code.compareAndSet(0, BASE + signal.getNumber())) {
        Runtime.getRuntime().halt(BASE + signal.getNumber());
      }
    };
    var before = new ArrayList<Before>();
    try {
      for (var name : NAMES) {
        var signal = new Signal(name);
        before.add(new Before(signal, Signal.handle(signal, handler)));
      }
      int result = work.applyAsInt(() -> code.get() != 0);
      return code.get() == 0 ? result : code.get();
    } catch (Stopped e) {
      console.say(OneLine.of(e));
      return code.get() == 0 ? 1 : code.get();
    } finally {
      before.forEach(b -> Signal.handle(b.signal, b.handler));
    }
  }
}
