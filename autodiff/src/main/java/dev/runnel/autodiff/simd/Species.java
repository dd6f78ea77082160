package dev.runnel.autodiff.simd;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** Constants that vector kernels read. Nothing else may touch this class: without the Vector API it can't load. */
final class Species {
  static final VectorSpecies<Float> F128 = FloatVector.SPECIES_128;
  static final VectorSpecies<Float> F256 = FloatVector.SPECIES_256;
  static final VectorSpecies<Float> F512 = FloatVector.SPECIES_512;
  static final VectorSpecies<Double> D128 = DoubleVector.SPECIES_128;
  static final VectorSpecies<Double> D256 = DoubleVector.SPECIES_256;
  static final VectorSpecies<Double> D512 = DoubleVector.SPECIES_512;
  static final VectorSpecies<Integer> I64 = IntVector.SPECIES_64;
  static final VectorSpecies<Integer> I128 = IntVector.SPECIES_128;
  static final VectorSpecies<Integer> I256 = IntVector.SPECIES_256;
  static final VectorSpecies<Integer> I512 = IntVector.SPECIES_512;
  static final VectorSpecies<Long> L128 = LongVector.SPECIES_128;
  static final VectorSpecies<Long> L256 = LongVector.SPECIES_256;
  static final VectorSpecies<Long> L512 = LongVector.SPECIES_512;

  private Species() {}

  /** Bits of a register as the JVM will use it. */
  static int preferredBits() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }

  static IntVector iota(VectorSpecies<Integer> species) {
    return IntVector.zero(species).addIndex(1);
  }

  static LongVector iotaLong(VectorSpecies<Long> species) {
    return LongVector.zero(species).addIndex(1);
  }
}
