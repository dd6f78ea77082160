package dev.runnel.build;

import java.nio.file.Path;

/** Lines of code: what is neither blank nor comment only. */
final class CodeSize {
  private CodeSize() {}

  static int lines(Path folder, String suffix) {
    return Repository.files(folder, suffix).stream().mapToInt(file -> lines(Repository.read(file))).sum();
  }

  static int lines(String source) {
    int count = 0;
    var state = State.CODE;
    for (var line : source.lines().toList()) {
      boolean code = false;
      int i = 0;
      while (i < line.length()) {
        if (state == State.COMMENT) {
          int end = line.indexOf("*/", i);
          if (end < 0) {
            break;
          }
          state = State.CODE;
          i = end + 2;
        } else if (state == State.TEXT) {
          code = true;
          if (line.startsWith("\"\"\"", i)) {
            state = State.CODE;
            i += 3;
          } else {
            i += line.charAt(i) == '\\' ? 2 : 1;
          }
        } else if (line.startsWith("//", i)) {
          break;
        } else if (line.startsWith("/*", i)) {
          state = State.COMMENT;
          i += 2;
        } else if (line.startsWith("\"\"\"", i)) {
          code = true;
          state = State.TEXT;
          i += 3;
        } else if (line.charAt(i) == '"' || line.charAt(i) == '\'') {
          code = true;
          i = literalEnd(line, i);
        } else {
          code |= !Character.isWhitespace(line.charAt(i));
          i++;
        }
      }
      count += code ? 1 : 0;
    }
    return count;
  }

  private static int literalEnd(String line, int start) {
    int i = start + 1;
    while (i < line.length() && line.charAt(i) != line.charAt(start)) {
      i += line.charAt(i) == '\\' ? 2 : 1;
    }
    return i + 1;
  }

  private enum State {
    CODE,
    COMMENT,
    TEXT
  }
}
