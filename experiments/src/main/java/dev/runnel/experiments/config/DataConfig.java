package dev.runnel.experiments.config;

import org.jspecify.annotations.Nullable;

/**
 * What to learn from.
 *
 * @param name a dataset's name
 * @param split {@code official}; {@code paper}; or {@code file:NAME}, a file of splits in the dataset's folder
 * @param standardise whether channels are brought to mean 0 and deviation 1, fitted on the train part
 * @param timeChannel whether {@code t / T} is put in front of the channels
 */
public record DataConfig(String name, String split, boolean standardise, boolean timeChannel) {
  private static final String FILE = "file:";

  /** Checks the values. */
  public DataConfig {
    Check.name("name", name);
    boolean file = split.startsWith(FILE) && split.length() > FILE.length();
    Check.that("split", split.equals("official") || split.equals("paper") || file,
        "official, paper or file:NAME", split);
    if (file) {
      String path = split.substring(FILE.length());
      Check.that("split", !path.startsWith(".") && path.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' '),
          "file: and a plain name in the dataset's folder", split);
    }
  }

  /** The name after {@code file:}, or null for the other splits. */
  public @Nullable String splitFile() {
    return split.startsWith(FILE) ? split.substring(FILE.length()) : null;
  }
}
