package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tables as text: {@code .csv} as a {@link Layout} tells, by default {@link Layout#wide}, and the UCR archive's
 * {@code .tsv}. Fields may be in double quotes, a quote inside doubled. Files of a dataset are {@code NAME_TRAIN.csv},
 * or {@code NAME_TRAIN_rows.csv}.
 */
public final class CsvFormat implements Format {
  @Override
  public String name() {
    return "csv";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".csv", "_rows.csv", ".tsv");
  }

  @Override
  public List<Path> files(Path file) {
    Path description = file.resolveSibling(Layout.FILE);
    return java.nio.file.Files.isRegularFile(description) ? List.of(file, description) : List.of(file);
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    boolean tabs = String.valueOf(file.getFileName()).contains(".tsv");
    Layout used = layout != null ? layout : tabs ? Layout.ucr() : Layout.wide();
    Lines.of(file, lines -> TableCases.read(new Text(lines, used), used, to));
  }

  /** A text's lines, cut into fields. */
  private static final class Text implements Table {
    private static final int MAX_FIELDS = 1 << 25;

    private final Lines lines;
    private final byte separator;
    private final Field field = new Field();
    private int[] bounds = new int[1 << 10];
    private double[] numbers = new double[1 << 10];
    private final BitSet known = new BitSet();
    private int width;
    private List<String> names = List.of();
    private boolean atHand;

    Text(Lines lines, Layout layout) {
      this.lines = lines;
      this.separator = (byte) layout.separator().charAt(0);
      Boolean header = layout.header();
      if (lines.nextFilled()) {
        cut();
        boolean named = header != null ? header : allText();
        if (named) {
          List<String> texts = new ArrayList<>();
          for (int i = 0; i < width; i++) {
            texts.add(text(i));
          }
          names = List.copyOf(texts);
        }
        atHand = !named;
      }
    }

    private boolean allText() {
      for (int i = 0; i < width; i++) {
        try {
          number(i);
          return false;
        } catch (IllegalArgumentException e) {
          continue; // a name
        }
      }
      return true;
    }

    private void cut() {
      byte[] b = lines.bytes;
      known.clear();
      width = 0;
      int at = 0;
      boolean more = true;
      while (more) {
        if (2 * width + 2 > bounds.length) {
          if (width >= MAX_FIELDS) {
            throw new IllegalArgumentException("more than " + MAX_FIELDS + " fields in a line");
          }
          bounds = Arrays.copyOf(bounds, 2 * bounds.length);
        }
        bounds[2 * width] = at;
        if (b[at] == '"' && at < lines.length) {
          at++;
          while (at < lines.length && (b[at] != '"' || b[at + 1] == '"')) {
            at += b[at] == '"' ? 2 : 1;
          }
          if (at >= lines.length) {
            throw new IllegalArgumentException("field " + width + ": a closing quote expected on the same line");
          }
        }
        while (at < lines.length && b[at] != separator) {
          at++;
        }
        bounds[2 * width + 1] = at;
        width++;
        more = at < lines.length;
        at++;
      }
      if (numbers.length < width) {
        numbers = new double[bounds.length / 2];
      }
    }

    @Override
    public List<String> names() {
      return names;
    }

    @Override
    public boolean next() {
      if (atHand) {
        atHand = false;
        return true;
      }
      if (!lines.nextFilled()) {
        return false;
      }
      cut();
      if (!names.isEmpty() && width != names.size()) {
        throw new IllegalArgumentException(names.size() + " fields expected as in the header, came " + width);
      }
      return true;
    }

    @Override
    public int width() {
      return width;
    }

    @Override
    public double number(int column) {
      if (!known.get(column)) {
        numbers[column] = parse(column);
        known.set(column);
      }
      return numbers[column];
    }

    private double parse(int column) {
      int from = bounds[2 * column];
      int end = bounds[2 * column + 1];
      boolean quoted = end - from >= 2 && lines.bytes[from] == '"' && lines.bytes[end - 1] == '"';
      return quoted ? field.number(lines.bytes, from + 1, end - 1, column) : field.number(lines.bytes, from, end, column);
    }

    @Override
    public String text(int column) {
      String text = lines.text(bounds[2 * column], bounds[2 * column + 1]).strip();
      return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
          ? text.substring(1, text.length() - 1).replace("\"\"", "\"") : text;
    }

    @Override
    public @Nullable Steps steps(int column) {
      return null;
    }
  }
}
