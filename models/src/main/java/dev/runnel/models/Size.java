package dev.runnel.models;

/**
 * How large a model is.
 *
 * @param channels of the sequences
 * @param classes to tell apart
 * @param hidden features between blocks
 * @param state values that a block's recurrence keeps
 * @param layers blocks
 */
public record Size(int channels, int classes, int hidden, int state, int layers) {
  public Size {
    positive("channels", channels);
    positive("classes", classes);
    positive("hidden", hidden);
    positive("state", state);
    positive("layers", layers);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("model.%s: 1 or more expected, %d came".formatted(name, value));
    }
  }
}
