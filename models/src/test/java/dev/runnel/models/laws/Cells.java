package dev.runnel.models.laws;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Sampling;
import dev.runnel.models.gated.Gru;
import dev.runnel.models.gated.Lstm;
import dev.runnel.models.gated.Mgu;
import dev.runnel.models.gated.MinGru;
import dev.runnel.models.gated.Rnn;
import dev.runnel.models.linoss.Linoss;
import dev.runnel.models.liquid.Guard;
import dev.runnel.models.liquid.Liquid;
import dev.runnel.models.liquid.Start;
import dev.runnel.models.lrc.ComplexLrc;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.models.lrc.Lrc.Integration;
import dev.runnel.models.lrc.Lrc.Neuron;
import dev.runnel.models.lrc.Lrc.Options;
import dev.runnel.models.lrc.Lrc.Reads;
import dev.runnel.models.lrc.Lrc.Step;
import dev.runnel.models.lru.Lru;
import dev.runnel.models.mamba.S6;
import dev.runnel.models.mamba.Ssd;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s4.S4d;
import dev.runnel.models.s4.Spectrum;
import dev.runnel.models.s5.Conjugates;
import dev.runnel.models.s5.S5;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/** The cells that every law of scans is tried on. A cell of {@code d} channels has {@code d} inputs. */
enum Cells {
  LEAKY(Leaky::new),
  LRC(Lrc::new),
  LRC_SYMMETRIC(d -> new Lrc(d, Options.LRC.with(Elastance.SYMMETRIC).with(Step.FIXED, 0.5))),
  LRC_PAPER(d -> new Lrc(d, Options.PAPER.with(Step.LEARNT, 0.5))),
  LRC_TIMED(d -> new Timed(new Lrc(d, Options.PAPER.with(Reads.A_INPUT_B_STATE).with(Step.INPUT, 0.7)))),
  LRC_LINEAR(d -> new Lrc(d, Options.PAPER.with(Elastance.SYMMETRIC).with(Reads.A_INPUT_B_INPUT))),
  LRC_SEMI_IMPLICIT(d -> new Lrc(d, Options.LRC.with(Integration.SEMI_IMPLICIT))),
  STC(d -> new Lrc(d, Neuron.STC, Options.LRC)),
  LTC(d -> new Lrc(d, Neuron.LTC, Options.LTC)),
  LRC_COMPLEX(d -> new ComplexLrc(d, ComplexLrc.Parts.G_K_A_B)),
  LRC_COMPLEX_G_K(d -> new ComplexLrc(d, ComplexLrc.Parts.G_K)),
  GRU(Gru::new),
  MGU(Mgu::new),
  LSTM(Lstm::new),
  MINGRU(MinGru::new),
  RNN(Rnn::new),
  LRU(Lru::new),
  S4D(d -> new S4d(d, 4)),
  S4D_SHARED(d -> new S4d(d, 6, 1, Spectrum.LIN, Discretisation.BILINEAR, 0.01, 0.1)),
  S5(d -> new S5(2 * d)),
  S5_TIMED(
      d -> new Timed(new S5(2 * d, 1, Conjugates.IMPLIED, Discretisation.BILINEAR, Sampling.INTERVALS, 0.01, 0.1))),
  S5_STORED(d -> new S5(2 * d, 1, Conjugates.STORED, Discretisation.ZOH, Sampling.EVEN, 0.01, 0.1)),
  LINOSS(Linoss::new),
  LINOSS_IMEX(d -> new Linoss(d, Linoss.Scheme.IMEX)),
  ONE_OUTPUT_GATE(OneOutputGate::new),
  /** Its drives are products of sums of inputs, and bring their roundings. */
  S6(d -> new S6(d, 3, 2), 128),
  LIQUID(d -> new Liquid(d, 4)),
  LIQUID_LEGS(d -> new Liquid(d, 5, Start.LEGS, 0.01, 0.2, Guard.CLAMP)),
  LIQUID_TANH(d -> new Liquid(d, 4, Start.INV, 0.01, 0.2, Guard.TANH)),
  SSD(d -> new Fed(new Ssd(1, d, 2), d + 2 * 2 + 1)),
  RULE(d -> Cell.of(d, (x, u) -> x.times(0.8).plus(u.times(x.plus(1).tanh()))));

  /** One component or two, one lane axis or two, drives that broadcast. */
  private static final Set<String> DIFFERENT =
      Set.of("LEAKY", "LRC", "S4D", "ONE_OUTPUT_GATE", "S6", "RULE");

  private final IntFunction<Cell> of;
  /** Roundings that one step may add up to. */
  final double roundings;

  Cells(IntFunction<Cell> of) {
    this(of, 32);
  }

  Cells(IntFunction<Cell> of, double roundings) {
    this.of = of;
    this.roundings = roundings;
  }

  /**
   * Sizes to try: all of them for cells that differ in kind, and for every cell in the full build; the first for
   * other cells, so that the default build stays short.
   */
  <T> List<T> tried(List<T> sizes) {
    return DIFFERENT.contains(name()) || Boolean.getBoolean("runnel.full") ? sizes : sizes.subList(0, 1);
  }

  Cell of(int d) {
    return of.apply(d);
  }

  private static Tensor dense(Scope p, String name, Tensor u, int out) {
    return u.matmulTransposed(p.parameter(name, Shape.of(out, u.shape().last()), Init.normal(0.3)));
  }

  private record Leaky(int d) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("u", dense(p, "W", u, d));
    }

    @Override
    public State step(Scope p, State state, Drives u) {
      var x = state.first();
      var gate = p.parameter("a", Shape.of(d), Init.uniform(-1, 1)).times(x).plus(u.get("u")).sigmoid();
      return State.of(x.plus(gate.times(u.get("u").tanh().minus(x))));
    }
  }

  /** A cell that reads intervals, made from its first input. */
  private record Timed(Cell cell) implements Cell {
    @Override
    public StateShape state() {
      return cell.state();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      var first = u.slice(-1, 0, 1);
      return cell.drive(p, Tensor.concat(-1, u, first.times(first).times(0.3)));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return cell.step(p, x, u);
    }
  }

  /** Two components that read each other; the output gate's input is one number for all channels. */
  private record OneOutputGate(int d) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(d).paired();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("i", dense(p, "Wi", u, d))
          .and("f", dense(p, "Wf", u, d))
          .and("g", dense(p, "Wg", u, d))
          .and("o", dense(p, "Wo", u, 1));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var c = x.first();
      var h = x.second();
      var keep = u.get("f").plus(lane(p, "f").times(h)).sigmoid().times(c);
      var write = u.get("i").plus(lane(p, "i").times(h)).sigmoid();
      var next = keep.plus(write.times(u.get("g").plus(lane(p, "g").times(h)).tanh()));
      return State.of(next, u.get("o").plus(lane(p, "o").times(h)).sigmoid().times(next.tanh()));
    }

    @Override
    public Tensor readout(Scope p, State x, Drives u) {
      return x.second();
    }

    private Tensor lane(Scope p, String name) {
      return p.parameter(name, Shape.of(d), Init.uniform(-1, 1));
    }
  }

  /** A cell with other inputs than {@code d}: a dense map of them. */
  private record Fed(Cell cell, int inputs) implements Cell {
    @Override
    public StateShape state() {
      return cell.state();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return cell.drive(p, dense(p, "feed", u, inputs));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return cell.step(p, x, u);
    }

    @Override
    public Tensor readout(Scope p, State x, Drives u) {
      return cell.readout(p, x, u);
    }
  }
}
