package dev.runnel.experiments.store;

import org.jspecify.annotations.Nullable;

/** Texts from outside made fit for a message of one line. */
public final class OneLine {
  private static final int LONGEST = 100;

  private OneLine() {}

  /** The text in single quotes, control characters and broken surrogates escaped, cut after 100 characters. */
  public static String quote(String text) {
    var out = new StringBuilder("'");
    for (int i = 0; i < Math.min(text.length(), LONGEST); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > LONGEST ? "..." : "").append("'").toString();
  }

  /** What an exception says, on one line; its type's name where it says nothing. */
  public static String of(Throwable thrown) {
    return of(thrown.getMessage(), thrown.getClass().getSimpleName());
  }

  /** The text with line breaks made spaces; the other text where it is blank. */
  public static String of(@Nullable String text, String otherwise) {
    return text == null || text.isBlank() ? otherwise : text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
