package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * NumPy's {@code .npy} and {@code .npz}: an array {@code (cases, steps)} or {@code (cases, steps, channels)}, or
 * {@code (cases, channels, steps)} if the layout's axes say {@code NCT}. An {@code .npz} holds it as {@code X},
 * {@code x} or {@code data} and labels as {@code y}, {@code Y} or {@code labels}; beside {@code NAME_TRAIN.npy} lie
 * {@code NAME_TRAIN_labels.npy}. Numbers of any width and order of bytes, texts for labels; pickled objects never.
 */
public final class NpyFormat implements Format {
  private static final int MAX_LABELS = 1 << 26;

  @Override
  public String name() {
    return "npy";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".npy", ".npz");
  }

  @Override
  public List<Path> files(Path file) {
    Path labels = labels(file);
    return labels == null ? List.of(file) : List.of(file, labels);
  }

  private static @Nullable Path labels(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.contains(".npz") ? null
        : Format.plainOrZipped(file.resolveSibling(name.replaceFirst("\\.npy(\\.gz)?$", "_labels.npy")));
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    boolean channelsFirst = layout != null && layout.axes().equals("NCT");
    if (String.valueOf(file.getFileName()).endsWith(".npz")) {
      zipped(file, to, channelsFirst);
      return;
    }
    Path labels = labels(file);
    List<String> texts = new ArrayList<>();
    if (labels != null) {
      Bytes.of(labels, in -> texts.addAll(Head.read(in).texts(in)));
    }
    Bytes.of(file, in -> cases(in, labels == null ? null : texts, channelsFirst, to));
  }

  private static void zipped(Path file, DatasetBuilder to, boolean channelsFirst) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry labels = entry(zip, "y", "Y", "labels");
      ZipEntry values = entry(zip, "X", "x", "data");
      if (values == null) {
        throw new IllegalArgumentException("an array X, x or data expected");
      }
      List<String> texts = null;
      if (labels != null) {
        try (var in = new DataInputStream(new BufferedInputStream(zip.getInputStream(labels)))) {
          texts = Head.read(in).texts(in);
        }
      }
      try (var in = new DataInputStream(new BufferedInputStream(zip.getInputStream(values), 1 << 16))) {
        cases(in, texts, channelsFirst, to);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(file + (Files.exists(file)
          ? ": an undamaged .npz file expected: " + e.getMessage() : ": no such file"), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable ZipEntry entry(ZipFile zip, String... names) {
    for (String name : names) {
      ZipEntry entry = zip.getEntry(name + ".npy");
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  private static void cases(DataInputStream in, @Nullable List<String> labels, boolean channelsFirst,
      DatasetBuilder to) throws IOException {
    Head head = Head.read(in);
    int[] shape = head.shape();
    if (head.fortran() && shape.length > 1) {
      throw new IllegalArgumentException("an array in C order expected, came Fortran order; save it by"
          + " numpy.ascontiguousarray");
    }
    if (shape.length < 2 || shape.length > 3 || shape[0] < 1 || shape[1] < 1 || shape[shape.length - 1] < 1) {
      throw new IllegalArgumentException("an array of 2 or 3 axes without an empty one expected, came "
          + java.util.Arrays.toString(shape));
    }
    if (labels == null) {
      to.unlabelled();
    } else if (labels.size() != shape[0]) {
      throw new IllegalArgumentException(shape[0] + " labels expected, came " + labels.size());
    } else {
      to.classesAsFound();
    }
    int channels = shape.length == 2 ? 1 : shape[channelsFirst ? 1 : 2];
    int steps = shape.length == 2 ? shape[1] : shape[channelsFirst ? 2 : 1];
    boolean rows = channelsFirst || channels == 1;
    double[] grown = {};
    for (int i = 0; i < shape[0]; i++) {
      if (rows) {
        for (int c = 0; c < channels; c++) {
          for (int t = 0; t < steps; t++) {
            to.value(head.number(in));
          }
          to.endChannel();
        }
      } else {
        int count = Math.multiplyExact(steps, channels);
        for (int k = 0; k < count; k++) {
          if (k == grown.length) { // as the file gives, not as it promises
            grown = java.util.Arrays.copyOf(grown, Math.min(count, Math.max(1 << 12, 2 * grown.length)));
          }
          grown[k] = head.number(in);
        }
        to.timeMajor(grown, steps, channels);
      }
      if (labels == null) {
        to.endCase();
      } else {
        to.endCase(to.classIndex(labels.get(i)));
      }
    }
  }

  /** What stands in front of an array. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Head(boolean little, char kind, int width, boolean fortran, int[] shape) {
    private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([<>|=]?)([biufSU])(\\d{1,4})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9, ]*)\\)");

    static Head read(DataInputStream in) throws IOException {
      long magic = in.readLong(); // \x93NUMPY, version major and minor
      if (magic >>> 16 != 0x934e554d5059L) {
        throw new IllegalArgumentException("a .npy array expected");
      }
      int major = (int) (magic >>> 8 & 0xff);
      int length = major == 1 ? Short.toUnsignedInt(Short.reverseBytes(in.readShort()))
          : Integer.reverseBytes(in.readInt());
      if (length < 0 || length > 1 << 16) {
        throw new IllegalArgumentException("a header of at most 64 KiB expected, came " + length);
      }
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      Matcher type = TYPE.matcher(text);
      Matcher order = ORDER.matcher(text);
      Matcher shape = SHAPE.matcher(text);
      if (!type.find() || !order.find() || !shape.find()) {
        throw new IllegalArgumentException("an array of numbers or texts expected, came "
            + ByteSource.shown(text) + (text.contains("O'") ? "; pickled objects are never read" : ""));
      }
      List<Integer> extents = new ArrayList<>();
      for (String extent : shape.group(1).split(",")) {
        if (!extent.isBlank()) {
          if (extent.strip().length() > 9 || extents.size() > 8) {
            throw new IllegalArgumentException("a smaller shape expected, came (" + ByteSource.shown(shape.group(1)) + ")");
          }
          extents.add(Integer.parseInt(extent.strip()));
        }
      }
      Head head = new Head(!type.group(1).equals(">"), type.group(2).charAt(0), Integer.parseInt(type.group(3)),
          order.group(1).equals("True"), extents.stream().mapToInt(Integer::intValue).toArray());
      boolean known = switch (head.kind) {
        case 'f' -> head.width == 4 || head.width == 8;
        case 'i', 'u' -> head.width == 1 || head.width == 2 || head.width == 4 || head.width == 8;
        case 'b' -> head.width == 1;
        default -> head.width > 0;
      };
      if (!known) {
        throw new IllegalArgumentException("floats of 4 or 8 bytes or integers expected, came " + type.group());
      }
      return head;
    }

    double number(DataInputStream in) throws IOException {
      switch (width * 256 + kind) {
        case 4 * 256 + 'f' -> {
          return Float.intBitsToFloat((int) raw(in));
        }
        case 8 * 256 + 'f' -> {
          return Double.longBitsToDouble(raw(in));
        }
        default -> {
          if (kind == 'S' || kind == 'U') {
            throw new IllegalArgumentException("numbers expected as values, came texts");
          }
          long raw = raw(in);
          int spare = 64 - 8 * width;
          return kind == 'i' ? raw << spare >> spare
              : kind == 'u' && width == 8 && raw < 0 ? (raw >>> 1) * 2.0 : raw;
        }
      }
    }

    private long raw(DataInputStream in) throws IOException {
      return switch (width) {
        case 1 -> in.readUnsignedByte();
        case 2 -> Short.toUnsignedLong(little ? Short.reverseBytes(in.readShort()) : in.readShort());
        case 4 -> Integer.toUnsignedLong(little ? Integer.reverseBytes(in.readInt()) : in.readInt());
        default -> little ? Long.reverseBytes(in.readLong()) : in.readLong();
      };
    }

    /** An array of one axis as labels. */
    List<String> texts(DataInputStream in) throws IOException {
      if (shape.length != 1 || shape[0] > MAX_LABELS) {
        throw new IllegalArgumentException("labels of one axis expected, came " + shape.length + " axes");
      }
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < shape[0]; i++) {
        if (kind == 'S' || kind == 'U') {
          byte[] bytes = new byte[kind == 'S' ? width : 4 * width];
          in.readFully(bytes);
          var charset = kind == 'S' ? StandardCharsets.UTF_8
              : little ? java.nio.charset.Charset.forName("UTF-32LE") : java.nio.charset.Charset.forName("UTF-32BE");
          texts.add(new String(bytes, charset).replaceFirst("\u0000+$", ""));
        } else {
          double number = number(in);
          texts.add(number == Math.rint(number) && Math.abs(number) < 1e15
              ? String.valueOf((long) number) : String.valueOf(number));
        }
      }
      return texts;
    }
  }
}
