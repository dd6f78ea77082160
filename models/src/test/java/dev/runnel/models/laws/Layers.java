package dev.runnel.models.laws;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Direction;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Mlp;
import dev.runnel.models.Model;
import dev.runnel.models.Pooling;
import dev.runnel.models.Sampling;
import dev.runnel.models.Size;
import dev.runnel.models.attention.MultiHead;
import dev.runnel.models.attention.MultiHead.Positions;
import dev.runnel.models.attention.Sinusoids;
import dev.runnel.models.attention.Transformer;
import dev.runnel.models.blocks.Activation;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.Bidirectional;
import dev.runnel.models.blocks.Classifier;
import dev.runnel.models.blocks.Convolution;
import dev.runnel.models.blocks.Dropout;
import dev.runnel.models.blocks.Embedding;
import dev.runnel.models.blocks.GatedMlp;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.blocks.LayerNorm;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.RmsNorm;
import dev.runnel.models.blocks.ShortConvolution;
import dev.runnel.models.blocks.Stack;
import dev.runnel.models.linoss.Linoss;
import dev.runnel.models.linoss.LinossModel;
import dev.runnel.models.liquid.Guard;
import dev.runnel.models.liquid.Liquid;
import dev.runnel.models.liquid.LiquidS4;
import dev.runnel.models.liquid.LiquidSeries;
import dev.runnel.models.liquid.Start;
import dev.runnel.models.lrc.ComplexLrc;
import dev.runnel.models.lrc.ComplexLrcLayer;
import dev.runnel.models.lrc.ComplexLrcLayer.Readout;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.Lrc.Options;
import dev.runnel.models.lrc.Lrc.Step;
import dev.runnel.models.lrc.LrcSsm;
import dev.runnel.models.lru.Lru;
import dev.runnel.models.lru.LruModel;
import dev.runnel.models.mamba.Mamba;
import dev.runnel.models.mamba.Mamba2Block;
import dev.runnel.models.mamba.MambaBlock;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s4.S4;
import dev.runnel.models.s4.S4d;
import dev.runnel.models.s4.S4dModel;
import dev.runnel.models.s5.Conjugates;
import dev.runnel.models.s5.S5;
import dev.runnel.models.s5.S5Model;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts and whole models that every law of {@link LayersTest} is tried on: a new one is a row. Inputs have {@link
 * #INPUTS} channels.
 */
enum Layers {
  LINEAR(Reads.STEP, Linear.uniform(3)),
  MLP(Reads.STEP, new Mlp(5, 3)),
  EMBEDDING(Reads.STEP, first(new Embedding(4, 3, 1))),
  CAUSAL_CONVOLUTION(Reads.PAST, new Convolution(5, 3, Convolution.Reach.CAUSAL)),
  CENTRED_CONVOLUTION(Reads.ALL, new Convolution(5, 4, Convolution.Reach.CENTRED)),
  SHORT_CONVOLUTION(Reads.PAST, new ShortConvolution(4)),
  LAYER_NORM(Reads.STEP, new LayerNorm()),
  RMS_NORM(Reads.STEP, new RmsNorm()),
  BATCH_NORM(Reads.STEP, new BatchNorm()),
  BARE_BATCH_NORM(Reads.STEP, new BatchNorm(LayerNorm.Affine.NONE, 0.05, 1e-5)),
  GLU(Reads.STEP, new Glu(Glu.Form.FULL, Activation.GELU, Dropout.tied(0.3))),
  HALF_GLU(Reads.STEP, new Glu(Glu.Form.HALF, Activation.GELU_TANH, Dropout.of(0.3))),
  RAW_GLU(Reads.STEP, new Glu(Glu.Form.RAW, Activation.GELU, Dropout.of(0))),
  NO_GLU(Reads.STEP, new Glu(Glu.Form.NONE, Activation.SILU, Dropout.of(0.5))),
  SWIGLU(Reads.STEP, new GatedMlp(5, 3, Activation.SILU)),
  PRE_NORM(Reads.PAST, new Residual(new ShortConvolution(2), new RmsNorm(), Residual.Order.PRE)),
  POST_NORM(Reads.PAST, new Residual(new ShortConvolution(2), new LayerNorm(), Residual.Order.POST)),
  TWO_WAYS(Reads.ALL, Bidirectional.of(scan(new Lrc(3)), Bidirectional.Join.CONCAT)),
  TWO_WAYS_SUMMED(Reads.ALL, Bidirectional.of(scan(new Lrc(3)), Bidirectional.Join.SUM)),
  CLASSES(Reads.ALL, Head.classes(2, Pooling.LAST)),
  MEAN_OF_LOGITS(Reads.ALL, new Head.PooledLogits(new Mlp(3, 2), Pooling.MEAN)),
  EVERY_STEP(Reads.PAST, new Head.Steps(Linear.uniform(2), 1, Activation.TANH)),
  FORECAST(Reads.ALL, new Head.Forecast(3, 2)),
  BATCH_NORMED_MODEL(
      new Classifier(
          Stack.of(
              Linear.uniform(5),
              2,
              new Residual(
                  Bidirectional.of(scan(new Lrc(5)), Bidirectional.Join.SUM), new BatchNorm(), Residual.Order.PRE),
              new BatchNorm()),
          Head.classes(2, Pooling.MEAN),
          List.of())),
  LRCSSM(new LrcSsm(new Size(4, 2, 5, 4, 2))),
  LRCSSM_SQUARE(new LrcSsm(new Size(4, 2, 5, 5, 2))),
  LRCSSM_TIMED(
      new LrcSsm(new Size(4, 2, 3, 4, 1), new Lrc(4, Options.PAPER.with(Step.INPUT, 1)), Solver.sequential())),
  LRCSSM_COMPLEX(
      new LrcSsm(new Size(4, 2, 3, 4, 1), complex(ComplexLrc.Parts.G_K_A, Readout.FIXED), Sampling.EVEN)),
  COMPLEX_LRC(Reads.PAST, complex(ComplexLrc.Parts.G_K_A_B, Readout.TRAINED)),
  LRU_LAYER(Reads.PAST, new LruModel.LruLayer(new Lru(3), Solver.sequential())),
  LRU(LruModel.of(new Size(4, 2, 3, 3, 1), new Lru(3), 0.2, Solver.sequential())),
  S4D_LAYER(Reads.PAST, new S4dModel.S4dLayer(new S4d(4, 6), Direction.FORWARD, Solver.sequential())),
  S4D_BOTH_WAYS(Reads.ALL, new S4dModel.S4dLayer(new S4d(4, 4), Direction.BIDIRECTIONAL, Solver.sequential())),
  S4D(S4dModel.of(new Size(4, 2, 3, 4, 1), new S4d(3, 4), Direction.FORWARD, 0.1, Solver.sequential())),
  S4_LAYER(Reads.PAST_BUT_FOR_ROUNDING, new S4dModel.S4Layer(new S4(4, 4), Direction.FORWARD)),
  S4_LAYER_BOTH_WAYS(Reads.ALL, new S4dModel.S4Layer(new S4(4, 4), Direction.BIDIRECTIONAL)),
  S4(S4dModel.of(new Size(4, 2, 3, 4, 1), new S4dModel.S4Layer(new S4(3, 6, 1, 0.01, 0.2), Direction.FORWARD), 0.1)),
  ATTENTION(Reads.ALL, new MultiHead(2, 3, false, Positions.NONE)),
  CAUSAL_ATTENTION(Reads.PAST, new MultiHead(1, 2, true, Positions.ROTARY)),
  SINUSOIDS(Reads.STEP, new Sinusoids(Linear.uniform(4))),
  TRANSFORMER(Transformer.of(new Size(4, 2, 4, 1, 2), new MultiHead(2, 64, false, Positions.ROTARY), 0.2)),
  S5_LAYER(Reads.PAST, new S5Model.S5Layer(s5(Sampling.INTERVALS), Direction.FORWARD, Solver.sequential())),
  S5_BOTH_WAYS(Reads.ALL, new S5Model.S5Layer(s5(Sampling.EVEN), Direction.BIDIRECTIONAL, Solver.sequential())),
  S5(
      S5Model.of(
          new Size(4, 2, 3, 8, 1), s5(Sampling.INTERVALS), Direction.BIDIRECTIONAL, Glu.Form.HALF, 0.1,
          Solver.sequential())),
  LINOSS_LAYER(Reads.PAST, new LinossModel.LinossLayer(new Linoss(3), Solver.sequential())),
  LINOSS(LinossModel.of(new Size(4, 2, 3, 3, 1), new Linoss(3, Linoss.Scheme.IMEX), 0.1, Solver.sequential())),
  MAMBA_BLOCK(Reads.PAST, new MambaBlock(3)),
  MAMBA2_BLOCK(Reads.PAST, new Mamba2Block(3, 2, 4, 4, Solver.sequential())),
  MAMBA(Mamba.classifier(new Size(4, 2, 3, 2, 2), new MambaBlock(2, 2, 3, 2, Solver.sequential()))),
  MAMBA2(Mamba.classifier(new Size(4, 2, 3, 2, 1), new Mamba2Block(2, 2, 3, 2, Solver.sequential()))),
  S6(Mamba.s6(new Size(4, 2, 3, 2, 2), 0.2, Solver.sequential())),
  LIQUID_SERIES(Reads.PAST, new LiquidSeries(new Liquid(4, 4), LiquidSeries.Terms.TRUNCATED, 3, Solver.sequential())),
  LIQUID_PB(
      Reads.PAST,
      new LiquidSeries(
          new Liquid(4, 4, Start.LIN, 0.01, 0.1, Guard.TANH), LiquidSeries.Terms.PB, 3, Solver.sequential())),
  LIQUID_LOW_RANK(Reads.PAST, new LiquidS4.LowRankLayer(new Liquid(4, 4, Start.LEGS, 0.01, 0.1, Guard.NONE))),
  LIQUID_S4(
      LiquidS4.classifier(
          new Size(4, 2, 3, 4, 2), LiquidS4.exact(new Liquid(3, 4), Solver.sequential()), new BatchNorm(),
          Residual.Order.PRE, 0.1)),
  LIQUID_S4_POST_NORM(
      LiquidS4.classifier(
          new Size(4, 2, 3, 5, 1), LiquidS4.exact(new Liquid(3, 5), Solver.sequential()), new LayerNorm(),
          Residual.Order.POST, 0));

  static final int INPUTS = 4;

  /** Which steps an output at a step reads; {@code ALL} also for what has no steps any more. */
  enum Reads {
    STEP,
    PAST,
    /** What transforms give at a step has roundings of all steps. */
    PAST_BUT_FOR_ROUNDING,
    ALL
  }

  final Reads reads;
  final Layer layer;
  final @Nullable Model model;

  Layers(Reads reads, Layer layer) {
    this.reads = reads;
    this.layer = layer;
    model = null;
  }

  /** A whole model: its class scores. */
  Layers(Model model) {
    reads = Reads.ALL;
    layer = model::logits;
    this.model = model;
  }

  private static Layer complex(ComplexLrc.Parts parts, Readout readout) {
    return new ComplexLrcLayer(new ComplexLrc(4, parts), readout, Solver.sequential());
  }

  private static S5 s5(Sampling sampling) {
    return new S5(8, 2, Conjugates.IMPLIED, Discretisation.ZOH, sampling, 0.001, 0.1);
  }

  private static Layer scan(Cell cell) {
    return (p, x, lengths) -> Scan.of(cell).run(p, x, lengths, null).output();
  }

  /** The layer on the first channel alone. */
  private static Layer first(Layer layer) {
    return (Scope p, Tensor x, @Nullable Tensor lengths) -> layer.apply(p, x.slice(2, 0, 1).times(4), lengths);
  }
}
