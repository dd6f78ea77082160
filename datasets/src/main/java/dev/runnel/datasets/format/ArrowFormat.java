package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FloatingPointVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageChannelReader;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Arrow IPC files and streams of any writer, {@code .arrow}, {@code .arrows}, {@code .feather} (version 2, not
 * compressed): columns as a {@link Layout} tells, by default {@link Layout#lists}. Nulls are missing values. What
 * {@link dev.runnel.datasets.ArrowFile} wrote is mapped instead, see {@link #ours}.
 */
public final class ArrowFormat implements Format {
  /** Of a gzip file's contents to its size, at most. */
  private static final long LARGEST_RATIO = 1032;

  private static final long LIMIT = 8L << 30;

  @Override
  public String name() {
    return "arrow";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".arrow", ".arrows", ".feather");
  }

  /** Whether the file is a dataset as Runnel writes it. */
  public static boolean ours(Path file) {
    if (!String.valueOf(file.getFileName()).endsWith(".arrow") || !Files.isRegularFile(file)) {
      return false;
    }
    try (Scratch scratch = new Scratch(1 << 26);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        ArrowFileReader reader = new ArrowFileReader(channel, scratch.allocator())) {
      return reader.getVectorSchemaRoot().getSchema().getCustomMetadata().containsKey("runnel");
    } catch (IOException | RuntimeException e) {
      return false; // a stream, or damaged: reading it will tell
    }
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    Layout used = layout == null ? Layout.lists() : layout;
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + ": no such file");
    }
    try (Scratch scratch = new Scratch(LIMIT)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
          ArrowFileReader reader = new ArrowFileReader(channel, scratch.allocator())) {
        if (file(file)) {
          read(reader, used, to);
          return;
        }
      }
      try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
          InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
          MessageChannelReader messages = new MessageChannelReader(
              new Bounded(Channels.newChannel(in), Files.size(file) * LARGEST_RATIO), scratch.allocator());
          ArrowStreamReader reader = new ArrowStreamReader(messages, scratch.allocator())) {
        read(reader, used, to);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + OneLine.of(e), e);
    } catch (IOException | RuntimeException e) { // of a hostile file Arrow makes all kinds
      throw new IllegalArgumentException(file + ": an undamaged Arrow file expected: " + OneLine.of(e), e);
    }
  }

  private static boolean file(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(6), java.nio.charset.StandardCharsets.ISO_8859_1).equals("ARROW1");
    }
  }

  private static void read(ArrowReader reader, Layout layout, DatasetBuilder to) throws IOException {
    Batches table = new Batches(reader);
    Layout used = layout;
    if (layout.label() != null && layout.kind() == Layout.Kind.LISTS && !table.names().contains(layout.label())) {
      used = new Layout(layout.kind(), ",", true, null, layout.target(), layout.values(), null, null, 1, 0, 1, false,
          layout.axes());
    }
    TableCases.read(table, used, to);
  }

  /** A stream that says how long a message's head is only where the file could hold it: Arrow makes room at once. */
  private static final class Bounded extends ReadChannel {
    private final long most;

    Bounded(ReadableByteChannel in, long most) {
      super(in);
      this.most = most;
    }

    @Override
    public int readFully(ByteBuffer buffer) throws IOException {
      int read = super.readFully(buffer);
      if (buffer.capacity() == Integer.BYTES && read == Integer.BYTES) {
        int length = MessageSerializer.bytesToInt(buffer.array());
        if (length > most) {
          throw new IOException("a message's head is said to have %,d bytes".formatted(length));
        }
      }
      return read;
    }
  }

  /** Record batches as rows. */
  private static final class Batches implements Table {
    private final ArrowReader reader;
    private final VectorSchemaRoot root;
    private final Map<Long, Dictionary> dictionaries = new HashMap<>();
    private int row = -1;

    Batches(ArrowReader reader) throws IOException {
      this.reader = reader;
      this.root = reader.getVectorSchemaRoot();
    }

    @Override
    public List<String> names() {
      return root.getSchema().getFields().stream().map(field -> String.valueOf(field.getName())).toList();
    }

    @Override
    public boolean next() {
      row++;
      try {
        while (row >= root.getRowCount()) {
          if (!reader.loadNextBatch()) {
            return false;
          }
          dictionaries.putAll(reader.getDictionaryVectors());
          row = 0;
        }
      } catch (IOException e) {
        throw new IllegalArgumentException("the next batch expected: " + OneLine.of(e), e);
      }
      return true;
    }

    @Override
    public int width() {
      return root.getFieldVectors().size();
    }

    @Override
    public double number(int column) {
      return number(root.getVector(column), row);
    }

    private static double number(ValueVector vector, int index) {
      if (vector.isNull(index)) {
        return Double.NaN;
      }
      double value = switch (vector) {
        case FloatingPointVector floats -> floats.getValueAsDouble(index);
        case BaseIntVector ints -> ints.getValueAsLong(index);
        case BitVector bits -> bits.get(index);
        default -> throw new IllegalArgumentException("column '" + vector.getName() + "': numbers expected, came "
            + vector.getField().getType());
      };
      if (Double.isInfinite(value)) {
        throw new IllegalArgumentException("column '" + vector.getName() + "': finite numbers expected, came " + value);
      }
      return value;
    }

    @Override
    public String text(int column) {
      FieldVector vector = root.getVector(column);
      if (vector.isNull(row)) {
        return "";
      }
      var encoding = vector.getField().getDictionary();
      Dictionary dictionary = encoding == null ? null : dictionaries.get(encoding.getId());
      Object value = dictionary == null ? vector.getObject(row)
          : dictionary.getVector().getObject((int) ((BaseIntVector) vector).getValueAsLong(row));
      return String.valueOf(value);
    }

    @Override
    public @Nullable Steps steps(int column) {
      FieldVector vector = root.getVector(column);
      if (vector.isNull(row) || inner(vector) == null) {
        return null;
      }
      long from = start(vector, row);
      long to = end(vector, row);
      ValueVector items = java.util.Objects.requireNonNull(inner(vector));
      int channels = inner(items) == null || from == to ? 1 : (int) (end(items, (int) from) - start(items, (int) from));
      double[] values = new double[Math.toIntExact((to - from) * channels)];
      int at = 0;
      for (long step = from; step < to; step++) {
        ValueVector numbers = inner(items);
        if (numbers == null) {
          values[at++] = number(items, (int) step);
          continue;
        }
        long first = start(items, (int) step);
        if (items.isNull((int) step) || end(items, (int) step) - first != channels) {
          throw new IllegalArgumentException("lists of " + channels + " numbers expected in all steps of a case");
        }
        for (int c = 0; c < channels; c++) {
          values[at++] = number(numbers, (int) (first + c));
        }
      }
      return new Steps(values, channels);
    }

    private static @Nullable ValueVector inner(ValueVector vector) {
      return switch (vector) {
        case ListVector list -> list.getDataVector();
        case LargeListVector list -> list.getDataVector();
        case FixedSizeListVector list -> list.getDataVector();
        default -> null;
      };
    }

    private static long start(ValueVector vector, int index) {
      return switch (vector) {
        case ListVector list -> list.getElementStartIndex(index);
        case LargeListVector list -> list.getElementStartIndex(index);
        case FixedSizeListVector list -> (long) index * list.getListSize();
        default -> 0;
      };
    }

    private static long end(ValueVector vector, int index) {
      return switch (vector) {
        case ListVector list -> list.getElementEndIndex(index);
        case LargeListVector list -> list.getElementEndIndex(index);
        case FixedSizeListVector list -> (index + 1L) * list.getListSize();
        default -> 0;
      };
    }
  }
}
