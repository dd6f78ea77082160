package dev.runnel.autodiff;

/**
 * A place in the tree of variables: declares them under its path, {@code blocks.0.cell.W}.
 *
 * @param path empty at the root
 * @param purpose what the tape is recorded for
 */
public record Scope(Tape tape, String path, Purpose purpose) {

  /** What a model is recorded for. Some parts (dropout, statistics of batches) are other things in training. */
  public enum Purpose {
    USE,
    TRAINING,
    /** Use on sequences that come in chunks: what a chunk leaves is state of the tape. */
    STREAMING
  }

  /** A place on a tape that is recorded for use. */
  public Scope(Tape tape, String path) {
    this(tape, path, Purpose.USE);
  }

  /** The same place, for another purpose. */
  public Scope with(Purpose other) {
    return new Scope(tape, path, other);
  }

  public boolean isTraining() {
    return purpose == Purpose.TRAINING;
  }

  /** A child. Names hold letters, digits, {@code _} and {@code -}. */
  public Scope scope(String name) {
    return new Scope(tape, child(name), purpose);
  }

  public Scope scope(int index) {
    return scope(Integer.toString(index));
  }

  /** A trained variable of the tape's floating type; asking again gives the same tensor. */
  public Tensor parameter(String name, Shape shape, Init init) {
    return tape.variable(new Tape.Declaration(child(name), tape.type(), shape, init, true));
  }

  /** A variable that training does not touch but {@link Tape#assign} may: a statistic, a count. */
  public Tensor state(String name, DType type, Shape shape, Init init) {
    return tape.variable(new Tape.Declaration(child(name), type, shape, init, false));
  }

  private String child(String name) {
    if (!name.matches("[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException(
          "scope: a name of letters, digits, _ and - expected, '%s' came".formatted(name));
    }
    return path.isEmpty() ? name : path + "." + name;
  }
}
