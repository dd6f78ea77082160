package dev.runnel.datasets;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A dataset as one Arrow IPC file that other tools read too, and that is used where it lies: opening maps it into
 * memory and copies nothing.
 *
 * <p>One record batch of the columns {@code part} (train, validation or test), {@code values} (a list of steps, each a
 * list of as many numbers as there are channels; NaN is missing), {@code target} (a dictionary of class names, a
 * number, or a list of classes by step with -1 for none) and {@code time} (a list of time stamps). The schema's
 * metadata hold what no column can.
 */
public final class ArrowFile {
  /** The ending of such a file's name. */
  public static final String SUFFIX = ".arrow";

  private static final String VERSION = "1";
  private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_FOOTER = 64 << 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final DictionaryEncoding CLASSES =
      new DictionaryEncoding(0, false, new ArrowType.Int(32, true));

  private ArrowFile() {}

  /** Writes the dataset; an existing file is replaced at once, or not at all. */
  public static void write(Dataset data, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    Path made = null;
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
      made = Files.createTempFile(folder, ".", SUFFIX);
      try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
        write(data, channel);
      }
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be written: " + e.getMessage(), e);
    } finally {
      delete(made);
    }
  }

  private static void delete(@Nullable Path made) {
    try {
      if (made != null) {
        Files.deleteIfExists(made);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(made + ": cannot be deleted: " + e.getMessage(), e);
    }
  }

  private static void write(Dataset data, FileChannel channel) throws IOException {
    Dataset.Columns columns = data.columns();
    int rows = data.size();
    long steps = data.values() / data.channels();
    try (RootAllocator allocator = new RootAllocator();
        VarCharVector parts = new VarCharVector("part", allocator);
        VarCharVector names = new VarCharVector("classes", allocator);
        VectorSchemaRoot root = VectorSchemaRoot.create(schema(data.facts(), data.timed(), CLASSES.getIndexType()), allocator)) {
      fill(parts, rows, row -> part(data.facts(), row));
      fill(names, data.classes().size(), data.classes()::get);
      var nodes = new ArrayList<ArrowFieldNode>();
      var buffers = new Buffers(allocator, new ArrayList<>());
      nodes.add(new ArrowFieldNode(rows, 0));
      parts.getFieldBuffers().forEach(buffers::share);
      list(rows, steps, columns.starts(), nodes, buffers);
      buffers.none();
      nodes.add(new ArrowFieldNode(steps * data.channels(), 0));
      buffers.values(columns.values(), data.values() * data.precision().bytes());
      switch (data.target()) {
        case CLASS -> {
          nodes.add(new ArrowFieldNode(rows, 0));
          buffers.values(columns.targets(), rows * 4L);
        }
        case NUMBER -> {
          nodes.add(new ArrowFieldNode(rows, 0));
          buffers.values(columns.targets(), rows * 8L);
        }
        case STEPS -> {
          list(rows, steps, columns.starts(), nodes, buffers);
          buffers.values(columns.targets(), steps * 4);
        }
        case NONE -> { }
      }
      MemorySegment times = columns.times();
      if (times != null) {
        list(rows, steps, columns.starts(), nodes, buffers);
        buffers.values(times, steps * 8);
      }
      try (ArrowRecordBatch batch = new ArrowRecordBatch(rows, nodes, buffers.all())) {
        new VectorLoader(root).load(batch);
      } finally {
        buffers.all().forEach(ArrowBuf::close);
      }
      var provider = new DictionaryProvider.MapDictionaryProvider(new Dictionary(names, CLASSES));
      try (ArrowFileWriter writer = new ArrowFileWriter(root, provider, channel)) {
        writer.start();
        writer.writeBatch();
        writer.end();
      }
    }
  }

  private static void list(
      int rows, long steps, MemorySegment starts, List<ArrowFieldNode> nodes, Buffers buffers) {
    nodes.add(new ArrowFieldNode(rows, 0));
    buffers.values(starts, (rows + 1) * 8L);
    nodes.add(new ArrowFieldNode(steps, 0));
  }

  /** Buffers of a record batch, in order; all validity is empty, which stands for all valid. */
  private record Buffers(BufferAllocator allocator, List<ArrowBuf> all) {
    void none() {
      all.add(allocator.getEmpty());
    }

    void share(ArrowBuf buffer) {
      buffer.getReferenceManager().retain();
      all.add(buffer);
    }

    void values(MemorySegment memory, long bytes) {
      none();
      all.add(allocator.wrapForeignAllocation(new ForeignAllocation(bytes, memory.address()) {
        @Override
        protected void release0() {}
      }));
    }
  }

  private static String part(Dataset.Facts facts, int row) {
    return row < facts.trainRows() ? "train" : row < facts.trainRows() + facts.validationRows() ? "validation" : "test";
  }

  private static void fill(VarCharVector vector, int count, java.util.function.IntFunction<String> text) {
    vector.allocateNew();
    for (int i = 0; i < count; i++) {
      vector.setSafe(i, text.apply(i).getBytes(StandardCharsets.UTF_8));
    }
    vector.setValueCount(count);
  }

  /** The columns; a dictionary's is of its indices' type in memory and of its values' type in a file. */
  private static Schema schema(Dataset.Facts facts, boolean timed, ArrowType classes) {
    Field number = field("item", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));
    Field value = field("item", new ArrowType.FloatingPoint(
        facts.precision() == Precision.DOUBLE ? FloatingPointPrecision.DOUBLE : FloatingPointPrecision.SINGLE));
    var fields = new ArrayList<Field>();
    fields.add(field("part", new ArrowType.Utf8()));
    Field step = field("item", new ArrowType.FixedSizeList(facts.channels()), value);
    fields.add(field("values", new ArrowType.LargeList(), step));
    switch (facts.target()) {
      case CLASS -> fields.add(new Field("target", new FieldType(true, classes, CLASSES), null));
      case NUMBER -> fields.add(field("target", number.getType()));
      case STEPS -> fields.add(field("target", new ArrowType.LargeList(), field("item", CLASSES.getIndexType())));
      case NONE -> { }
    }
    if (timed) {
      fields.add(field("time", new ArrowType.LargeList(), number));
    }
    return new Schema(fields, metadata(facts));
  }

  private static Field field(String name, ArrowType type, Field... children) {
    return new Field(name, FieldType.nullable(type), List.of(children));
  }

  private static Map<String, String> metadata(Dataset.Facts facts) {
    var texts = new LinkedHashMap<String, String>();
    texts.put("runnel", VERSION);
    texts.put("facts", JSON.writeValueAsString(facts));
    return texts;
  }

  /** Opens a file that {@link #write} made; what it holds is checked before it is believed. */
  @SuppressWarnings("MustBeClosedChecker") // the dataset closes it
  public static Dataset map(Path file) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Dataset data = open(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), arena);
      opened = true;
      return data;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + (Files.exists(file) ? ": cannot be read: " + e.getMessage() : ": no such file"), e);
    } catch (JacksonException | IndexOutOfBoundsException | NullPointerException | ArithmeticException
        | UnsupportedOperationException | IllegalArgumentException e) {
      String why = e.getMessage() != null && e.getMessage().startsWith("arrow:") ? e.getMessage()
          : "arrow: an undamaged file written by Runnel expected";
      throw new IllegalArgumentException(file + ": " + why, e);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  private static Dataset open(MemorySegment file, Arena arena) {
    long size = file.byteSize();
    long magic = size - MAGIC.length;
    check(size > 64 && file.asSlice(magic).mismatch(MemorySegment.ofArray(MAGIC)) < 0, "an Arrow IPC file expected");
    int length = file.get(ValueLayout.JAVA_INT_UNALIGNED, magic - 4);
    check(length > 0 && length < MAX_FOOTER && length < magic - 4, "the footer's length doesn't fit the file");
    var footer = Footer.getRootAsFooter(
        file.asSlice(magic - 4 - length, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
    Schema schema = Schema.convertSchema(footer.schema());
    Map<String, String> texts = schema.getCustomMetadata();
    check(VERSION.equals(texts.get("runnel")), "metadata runnel = " + VERSION + " expected");
    Dataset.Facts facts = JSON.readValue(String.valueOf(texts.get("facts")), Dataset.Facts.class);
    boolean timed = schema.getFields().getLast().getName().equals("time");
    check(schema.getFields().equals(schema(facts, timed, new ArrowType.Utf8()).getFields()), "columns that fit the metadata expected");
    check(footer.recordBatchesLength() == 1, "one record batch expected");
    Block block = footer.recordBatches(0);
    int head = block.metaDataLength();
    check(head > 8, "a record batch expected");
    var message = Message.getRootAsMessage(
        file.asSlice(block.offset() + 8, head - 8).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
    var batch = (RecordBatch) message.header(new RecordBatch());
    check(batch != null && batch.compression() == null && batch.length() == facts.size(), "a plain batch expected");
    return new Dataset(facts, new Body(file.asSlice(block.offset() + head, block.bodyLength()), batch)
        .columns(facts, timed, arena::close));
  }

  private static void check(boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("arrow: " + expected);
    }
  }

  private record Body(MemorySegment memory, RecordBatch batch) {
    Dataset.Columns columns(Dataset.Facts facts, boolean timed, Runnable free) {
      int rows = facts.size();
      check(rows > 0 && facts.channels() > 0 && facts.trainRows() >= 0 && facts.validationRows() >= 0
          && (long) facts.trainRows() + facts.validationRows() <= rows, "counts that fit each other");
      MemorySegment starts = buffer(4, (rows + 1) * 8L);
      check(starts.get(ValueLayout.JAVA_LONG, 0) == 0, "starts from 0");
      for (long row = 0; row < rows; row++) {
        long length = starts.getAtIndex(ValueLayout.JAVA_LONG, row + 1) - starts.getAtIndex(ValueLayout.JAVA_LONG, row);
        check(length > 0 && length < Integer.MAX_VALUE, "rows of at least one step");
      }
      long steps = starts.getAtIndex(ValueLayout.JAVA_LONG, rows);
      MemorySegment values = buffer(7,
          Math.multiplyExact(Math.multiplyExact(steps, (long) facts.channels()), facts.precision().bytes()));
      MemorySegment targets = switch (facts.target()) {
        case CLASS -> labels(buffer(9, rows * 4L), 0, facts);
        case NUMBER -> buffer(9, rows * 8L);
        case STEPS -> labels(buffer(11, steps * 4), -1, facts);
        case NONE -> MemorySegment.NULL;
      };
      int before = switch (facts.target()) {
        case CLASS, NUMBER -> 10;
        case STEPS -> 12;
        case NONE -> 8;
      };
      return new Dataset.Columns(
          values, starts, targets, timed ? buffer(before + 3, steps * 8) : null, free);
    }

    private MemorySegment buffer(int index, long bytes) {
      check(index < batch.buffersLength(), "more buffers expected");
      var buffer = batch.buffers(index);
      check(buffer.length() >= bytes && buffer.offset() % 8 == 0, "buffers of the declared size");
      return memory.asSlice(buffer.offset(), bytes);
    }

    private static MemorySegment labels(MemorySegment labels, int least, Dataset.Facts facts) {
      for (long i = 0; i < labels.byteSize() / 4; i++) {
        int label = labels.getAtIndex(ValueLayout.JAVA_INT, i);
        check(label >= least && label < facts.classes().size(), "labels within the classes");
      }
      return labels;
    }
  }
}
