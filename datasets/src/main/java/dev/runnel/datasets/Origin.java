package dev.runnel.datasets;

/**
 * Where data come from.
 *
 * @param source an address, or what made the data
 * @param licence as stated there
 */
public record Origin(String source, String licence) {
  /** What is said of files that nothing is known of. */
  public static final Origin UNSTATED = new Origin("not stated", "not stated");
}
