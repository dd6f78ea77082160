package dev.runnel.datasets;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The names that a mistyped one may have meant. */
public final class Nearest {
  private Nearest() {}

  /** Up to three names within a third of the wanted one's length in edits, nearest first; case doesn't count. */
  public static List<String> to(String wanted, Collection<String> names) {
    String key = wanted.toLowerCase(Locale.ROOT);
    int most = Math.max(1, Math.min(64, wanted.length()) / 3);
    record Candidate(String name, int distance) {}
    return names.stream()
        .distinct()
        .filter(name -> Math.abs(name.length() - key.length()) <= most)
        .map(name -> new Candidate(name, distance(key, name.toLowerCase(Locale.ROOT))))
        .filter(candidate -> candidate.distance() <= most)
        .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
        .limit(3)
        .map(Candidate::name)
        .toList();
  }

  /** {@code "; nearest: a, b"}, or nothing when no name is near. */
  public static String hint(String wanted, Collection<String> names) {
    List<String> near = to(wanted, names);
    return near.isEmpty() ? "" : "; nearest: " + String.join(", ", near);
  }

  /** Levenshtein's distance: insertions, deletions and replacements that turn one text into the other. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
