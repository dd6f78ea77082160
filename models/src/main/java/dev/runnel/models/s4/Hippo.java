package dev.runnel.models.s4;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The normal part of HiPPO-LegS in its eigenbasis, computed in double: {@code A + P P^T = -1/2 + S} with S skew, {@code
 * A_nk = -sqrt((2n+1)(2k+1))} for n > k, {@code -(n+1)} for n = k and 0 above; {@code P_n = sqrt(n + 1/2)} (Gu et al.
 * 2022, arXiv 2111.00396, Appendix C). Eigenvalues come in pairs {@code -1/2 +- i w}; of each the one with negative
 * imaginary part is kept; of an odd size the real eigenvalue is left out. An eigenvector's first component is real and
 * positive, which fixes its phase.
 *
 * @param im imaginary parts of the n/2 eigenvalues, ascending
 * @param vectorsRe {@code [k][i]}: real part of component i of the eigenvector of {@code im[k]}
 * @param vectorsIm its imaginary part
 */
public record Hippo(double[] im, double[][] vectorsRe, double[][] vectorsIm) {
  /** Every eigenvalue's real part. */
  public static final double RE = -0.5;

  /** Of size {@code n}. */
  public static Hippo legs(int n) {
    if (n < 2) {
      throw new IllegalArgumentException("hippo: a size of 2 or more expected, %d came".formatted(n));
    }
    // -iS is hermitian; (a; b) is an eigenvector of this real symmetric matrix just where a + ib is one of -iS
    var doubled = new DMatrixRMaj(2 * n, 2 * n);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        double s = -0.5 * Math.sqrt((2.0 * i + 1) * (2.0 * k + 1));
        doubled.set(i, n + k, s);
        doubled.set(k, n + i, -s);
        doubled.set(n + i, k, -s);
        doubled.set(n + k, i, s);
      }
    }
    var eig = DecompositionFactory_DDRM.eig(2 * n, true, true);
    if (!eig.decompose(doubled)) {
      throw new IllegalStateException("hippo: eigenvalues of size %d were not found".formatted(n));
    }
    int[] ascending =
        IntStream.range(0, 2 * n)
            .boxed()
            .sorted(Comparator.comparingDouble(k -> eig.getEigenvalue(k).getReal()))
            .mapToInt(k -> k)
            .toArray();
    double[] w = new double[n / 2];
    double[][] re = new double[n / 2][n];
    double[][] im = new double[n / 2][n];
    for (int k = 0; k < n / 2; k++) {
      int chosen = ascending[2 * k]; // each eigenvalue stands there twice
      w[k] = eig.getEigenvalue(chosen).getReal();
      var v = eig.getEigenVector(chosen);
      double size = Math.hypot(v.get(0), v.get(n));
      double cos = v.get(0) / size;
      double sin = v.get(n) / size;
      for (int i = 0; i < n; i++) {
        re[k][i] = v.get(i) * cos + v.get(n + i) * sin;
        im[k][i] = v.get(n + i) * cos - v.get(i) * sin;
      }
    }
    return new Hippo(w, re, im);
  }

  /** {@code V^* x}: a vector in the eigenbasis, real and imaginary parts one after the other for each k. */
  public double[] coordinates(double[] x) {
    double[] out = new double[2 * im.length];
    for (int k = 0; k < im.length; k++) {
      for (int i = 0; i < x.length; i++) {
        out[2 * k] += vectorsRe[k][i] * x[i];
        out[2 * k + 1] -= vectorsIm[k][i] * x[i];
      }
    }
    return out;
  }

  /** {@code B_n = sqrt(2n + 1)}, in the eigenbasis. */
  public double[] input() {
    return coordinates(IntStream.range(0, vectorsRe[0].length).mapToDouble(n -> Math.sqrt(2.0 * n + 1)).toArray());
  }

  /** {@code P_n = sqrt(n + 1/2)}, in the eigenbasis. */
  public double[] rank() {
    return coordinates(IntStream.range(0, vectorsRe[0].length).mapToDouble(n -> Math.sqrt(n + 0.5)).toArray());
  }
}
