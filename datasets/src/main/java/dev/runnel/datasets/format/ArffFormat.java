package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Weka's {@code .arff} as the archives use it: relational, {@code 'v,v,...\nv,v,...',label} with a literal
 * backslash and n between channels; univariate, {@code v,v,...,label}; and one univariate file a channel,
 * {@code NAMEDimension1_TRAIN.arff}, {@code NAMEDimension2_TRAIN.arff}, ..., whose lines belong together.
 */
public final class ArffFormat implements Format {
  private static final String FIRST = "Dimension1_";

  @Override
  public String name() {
    return "arff";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".arff");
  }

  @Override
  public @Nullable Path find(Path folder, String name, Part part) {
    Path whole = Format.super.find(folder, name, part);
    return whole != null ? whole : Format.plainOrZipped(folder.resolve(name + FIRST + part + ".arff"));
  }

  @Override
  public List<Path> files(Path file) {
    String name = String.valueOf(file.getFileName());
    List<Path> files = new ArrayList<>(List.of(file));
    while (name.contains(FIRST)) {
      String next = name.replace(FIRST, "Dimension" + (files.size() + 1) + "_").replaceFirst("\\.gz$", "");
      Path channel = Format.plainOrZipped(file.resolveSibling(next));
      if (channel == null) {
        break;
      }
      files.add(channel);
    }
    return files;
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    List<Path> files = files(file);
    Lines.of(file, lines -> {
      List<Lines> all = new ArrayList<>(List.of(lines));
      try {
        files.subList(1, files.size()).forEach(channel -> all.add(Lines.open(channel)));
        cases(all, to);
      } finally {
        all.subList(1, all.size()).forEach(Lines::close);
      }
    });
  }

  private static void cases(List<Lines> files, DatasetBuilder to) {
    Header header = Header.read(files.getFirst());
    for (Lines channel : files.subList(1, files.size())) {
      Header other = Header.read(channel);
      if (!other.classes().equals(header.classes()) || header.relational() || other.relational()) {
        throw new IllegalArgumentException("univariate files of the same classes expected for all channels");
      }
    }
    switch (header.kind()) {
      case CLASS -> to.classes(header.classes());
      case NUMBER -> to.numbers();
      case NONE -> to.unlabelled();
    }
    int before = to.size();
    while (filled(files.getFirst())) {
      String label = channels(files.getFirst(), header, to);
      for (int i = 1; i < files.size(); i++) {
        if (!filled(files.get(i))) {
          throw new IllegalArgumentException("as many cases in all channels expected, channel " + i + " has "
              + (to.size() - before));
        }
        String other = channels(files.get(i), header, to);
        if (!other.equals(label)) {
          throw new IllegalArgumentException("label '" + ByteSource.shown(label) + "' expected in channel " + i
              + " as in channel 0, came '" + ByteSource.shown(other) + "'");
        }
      }
      switch (header.kind()) {
        case CLASS -> to.endCase(to.classIndex(label));
        case NUMBER -> to.endCase(number(label));
        case NONE -> to.endCase();
      }
    }
    for (int i = 1; i < files.size(); i++) {
      if (filled(files.get(i))) {
        throw new IllegalArgumentException(
            "as many cases in all channels expected, channel " + i + " has more than channel 0");
      }
    }
    if (to.size() == before) {
      throw new IllegalArgumentException("at least one case expected behind @data, came none");
    }
  }

  private static double number(String label) {
    byte[] bytes = (label + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return new Field().number(bytes, 0, bytes.length - 1, 0);
  }

  /** The next line that is neither blank nor a comment. */
  private static boolean filled(Lines lines) {
    while (lines.nextFilled()) {
      if (lines.bytes[0] != '%') {
        return true;
      }
    }
    return false;
  }

  /** Gives the values of a line to the builder; the label is what is left. */
  private static String channels(Lines lines, Header header, DatasetBuilder to) {
    byte[] b = lines.bytes;
    Field field = new Field();
    if (!header.relational()) {
      int at = 0;
      for (int step = 0; step < header.values(); step++) {
        int end = comma(b, at);
        boolean last = step + 1 == header.values() && header.kind() == Kind.NONE;
        if ((b[end] == '\n' && end == lines.length) != last) {
          throw new IllegalArgumentException(header.values() + " values" + (last ? "" : " and a label")
              + " expected, came " + (last ? "more" : (step + 1) + " fields"));
        }
        to.value(field.number(b, at, end, step));
        at = end + 1;
      }
      to.endChannel();
      return header.kind() == Kind.NONE ? "" : unquoted(lines.text(at, lines.length));
    }
    byte quote = b[0];
    if (quote != '\'' && quote != '"') {
      throw new IllegalArgumentException("a quote expected before the first channel, came '"
          + ByteSource.shown(b, 0, Math.min(lines.length, 40)) + "'");
    }
    int at = 1;
    for (int channel = to.stagedChannels(); ; channel++) {
      for (int step = 0; ; step++) {
        int end = at;
        while (b[end] != ',' && b[end] != '\\' && b[end] != quote && b[end] != '\n') {
          end++;
        }
        to.value(field.number(b, at, end, step));
        at = end;
        if (b[at] != ',') {
          break;
        }
        at++;
      }
      to.endChannel();
      if (b[at] == quote) {
        break;
      }
      if (b[at] != '\\' || b[at + 1] != 'n') {
        throw new IllegalArgumentException(
            "channel " + channel + ": \\n or the closing quote expected; is the file cut short?");
      }
      at += 2;
    }
    String rest = lines.text(at + 1, lines.length).strip();
    if (header.kind() == Kind.NONE ? !rest.isEmpty() : !rest.startsWith(",")) {
      throw new IllegalArgumentException("a comma and a label expected behind the channels, came '"
          + ByteSource.shown(rest) + "'");
    }
    return header.kind() == Kind.NONE ? "" : unquoted(rest.substring(1));
  }

  private static int comma(byte[] b, int from) {
    int at = from;
    while (b[at] != ',' && b[at] != '\n') {
      at++;
    }
    return at;
  }

  private static String unquoted(String text) {
    String plain = text.strip();
    boolean quoted = plain.length() >= 2 && (plain.charAt(0) == '\'' || plain.charAt(0) == '"');
    return quoted && plain.endsWith(plain.substring(0, 1)) ? plain.substring(1, plain.length() - 1) : plain;
  }

  private enum Kind { CLASS, NUMBER, NONE }

  /**
   * What stands before {@code @data}.
   *
   * @param values attributes in front of the target, each a step; 0 when relational
   */
  private record Header(boolean relational, int values, Kind kind, List<String> classes) {
    private static final int MAX_ATTRIBUTES = 10_000_000;

    static Header read(Lines lines) {
      boolean relational = false;
      boolean inside = false;
      int numbers = 0;
      Kind kind = Kind.NONE;
      List<String> classes = List.of();
      while (filled(lines)) {
        String line = lines.text().strip();
        String word = line.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
        switch (word) {
          case "@relation" -> { }
          case "@end" -> inside = false;
          case "@data" -> {
            // Without a list of classes, a relational file's further number is the target.
            Kind last = kind == Kind.NONE && relational && numbers > 0 ? Kind.NUMBER : kind;
            if (!relational && numbers == 0) {
              throw new IllegalArgumentException("at least one numeric attribute expected before @data, came none");
            }
            return new Header(relational, relational ? 0 : numbers, last, classes);
          }
          case "@attribute" -> {
            String type = type(line);
            if (inside) {
              break;
            }
            if (type.startsWith("{")) {
              classes = names(type);
              kind = Kind.CLASS;
            } else if (type.equalsIgnoreCase("relational")) {
              relational = true;
              inside = true;
            } else if (type.toLowerCase(Locale.ROOT).matches("numeric|real|integer")) {
              if (kind == Kind.CLASS || ++numbers > MAX_ATTRIBUTES) {
                throw new IllegalArgumentException("the class as the last attribute expected");
              }
            } else {
              throw new IllegalArgumentException(
                  "an attribute of numbers, classes or relations expected, came '" + ByteSource.shown(type) + "'");
            }
          }
          default -> throw new IllegalArgumentException(
              "@relation, @attribute or @data expected, came '" + ByteSource.shown(line) + "'");
        }
      }
      throw new IllegalArgumentException("a @data line expected, came the end of the file");
    }

    /** What stands behind an attribute's name, which may be quoted. */
    private static String type(String line) {
      String rest = line.substring(Math.min(line.length(), "@attribute".length())).strip();
      int end;
      if (rest.startsWith("'") || rest.startsWith("\"")) {
        end = rest.indexOf(rest.charAt(0), 1) + 1;
      } else {
        end = 0;
        while (end < rest.length() && !Character.isWhitespace(rest.charAt(end)) && rest.charAt(end) != '{') {
          end++;
        }
      }
      String type = end <= 0 ? "" : rest.substring(end).strip();
      if (type.isEmpty()) {
        throw new IllegalArgumentException("a name and a type expected behind @attribute, came '"
            + ByteSource.shown(line) + "'");
      }
      return type;
    }

    private static List<String> names(String type) {
      if (!type.endsWith("}")) {
        throw new IllegalArgumentException("a closing brace expected behind the classes");
      }
      LinkedHashSet<String> names = new LinkedHashSet<>();
      for (String name : type.substring(1, type.length() - 1).split(",", -1)) {
        if (!names.add(unquoted(name))) {
          throw new IllegalArgumentException("class '" + ByteSource.shown(name) + "' is named twice");
        }
      }
      return List.copyOf(names);
    }
  }
}
