package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Prim;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code C = A B} for a batch of matrices, each group of items a square tile of C: tiles of A and B go through local
 * memory, one along the inner extent after another, so that an element is read once for a whole row of a tile.
 * Arguments are, after a 0, those that the constants name; strides and places are in elements.
 *
 * @param arrays number of A's, B's and C's array among the parameters
 * @param arraysCount how many arrays these are
 */
public record DeviceGemm(DType type, List<Integer> arrays, int arraysCount) implements DeviceCode {
  public static final int M = 1;
  public static final int N = 2;
  public static final int K = 3;
  public static final int TILES_M = 4;
  public static final int TILES_N = 5;

  /** Of each matrix: place, and strides by batch, row and column, A and B as they are multiplied. */
  public static final int MATRICES = 6;

  public static final int SIZE = MATRICES + 12;

  /** Rows and columns of a tile. */
  public static int tile(int group) {
    return 1 << (Integer.numberOfTrailingZeros(group) / 2);
  }

  @Override
  public boolean together() {
    return true;
  }

  @Override
  public boolean indexed() {
    return false;
  }

  @Override
  public int kept() {
    return 0;
  }

  @Override
  public String describe() {
    return "product of %s matrices in tiles%n".formatted(type);
  }

  @Override
  public byte[] generate(Device device, String name) {
    var parameters = new ArrayList<>(List.of(device.context(), device.longs()));
    for (int i = 0; i < arraysCount; i++) {
      parameters.add(DeviceCode.array(device, type));
    }
    return DeviceCode.around(device, name, parameters, b -> new Body(this, device, b).write());
  }

  /** The code of one kernel. */
  private static final class Body {
    private final Device device;
    private final CodeBuilder b;
    private final Code code;
    private final int tile;
    private final TypeKind number;

    Body(DeviceGemm gemm, Device device, CodeBuilder b) {
      this.device = device;
      this.b = b;
      tile = tile(device.group());
      number = gemm.type == DType.F64 ? TypeKind.DOUBLE : TypeKind.FLOAT;
      int[] slots = gemm.arrays.stream().mapToInt(a -> FIRST + a).toArray();
      code = new Code(b, gemm.type, 0, device, slots);
    }

    private int argument(int entry) {
      b.aload(1).loadConstant(entry).invokevirtual(device.longs(), "get", MethodTypeDesc.of(CD_long, CD_int)).l2i();
      return store();
    }

    private int store() {
      int slot = b.allocateLocal(TypeKind.INT);
      b.istore(slot);
      return slot;
    }

    private int local() {
      var name = code.wide ? "allocateDoubleLocalArray" : "allocateFloatLocalArray";
      var array = (code.wide ? ConstantDescs.CD_double : ConstantDescs.CD_float).arrayType();
      b.aload(CONTEXT).loadConstant(tile * tile);
      b.invokevirtual(device.context(), name, MethodTypeDesc.of(array, CD_int));
      int slot = b.allocateLocal(TypeKind.REFERENCE);
      b.astore(slot);
      return slot;
    }

    void write() {
      int m = argument(M);
      int n = argument(N);
      int k = argument(K);
      int tilesM = argument(TILES_M);
      int tilesN = argument(TILES_N);
      device.position(b, "localIdx");
      int lane = store();
      device.position(b, "groupIdx");
      int rest = store();
      int i = quotient(lane, tile);
      int j = remainder(lane, tile);
      b.iload(rest).iload(tilesN).irem().loadConstant(tile).imul().iload(j).iadd();
      int column = store();
      b.iload(rest).iload(tilesN).idiv().iload(tilesM).irem().loadConstant(tile).imul().iload(i).iadd();
      int row = store();
      b.iload(rest).iload(tilesN).idiv().iload(tilesM).idiv();
      int batch = store();
      int a = local();
      int c = local();
      code.constant(Kind.FLOAT, 0);
      int sum = b.allocateLocal(number);
      b.storeLocal(number, sum);
      b.iconst_0();
      int at = store();
      var head = b.newLabel();
      var exit = b.newLabel();
      b.labelBinding(head).iload(at).iload(k).if_icmpge(exit);
      b.iload(at).iload(j).iadd();
      int across = store();
      b.iload(at).iload(i).iadd();
      int down = store();
      bring(0, batch, row, m, across, k, a, lane);
      bring(1, batch, down, k, column, n, c, lane);
      barrier();
      for (int q = 0; q < tile; q++) {
        int step = q;
        code.primitives.one(Prim.FMA,
            () -> b.aload(a).iload(i).loadConstant(tile).imul().loadConstant(step).iadd().arrayLoad(number),
            () -> b.aload(c).loadConstant(step * tile).iload(j).iadd().arrayLoad(number),
            () -> b.loadLocal(number, sum));
        b.storeLocal(number, sum);
      }
      barrier();
      b.iinc(at, tile);
      b.goto_(head).labelBinding(exit);
      var outside = b.newLabel();
      within(row, m, column, n, outside);
      address(2, batch, row, column);
      b.loadLocal(number, sum);
      code.storeOne(2, code.type);
      b.labelBinding(outside).return_();
    }

    private int quotient(int x, int by) {
      b.iload(x).loadConstant(by).idiv();
      return store();
    }

    private int remainder(int x, int by) {
      b.iload(x).loadConstant(by).irem();
      return store();
    }

    private void within(int row, int rows, int column, int columns, Label outside) {
      b.iload(row).iload(rows).if_icmpge(outside).iload(column).iload(columns).if_icmpge(outside);
    }

    /** An element of a factor, or 0 past its end, to local memory. */
    private void bring(int matrix, int batch, int row, int rows, int column, int columns, int to, int lane) {
      code.constant(Kind.FLOAT, 0);
      int held = b.allocateLocal(number);
      b.storeLocal(number, held);
      var outside = b.newLabel();
      within(row, rows, column, columns, outside);
      address(matrix, batch, row, column);
      code.loadOne(matrix, code.type);
      b.storeLocal(number, held).labelBinding(outside);
      b.aload(to).iload(lane).loadLocal(number, held).arrayStore(number);
    }

    private void address(int matrix, int batch, int row, int column) {
      int entry = MATRICES + 4 * matrix;
      wide(entry);
      for (int[] part : new int[][] {{entry + 1, batch}, {entry + 2, row}, {entry + 3, column}}) {
        wide(part[0]);
        b.iload(part[1]).i2l().lmul().ladd();
      }
    }

    private void wide(int entry) {
      b.aload(1).loadConstant(entry).invokevirtual(device.longs(), "get", MethodTypeDesc.of(CD_long, CD_int));
    }

    private void barrier() {
      b.aload(CONTEXT).invokevirtual(device.context(), "localBarrier", ConstantDescs.MTD_void);
    }
  }
}
