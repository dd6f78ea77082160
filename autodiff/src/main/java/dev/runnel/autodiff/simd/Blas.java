package dev.runnel.autodiff.simd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.runnel.autodiff.DType;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Products of row-major matrices at addresses: OpenBLAS where it can be loaded, its own threads off,
 * else {@link PlainGemm}. The environment's OPENBLAS_* are left as they are; {@code -Drunnel.blas=off}
 * asks for the plain one.
 */
final class Blas {
  private static final int ROW_MAJOR = 101;
  private static final int PLAIN = 111;
  private static final int TRANSPOSED = 112;

  /** What products run on: OpenBLAS's own description, or why it is not used. */
  static final String STATUS;

  private static final @Nullable MethodHandle SGEMM;
  private static final @Nullable MethodHandle DGEMM;

  static {
    MethodHandle single = null;
    MethodHandle dual = null;
    String status;
    if ("off".equals(System.getProperty("runnel.blas"))) {
      status = "plain Java products: runnel.blas=off";
    } else {
      try {
        SymbolLookup library = load();
        Linker linker = Linker.nativeLinker();
        MethodHandle threads = linker.downcallHandle(
            library.findOrThrow("openblas_set_num_threads"), FunctionDescriptor.ofVoid(JAVA_INT));
        threads.invokeExact(1);
        MethodHandle config =
            linker.downcallHandle(library.findOrThrow("openblas_get_config"), FunctionDescriptor.of(ADDRESS));
        status = ((MemorySegment) config.invokeExact()).reinterpret(4096).getString(0).strip();
        single = linker.downcallHandle(library.findOrThrow("cblas_sgemm"), descriptor(JAVA_FLOAT));
        dual = linker.downcallHandle(library.findOrThrow("cblas_dgemm"), descriptor(JAVA_DOUBLE));
      } catch (Throwable e) {
        single = null;
        dual = null;
        status = "plain Java products: OpenBLAS can't be loaded (" + e + "); add org.bytedeco:openblas for this system";
      }
    }
    SGEMM = single;
    DGEMM = dual;
    STATUS = status;
  }

  private Blas() {}

  private static FunctionDescriptor descriptor(MemoryLayout number) {
    return FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, number, JAVA_LONG,
        JAVA_INT, JAVA_LONG, JAVA_INT, number, JAVA_LONG, JAVA_INT);
  }

  /** Lets JavaCPP unpack the library and its run-time libraries, and opens it. */
  private static SymbolLookup load() {
    Loader.load(org.bytedeco.openblas.global.openblas_nolapack.class);
    Path folder = unpacked();
    for (String needed : new String[] {"gcc_s", "quadmath", "gfortran"}) {
      Path file = find(folder, needed);
      if (file != null) {
        System.load(file.toString());
      }
    }
    Path file = find(folder, "openblas_nolapack");
    if (file == null) {
      file = find(folder, "openblas");
    }
    if (file == null) {
      throw new IllegalStateException("no openblas library in " + folder);
    }
    return SymbolLookup.libraryLookup(file, Arena.global());
  }

  private static Path unpacked() {
    String wrapper = Loader.load(org.bytedeco.openblas.global.openblas_nolapack.class);
    Path parent = Path.of(wrapper).getParent();
    return parent == null ? Path.of(".") : parent;
  }

  /** A library file like libNAME.so.0 or NAME.dll, without JavaCPP's own wrappers. */
  private static @Nullable Path find(Path folder, String name) {
    File[] files = folder.toFile().listFiles();
    for (File file : files == null ? new File[0] : files) {
      String lower = file.getName().toLowerCase(Locale.ROOT);
      if ((lower.startsWith("lib" + name + ".") || lower.startsWith("lib" + name + "-")) && Files.isRegularFile(
          file.toPath())) {
        return file.toPath();
      }
    }
    return null;
  }

  static boolean available() {
    return SGEMM != null;
  }

  /**
   * {@code C = op(A) op(B)}, C of (m, n), addresses and leading strides in elements of the stored
   * matrices. An inner extent of 0 gives zeros.
   */
  static void gemm(DType type, boolean ta, boolean tb, int m, int n, int k, long a, int lda, long b, int ldb, long c,
      int ldc) {
    if (m == 0 || n == 0) {
      return;
    }
    if (k == 0 || SGEMM == null || DGEMM == null) {
      PlainGemm.run(type, ta, tb, m, n, k, a, lda, b, ldb, c, ldc);
      return;
    }
    int opA = ta ? TRANSPOSED : PLAIN;
    int opB = tb ? TRANSPOSED : PLAIN;
    try {
      if (type == DType.F32) {
        SGEMM.invokeExact(ROW_MAJOR, opA, opB, m, n, k, 1f, a, lda, b, ldb, 0f, c, ldc);
      } else {
        DGEMM.invokeExact(ROW_MAJOR, opA, opB, m, n, k, 1d, a, lda, b, ldb, 0d, c, ldc);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
