package dev.runnel.models.dense;

import dev.runnel.models.dense.DenseGru.Reset;
import dev.runnel.models.dense.DenseLrc.Options;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.models.lrc.Lrc.Form;
import dev.runnel.models.lrc.Lrc.Integration;
import dev.runnel.models.lrc.Lrc.Neuron;
import dev.runnel.ssm.DenseCell;
import java.util.function.IntFunction;

/** The dense cells that every law is tried on. */
enum DenseCells {
  GRU(DenseGru::new),
  GRU_BEFORE(d -> new DenseGru(d, Reset.BEFORE)),
  MGU(DenseMgu::new),
  LSTM(DenseLstm::new),
  RNN(DenseRnn::new),
  LTC(d -> new DenseLtc(d, 3, 0.7)),
  LRC(DenseLrc::new),
  LRC_PAPER(
      d -> new DenseLrc(d, new Options(Neuron.LRC, Form.PAPER, Elastance.SYMMETRIC, Integration.SEMI_IMPLICIT, 0.5))),
  LRC_STC(
      d -> new DenseLrc(d, new Options(Neuron.STC, Form.CODE, Elastance.ASYMMETRIC, Integration.EXPLICIT, 1))),
  LRC_LTC(
      d -> new DenseLrc(d, new Options(Neuron.LTC, Form.PAPER, Elastance.ASYMMETRIC, Integration.SEMI_IMPLICIT, 1)));

  private final IntFunction<DenseCell> of;

  DenseCells(IntFunction<DenseCell> of) {
    this.of = of;
  }

  DenseCell of(int d) {
    return of.apply(d);
  }
}
