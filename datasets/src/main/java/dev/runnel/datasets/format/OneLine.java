package dev.runnel.datasets.format;

/** What a library says of a fault, on one line. */
final class OneLine {
  private OneLine() {}

  static String of(Throwable e) {
    String message = e.getMessage();
    String first = message == null ? "" : message.lines().findFirst().orElse("").strip();
    String clean = first.replaceAll("\\p{Cntrl}", "\u00b7");
    return clean.isEmpty() ? e.getClass().getSimpleName() : clean.substring(0, Math.min(200, clean.length()));
  }
}
