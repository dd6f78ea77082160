package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Cases out of a table's rows. */
final class TableCases {
  private final Table table;
  private final Layout layout;
  private final DatasetBuilder to;
  private int[] values = {};
  private int label = -1;
  private int width = -1;

  private TableCases(Table table, Layout layout, DatasetBuilder to) {
    this.table = table;
    this.layout = layout;
    this.to = to;
  }

  static void read(Table table, Layout layout, DatasetBuilder to) {
    if (layout.label() == null) {
      to.unlabelled();
    } else if (layout.target() == Layout.Goal.NUMBER) {
      to.numbers();
    } else {
      to.classesAsFound();
    }
    int before = to.size();
    var cases = new TableCases(table, layout, to);
    switch (layout.kind()) {
      case WIDE -> cases.wide();
      case LONG -> cases.steps();
      case LISTS -> cases.lists();
    }
    if (to.size() == before) {
      throw new IllegalArgumentException("at least one case expected, came none");
    }
  }

  /** Finds the columns in a row of another width than the last. */
  private void find() {
    if (table.width() == width) {
      return;
    }
    width = table.width();
    List<String> names = table.names();
    String target = layout.label();
    label = target == null ? -1 : layout.column(target, names, width);
    if (!layout.values().isEmpty()) {
      values = layout.values().stream().mapToInt(name -> layout.column(name, names, width)).toArray();
      return;
    }
    Set<Integer> others = new HashSet<>(Set.of(label));
    for (String name : Arrays.asList(layout.caseId(), layout.time())) {
      if (name != null) {
        others.add(layout.column(name, names, width));
      }
    }
    values = IntStream.range(0, width).filter(i -> !others.contains(i)).toArray();
  }

  private void end(@Nullable String text, double number) {
    if (layout.label() == null) {
      to.endCase();
    } else if (layout.target() == Layout.Goal.NUMBER) {
      if (Double.isNaN(number)) {
        throw new IllegalArgumentException("a number expected as target, it is missing");
      }
      to.endCase(number);
    } else if (text == null || text.isEmpty()) {
      throw new IllegalArgumentException("a label expected, it is missing");
    } else {
      to.endCase(to.classIndex(text));
    }
  }

  private void end() {
    boolean number = layout.target() == Layout.Goal.NUMBER;
    end(label < 0 || number ? null : table.text(label), label < 0 || !number ? 0 : table.number(label));
  }

  private void wide() {
    int c = layout.channels();
    while (table.next()) {
      find();
      int n = values.length;
      int channelStride = layout.channelStride() == 0 ? n / c : layout.channelStride();
      long last = (long) (c - 1) * channelStride;
      if (last >= n || (layout.channelStride() == 0 && n % c != 0)) {
        throw new IllegalArgumentException(c + " channels expected, " + n + " values don't make so many");
      }
      int steps = (int) ((n - 1 - last) / layout.stepStride()) + 1;
      if (layout.channelStride() == 0) {
        steps = Math.min(steps, (n / c + layout.stepStride() - 1) / layout.stepStride());
      }
      if (layout.padded()) {
        while (steps > 1 && missing(steps - 1, channelStride)) {
          steps--;
        }
      }
      for (int channel = 0; channel < c; channel++) {
        for (int t = 0; t < steps; t++) {
          to.value(table.number(values[channel * channelStride + t * layout.stepStride()]));
        }
        to.endChannel();
      }
      end();
    }
  }

  private boolean missing(int step, int channelStride) {
    for (int channel = 0; channel < layout.channels(); channel++) {
      if (!Double.isNaN(table.number(values[channel * channelStride + step * layout.stepStride()]))) {
        return false;
      }
    }
    return true;
  }

  private void steps() {
    String current = null;
    String text = null;
    double number = 0;
    double[] buffer = {};
    double[] stamps = {};
    int count = 0;
    Set<String> seen = new HashSet<>();
    boolean more = table.next();
    while (more) {
      find();
      String id = table.text(layout.column(String.valueOf(layout.caseId()), table.names(), width));
      if (!id.equals(current)) {
        if (!seen.add(id)) {
          throw new IllegalArgumentException(
              "the rows of case '" + ByteSource.shown(id) + "' expected one after another; sort the file by case");
        }
        current = id;
        text = label < 0 || layout.target() == Layout.Goal.NUMBER ? null : table.text(label);
        number = label < 0 || layout.target() == Layout.Goal.CLASS ? 0 : table.number(label);
        count = 0;
      } else if (text != null && !text.equals(table.text(label))) {
        throw new IllegalArgumentException("one label for all rows of a case expected, came '" + ByteSource.shown(text)
            + "' and '" + ByteSource.shown(table.text(label)) + "'");
      }
      if ((count + 1) * values.length > buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.max(64 * values.length, 2 * buffer.length));
        stamps = Arrays.copyOf(stamps, buffer.length / values.length);
      }
      for (int c = 0; c < values.length; c++) {
        buffer[count * values.length + c] = table.number(values[c]);
      }
      String time = layout.time();
      stamps[count++] = time == null ? 0 : table.number(layout.column(time, table.names(), width));
      more = table.next();
      if (!more || !table.text(layout.column(String.valueOf(layout.caseId()), table.names(), width)).equals(current)) {
        give(buffer, stamps, count);
        end(text, number);
      }
    }
  }

  private void give(double[] buffer, double[] stamps, int count) {
    if (layout.time() == null) {
      to.timeMajor(buffer, count, values.length);
      return;
    }
    for (int c = 0; c < values.length; c++) {
      for (int t = 0; t < count; t++) {
        to.value(stamps[t], buffer[t * values.length + c]);
      }
      to.endChannel();
    }
  }

  private void lists() {
    while (table.next()) {
      find();
      Table.Steps steps = table.steps(values[0]);
      if (steps == null || steps.values().length == 0) {
        throw new IllegalArgumentException("a list of steps expected in column " + values[0]);
      }
      to.timeMajor(steps.values(), steps.values().length / steps.channels(), steps.channels());
      end();
    }
  }
}
