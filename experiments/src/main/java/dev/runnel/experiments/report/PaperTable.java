package dev.runnel.experiments.report;

import dev.runnel.experiments.study.StudyTable;
import java.util.ArrayList;
import java.util.List;

/** A study's arms as a paper's table, accuracies in per cent. */
final class PaperTable {
  static final List<String> HEAD = List.of("arm", "n", "mean", "s", "sigma", "95 % interval", "difference", "p (Holm)",
      "d_z", "s a trial", "parameters");

  private PaperTable() {}

  /** Cells of each arm. */
  static List<List<String>> cells(StudyTable table) {
    var rows = new ArrayList<List<String>>();
    for (var row : table.rows()) {
      var cells = new ArrayList<>(List.of(row.point().isEmpty() ? row.arm() : row.arm() + " [" + row.point() + "]"));
      var summary = row.summary();
      if (summary == null) {
        cells.addAll(List.of("0", "-", "-", "-", "-", "-", "-", "-", "-", "-"));
      } else {
        boolean several = summary.n() > 1;
        cells.add(Integer.toString(summary.n()));
        cells.add("%.1f".formatted(100 * summary.mean()));
        cells.add(several ? "%.1f".formatted(100 * summary.sampleDeviation()) : "-");
        cells.add(several ? "%.1f".formatted(100 * summary.populationDeviation()) : "-");
        cells.add(several ? "%.1f to %.1f".formatted(100 * row.interval().low(), 100 * row.interval().high()) : "-");
        var against = row.against();
        cells.add(against == null ? "-" : "%+.1f".formatted(100 * against.difference()));
        cells.add(against == null || Double.isNaN(row.p()) ? "-" : probability(row.p()));
        cells.add(against == null || Double.isNaN(against.effect()) ? "-" : "%.2f".formatted(against.effect()));
        cells.add("%.0f".formatted(row.seconds()));
        cells.add("%,d".formatted(row.parameters()));
      }
      rows.add(cells);
    }
    return rows;
  }

  private static String probability(double p) {
    return p < 0.001 ? "< 0.001" : "%.3f".formatted(p);
  }

  static String markdown(StudyTable table) {
    var text = new StringBuilder("| " + String.join(" | ", HEAD) + " |\n|" + "---|".repeat(HEAD.size()) + "\n");
    for (var row : cells(table)) {
      text.append("| ").append(String.join(" | ", row.stream().map(PaperTable::plain).toList())).append(" |\n");
    }
    return text.toString();
  }

  private static String plain(String text) {
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;");
  }

  static String latex(StudyTable table) {
    var text = new StringBuilder("\\begin{tabular}{l" + "r".repeat(HEAD.size() - 1) + "}\n");
    text.append("arm & $n$ & mean & $s$ & $\\sigma$ & 95\\,\\% interval & difference & $p$ (Holm) & $d_z$ & "
        + "s a trial & parameters \\\\\n\\hline\n");
    for (var row : cells(table)) {
      text.append(String.join(" & ", row.stream().map(PaperTable::escaped).toList())).append(" \\\\\n");
    }
    return text.append("\\end{tabular}\n").toString();
  }

  private static String escaped(String text) {
    var escaped = new StringBuilder();
    for (char c : text.toCharArray()) {
      switch (c) {
        case '\\' -> escaped.append("\\textbackslash{}");
        case '<', '>' -> escaped.append('$').append(c).append('$');
        case '~' -> escaped.append("\\textasciitilde{}");
        case '^' -> escaped.append("\\textasciicircum{}");
        case '&', '%', '$', '#', '_', '{', '}' -> escaped.append('\\').append(c);
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
