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

  // The classes of vectors, which have no public names: a cast to one tells the compiler what it holds.
  static final Class<?> TYPE_F128 = F128.vectorType();
  static final Class<?> TYPE_F256 = F256.vectorType();
  static final Class<?> TYPE_F512 = F512.vectorType();
  static final Class<?> TYPE_D128 = D128.vectorType();
  static final Class<?> TYPE_D256 = D256.vectorType();
  static final Class<?> TYPE_D512 = D512.vectorType();
  static final Class<?> TYPE_I128 = I128.vectorType();
  static final Class<?> TYPE_I256 = I256.vectorType();
  static final Class<?> TYPE_I512 = I512.vectorType();
  static final Class<?> TYPE_L128 = L128.vectorType();
  static final Class<?> TYPE_L256 = L256.vectorType();
  static final Class<?> TYPE_L512 = L512.vectorType();

  private Species() {}

  /** Bits of a register as the JVM will use it. */
  static int preferredBits() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }
}
