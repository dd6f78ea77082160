package dev.runnel.experiments.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where results and messages go: results to standard output, as JSON on request, all else to standard error.
 *
 * @param terminal whether a person watches standard error
 */
record Console(PrintStream out, PrintStream err, boolean terminal) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static Console system() {
    var console = System.console();
    return new Console(System.out, System.err, console != null && console.isTerminal());
  }

  /** One result: an object of names and values. */
  void result(Map<String, ?> result, boolean json) {
    out.println(json ? JSON.writeValueAsString(result) : text(result));
  }

  /** Several results alike. */
  void results(java.util.List<? extends Map<String, ?>> results, boolean json) {
    if (json) {
      out.println(JSON.writeValueAsString(results));
    } else {
      results.forEach(r -> out.println(r.values().stream().map(String::valueOf).collect(Collectors.joining("  "))));
    }
  }

  /** A result as lines for people. */
  void text(String lines) {
    out.println(lines);
  }

  void say(String line) {
    err.println(line);
  }

  private static String text(Map<String, ?> result) {
    int width = result.keySet().stream().mapToInt(String::length).max().orElse(0);
    return result.entrySet().stream()
        .map(e -> ("%-" + (width + 2) + "s%s").formatted(e.getKey(), rounded(e.getValue())))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static Object rounded(Object value) {
    return value instanceof Double d ? "%.5g".formatted(d) : value;
  }
}
