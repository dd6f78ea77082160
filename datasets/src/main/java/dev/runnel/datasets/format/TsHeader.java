package dev.runnel.datasets.format;

import dev.runnel.datasets.Nearest;
import dev.runnel.datasets.Target;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the tags before {@code @data} say.
 *
 * @param channels {@code @dimensions} (1 for {@code @univariate true}), or 0 when not said
 * @param equalLength whether all cases have one length; true unless said otherwise
 * @param steps {@code @seriesLength}, or 0 when not said
 * @param timed whether values come as {@code (time,value)}
 * @param target what the last field of a case is
 * @param classes class names in the header's order
 */
record TsHeader(int channels, boolean equalLength, int steps, boolean timed, Target target, List<String> classes) {
  private static final List<String> TAGS = List.of("@problemName", "@timeStamps", "@missing", "@univariate",
      "@dimensions", "@equalLength", "@seriesLength", "@classLabel", "@targetLabel", "@data");

  /** Reads up to the end of the {@code @data} line, which is not passed. */
  static TsHeader read(ByteSource in) {
    Reading reading = new Reading();
    while (!in.exhausted()) {
      int p = in.at;
      while (in.bytes[p] == ' ' || in.bytes[p] == '\t' || in.bytes[p] == '\r') {
        p++;
      }
      byte first = in.bytes[p];
      if (first == '#' || first == '%' || first == '\n') {
        in.skipLine();
        continue;
      }
      String line = in.restOfLine();
      if (first != '@') {
        throw new IllegalArgumentException(
            "a @tag, a # comment or @data expected, came '" + ByteSource.shown(line) + "'");
      }
      if (reading.tag(line)) {
        return reading.done();
      }
      in.skipLine();
    }
    throw new IllegalArgumentException("a @data line expected, came the end of the file");
  }

  private static final class Reading {
    private int dimensions;
    private int seriesLength;
    private boolean univariate;
    private boolean equalLength = true;
    private boolean timed;
    private boolean saidClass;
    private boolean saidTarget;
    private boolean numbers;
    private List<String> classes = List.of();

    /** Takes one tag; true when it was {@code @data}. */
    boolean tag(String line) {
      String[] words = line.split("[ \t]+", -1);
      String tag = words[0].toLowerCase(Locale.ROOT);
      switch (tag) {
        case "@data" -> {
          if (words.length > 1) {
            throw new IllegalArgumentException(
                "@data alone on its line expected, came '" + ByteSource.shown(line) + "'");
          }
          return true;
        }
        case "@problemname", "@missing" -> { }
        case "@timestamps" -> timed = flag(words, line);
        case "@univariate" -> univariate = flag(words, line);
        case "@equallength" -> equalLength = flag(words, line);
        case "@dimensions", "@dimension" -> dimensions = count(words, line);
        case "@serieslength" -> seriesLength = count(words, line);
        case "@targetlabel" -> {
          numbers = flag(words, line);
          saidTarget = true;
        }
        case "@classlabel" -> {
          boolean labelled = flag(words, line);
          saidClass = true;
          classes = labelled ? names(words) : List.of();
        }
        default -> throw new IllegalArgumentException(
            "unknown tag '" + ByteSource.shown(words[0]) + "'" + Nearest.hint(words[0], TAGS));
      }
      return false;
    }

    private static List<String> names(String[] words) {
      if (words.length < 3) {
        throw new IllegalArgumentException("@classLabel true expects the class names, came none");
      }
      Set<String> names = new LinkedHashSet<>();
      for (int i = 2; i < words.length; i++) {
        if (!names.add(words[i])) {
          throw new IllegalArgumentException("@classLabel names '" + ByteSource.shown(words[i]) + "' twice");
        }
      }
      return List.copyOf(names);
    }

    private static boolean flag(String[] words, String line) {
      String word = words.length > 1 ? words[1].toLowerCase(Locale.ROOT) : "";
      return switch (word) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new IllegalArgumentException(
            words[0] + " expects true or false, came '" + ByteSource.shown(line.substring(words[0].length())) + "'");
      };
    }

    private static int count(String[] words, String line) {
      String word = words.length == 2 ? words[1] : "";
      if (!word.matches("[0-9]{1,9}") || Integer.parseInt(word) == 0) {
        throw new IllegalArgumentException(words[0] + " expects one whole number from 1 to 999999999, came '"
            + ByteSource.shown(line.substring(words[0].length())) + "'");
      }
      return Integer.parseInt(word);
    }

    TsHeader done() {
      if (!saidClass && !saidTarget) {
        throw new IllegalArgumentException("@classLabel or @targetLabel expected before @data, came neither");
      }
      if (numbers && !classes.isEmpty()) {
        throw new IllegalArgumentException("@classLabel true and @targetLabel true exclude each other");
      }
      if (univariate && dimensions > 1) {
        throw new IllegalArgumentException("@univariate true, but @dimensions " + dimensions);
      }
      Target target = numbers ? Target.NUMBER : classes.isEmpty() ? Target.NONE : Target.CLASS;
      return new TsHeader(univariate ? 1 : dimensions, equalLength, seriesLength, timed, target, classes);
    }
  }
}
